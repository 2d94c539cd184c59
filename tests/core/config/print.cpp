#include "core/config/print.hpp"

#include <bit>
#include <cmath>

#include "core/config/parse.hpp"
#include "core/random.hpp"
#include "tests/core/config/toy_schema.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::config;

namespace {

const schema toy = tests::toy_schema();

document parsed(std::string_view text) {
  auto doc = parse(text, "f.toml", toy);
  REQUIRE_MESSAGE(doc, doc.error().message);
  return *doc;
}

} // namespace

TEST_CASE("the resolved file has every key in the schema's order with its unit") {
  CHECK(to_toml(parsed("[graph]\ndynamic = true\nname = 'regular'\ndegree = 3\n"), toy) ==
        "[types]\nflag = true\ncount = 4\nrate = 0.1 # seconds\nlabel = \"a \\\"b\\\"\\n\"\nmode = \"fast\"\n"
        "sizes = [1, 2]\nrates = []\ntags = [\"x\"]\n\n[graph]\nname = \"regular\"\ndynamic = true\ndegree = 3\n\n"
        "[graph.codec]\nbits = 8\n");
}

TEST_CASE("what is printed reads back as exactly the same values") {
  random_stream random(1, purpose::synthetic_data);
  auto doc = parsed("[graph]\nname = 'small-world'\ndegree = 3\n");
  section types = doc["types"];
  std::vector<double> rates = {
      0.0, -0.0, 1.0, 0.1, 1e-5, -1e21, 5e-324, 2.2250738585072014e-308, -1.7976931348623157e308};
  for (int i = 0; i < 2000; ++i)
    if (const double bits = std::bit_cast<double>(random.bits64()); std::isfinite(bits))
      rates.push_back(-std::abs(bits)); // at most 1
  types.set("rates", rates);
  types.set("sizes", std::vector<std::int64_t>{0, std::numeric_limits<std::int64_t>::max()});
  std::string controls = "ä\\\"'\x7f";
  for (char c = 1; c < 0x20; ++c)
    controls += c;
  types.set("label", controls);
  doc.set("types", types);
  const auto again = parsed(to_toml(doc, toy));
  for (const auto& [name, s] : doc.sections())
    CHECK(s.values() == again[name].values());
  CHECK(std::signbit(again["types"].reals("rates")[1]));
}

TEST_CASE("the hash tells runs apart by their values alone") {
  const auto hash = [](std::string_view text, std::vector<std::string> without = {}) {
    return config_hash(parsed(text), toy, without);
  };
  const auto plain = hash("");
  CHECK(plain.size() == 8);
  CHECK(plain.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(hash("# a comment\n[types]\nrate = 1e-1\ncount = 4\n") == plain);
  CHECK(hash("[types]\ncount = 5\n") != plain);
  CHECK(hash("[types]\ncount = 5\n", {"types.count"}) == hash("", {"types.count"}));
  CHECK(hash("[types]\ncount = 5\nflag = false\n", {"types"}) == hash("", {"types"}));
  CHECK(keys_without_effect() == std::vector<std::string>{"runtime.threads", "cluster"});
}

TEST_CASE("explain knows sections, keys and variants") {
  CHECK(explain(toy, "types.rate") == "types.rate = 0.1\n  A real.\n  a number above 0, in seconds\n");
  CHECK(explain(toy, "graph.degree") == "graph.degree = 5\n  Neighbours.\n  an integer\n"
                                        "  only with graph.name = \"regular\"\n\n"
                                        "graph.degree = 2\n  Neighbours at first.\n  an integer\n"
                                        "  only with graph.name = \"small-world\"\n");
  CHECK(explain(toy, "graph.regular") ==
        "graph.name = \"regular\"\n  Equal degrees.\n\ngraph.degree = 5\n  Neighbours.\n  an integer\n");
  CHECK(explain(toy, "graph.codec")->starts_with("[graph.codec]\n  A section within a section.\n\ngraph.codec.bits"));
  CHECK(explain(toy, "graph")->find("graph.name = \"small-world\"") != std::string::npos);
}

TEST_CASE("explain suggests what was meant") {
  const auto message = [](std::string_view topic) { return explain(toy, topic).error().message; };
  CHECK(message("graph.degre") == "nothing is called \"graph.degre\"; did you mean \"graph.degree\"?");
  CHECK(message("rewiring") == "nothing is called \"rewiring\"; did you mean \"graph.rewiring\"?");
  CHECK(message("qqqqqqqq") == "nothing is called \"qqqqqqqq\"");
  CHECK(message("") == "nothing is called \"\"");
}

TEST_CASE("the reference has a chapter for each section and a table for each variant") {
  const auto page = reference(toy);
  CHECK(page.find("\n## [graph.codec]\n\nA section within a section.\n\n| key | default | takes | meaning |\n"
                  "| --- | --- | --- | --- |\n| `bits` | `8` | an integer | Bits. |\n") != std::string::npos);
  CHECK(page.find("\n### name = \"regular\"\n\nEqual degrees.\n\n| key |") != std::string::npos);
  CHECK(page == reference(tests::toy_schema()));
}
