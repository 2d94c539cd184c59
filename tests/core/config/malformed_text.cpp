#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "core/config/parse.hpp"
#include "core/config/toml_scan.hpp"
#include "tests/core/config/toy_schema.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::config;

namespace {

const schema toy = tests::toy_schema();

std::string repeated(std::string_view part, std::size_t count) {
  std::string out;
  while (count-- > 0)
    out += part;
  return out;
}

std::string complaint(std::string_view text) {
  const auto doc = parse(text, "f.toml", toy);
  return doc ? "fine" : doc.error().message;
}

/// A new directory that goes with the object.
struct scratch_directory {
  std::filesystem::path path;
  scratch_directory() {
    std::string name = std::filesystem::temp_directory_path() / "rhizome-XXXXXX";
    REQUIRE(mkdtemp(name.data()));
    path = name;
  }
  ~scratch_directory() { std::filesystem::remove_all(path); }
};

} // namespace

TEST_CASE("nesting of any depth and kind is refused before it costs stack") {
  constexpr std::size_t deep = 100'000;
  const auto too_deep = [](std::string_view where) {
    return std::string("f.toml:") + std::string(where) + ": nested deeper than 16 levels, which no configuration needs";
  };
  CHECK(complaint("[types]\nsizes = " + repeated("[", deep)) == too_deep("2:25"));
  CHECK(complaint("[types]\nsizes = " + repeated("[", deep) + repeated("]", deep)) == too_deep("2:25"));
  CHECK(complaint("x = " + repeated("{a=", deep)) == too_deep("1:53"));
  CHECK(complaint("[a" + repeated(".a", deep) + "]") == too_deep("1:35"));
  CHECK(complaint("a" + repeated(".a", deep) + " = 1") == too_deep("1:34"));
  CHECK(complaint("x = {a" + repeated(" . \"=\"", deep) + " = 1}").ends_with("which no configuration needs"));
  CHECK(complaint(repeated("[", deep)) == too_deep("1:17"));
  // Each level of an inline table adds 16 levels of dotted keys: still far from the end of the stack.
  CHECK(complaint("x = " + repeated("{a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = ", 16) + "1" + repeated("}", 16)) ==
        "f.toml:1:1: there is no section [x]; the sections are \"types\", \"graph\", \"graph.codec\"");
}

TEST_CASE("dots and brackets in strings, comments and long arrays are no nesting") {
  CHECK(complaint("[types] # " + repeated("[.", 99) + "\nlabel = '" + repeated("[.", 99) + "'\n") == "fine");
  CHECK(complaint("[types]\nlabel = \"\\\"" + repeated("[.", 99) + "\"\n") == "fine");
  CHECK(complaint("[types]\nlabel = \"\"\"" + repeated("\n[.\"\"", 99) + "\"\"\"\n") == "fine");
  CHECK(complaint("[types]\nlabel = '''\n" + repeated("# ' [.", 99) + "'''\n") == "fine");
  CHECK(complaint("[types]\nrates = [" + repeated("0.25, ", 999) + "]\n") == "fine");
  CHECK(complaint(repeated("[types]\n", 1) + repeated("# [\n", 99)) == "fine");
}

TEST_CASE("bytes that are not UTF-8 and NUL bytes are told with their place") {
  const std::string utf8 = "f.toml:2:10: the file is not UTF-8 here; save it in that encoding";
  for (const std::string bytes : {"\xFF", "\x80", "\xC3(", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80",
                                  "\xF0\x80\x80\xAF", "\xE2\x82", "\xFE\xFF"})
    CHECK(complaint("[types]\nlabel = \"" + bytes) == utf8);
  CHECK(complaint("# caf\xE9\n") == "f.toml:1:6: the file is not UTF-8 here; save it in that encoding");
  CHECK(complaint("[types]\nlabel = 'é\xFF'\n").starts_with("f.toml:2:11: ")); // columns count characters
  using namespace std::string_view_literals;
  CHECK(complaint("[types]\n\0count = 3\n"sv).starts_with("f.toml:2:1: a NUL byte"));
  CHECK(complaint("[types]\nlabel = 'äöü €𝄞'\n") == "fine");
}

TEST_CASE("a syntax error has its line") {
  CHECK(complaint("[types\ncount = 3\n").starts_with("f.toml:1:"));
  CHECK(complaint("[types]\ncount 3\n").starts_with("f.toml:2:"));
  CHECK(complaint("[types]\ncount = 99999999999999999999\n").starts_with("f.toml:2:"));
  CHECK(complaint("[types]\nrate = 1e999\n").starts_with("f.toml:2:"));
  CHECK(complaint("[types]\nflag = tru\n").find('\n') == std::string::npos);
  CHECK(complaint("[types]\n[types]\n").starts_with("f.toml:2:"));
}

TEST_CASE("ten megabytes of junk are refused, also a long word and a thousand keys") {
  CHECK(complaint(std::string(10'000'000, 'x')) ==
        "f.toml:1:1: the file has more than 1048576 bytes, which no configuration needs");
  CHECK(complaint("[types]\n" + std::string(1'000'000, 'x') + " = 1\n").size() < 400);
  std::string many = "[types]\n";
  for (int i = 0; i < 1000; ++i)
    many += "k" + std::to_string(i) + " = 1\n";
  CHECK(std::ranges::count(complaint(many), '\n') == 999);
}

TEST_CASE("a file that cannot be read is one sentence") {
  const scratch_directory scratch;
  const auto message = [](const std::filesystem::path& path) {
    const auto doc = load(path, toy);
    REQUIRE_FALSE(doc);
    CHECK(doc.error().kind == error_kind::invalid_input);
    return doc.error().message;
  };
  const auto missing = scratch.path / "none.toml";
  CHECK(message(missing) == missing.string() + ": cannot be read: No such file or directory");
  CHECK(message(scratch.path) == scratch.path.string() + ": this is a directory; expected a TOML file");
  CHECK(message("/dev/zero").starts_with("/dev/zero:1:1: the file has more than"));
  if (geteuid() != 0) { // nothing is unreadable for root
    const auto secret = scratch.path / "secret.toml";
    std::ofstream(secret) << "[types]\n";
    std::filesystem::permissions(secret, std::filesystem::perms::none);
    CHECK(message(secret) == secret.string() + ": cannot be read: Permission denied");
  }
}

TEST_CASE("a file is read as it stands") {
  const scratch_directory scratch;
  const auto path = scratch.path / "f.toml";
  std::ofstream(path) << "[types]\r\ncount = 9\r\n";
  const auto doc = load(path, toy);
  REQUIRE(doc);
  CHECK((*doc)["types"].integer("count") == 9);
  std::ofstream(path) << "\n x";
  CHECK(load(path, toy).error().message.starts_with(path.string() + ":2:"));
}
