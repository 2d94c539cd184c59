#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "cli/schema.hpp"
#include "core/config/parse.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/paths.hpp"

using namespace rhizome;
namespace fs = std::filesystem;

namespace {

/// The repository.
fs::path root() {
  return tests::source_directory();
}

/// The files of a folder with that extension, by name.
std::vector<fs::path> files_of(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == extension)
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

/// README.md first: it writes the files that the other pages work on.
std::vector<fs::path> pages() {
  auto all = files_of(root() / "docs", ".md");
  all.insert(all.begin(), root() / "README.md");
  return all;
}

/// A fenced block of a page after a line with an HTML comment: <!-- run --> or <!-- file NAME -->.
struct marked_block {
  std::string mark; ///< "run" or "file NAME"
  std::string text;
  int line = 0; ///< of the opening fence
};

std::vector<marked_block> marked_blocks(const fs::path& page) {
  constexpr std::string_view opening = "<!-- ";
  constexpr std::string_view closing = " -->";
  std::vector<marked_block> blocks;
  std::string mark;
  bool inside = false;
  int number = 0;
  std::ifstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside && !mark.empty())
        blocks.push_back({mark, {}, number});
      else if (!inside)
        mark.clear();
    } else if (inside) {
      if (!mark.empty())
        blocks.back().text += line + "\n";
    } else if (line.starts_with(opening) && line.ends_with(closing)) {
      mark = line.substr(opening.size(), line.size() - opening.size() - closing.size());
      if (mark != "run" && !mark.starts_with("file "))
        mark.clear(); // a comment for people
    } else if (!line.empty()) {
      mark.clear();
    }
  }
  return blocks;
}

} // namespace

TEST_CASE("every marked command of the documentation works") {
  const tests::scratch_directory scratch;
  fs::create_directory_symlink(root() / "configs", scratch.path() / "configs");
  int commands = 0;
  for (const auto& page : pages())
    for (const auto& block : marked_blocks(page)) {
      if (block.mark != "run") {
        scratch.write(block.mark.substr(std::string_view("file ").size()), block.text);
        continue;
      }
      scratch.write("block.sh",
                    "PATH=" + tests::in_quotes(tests::build_directory() + "/bin") + ":\"$PATH\"\n" + block.text);
      const auto result = tests::run_shell("exec sh -e block.sh", scratch.path());
      CAPTURE(page.string());
      CAPTURE(block.line);
      CAPTURE(result.output);
      CHECK(result.code == 0);
      ++commands;
    }
  CHECK(commands > 0);
}

TEST_CASE("every relative link of the documentation leads to a file") {
  for (const auto& page : pages()) {
    std::ifstream file(page);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    constexpr std::string_view before = "](";
    for (auto at = text.find(before); at != text.npos; at = text.find(before, at)) {
      at += before.size();
      const auto target = text.substr(at, text.find_first_of(")#", at) - at);
      if (target.empty() || target.find("://") != target.npos)
        continue;
      CAPTURE(page.string());
      CAPTURE(target);
      CHECK(fs::exists(page.parent_path() / target));
    }
  }
}

TEST_CASE("every file in configs/ is valid") {
  for (const auto& file : files_of(root() / "configs", ".toml")) {
    const auto document = config::load(file, cli::full_schema());
    CAPTURE((document ? std::string() : document.error().message));
    CHECK(document.has_value());
  }
}
