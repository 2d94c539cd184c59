#include "core/config/parse.hpp"

#include "tests/core/config/toy_schema.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::config;

namespace {

const schema toy = tests::toy_schema();

/// The message of the error, or "fine".
std::string complaint(std::string_view text, std::vector<std::string> overrides = {}) {
  const auto doc = parse(text, "f.toml", toy, overrides);
  if (doc)
    return "fine";
  CHECK(doc.error().kind == error_kind::invalid_input);
  return doc.error().message;
}

document parsed(std::string_view text, std::vector<std::string> overrides = {}) {
  auto doc = parse(text, "f.toml", toy, overrides);
  REQUIRE_MESSAGE(doc, doc.error().message);
  return *doc;
}

} // namespace

TEST_CASE("an empty file means every default") {
  const auto doc = parsed("");
  CHECK(doc["types"].integer("count") == 4);
  CHECK(doc["graph"].text("name") == "ring");
  CHECK_FALSE(doc["graph"].has("degree"));
  CHECK(doc["graph.codec"].integer("bits") == 8);
}

TEST_CASE("values of every type are read, an integer also as a real") {
  const auto doc = parsed("[types]\nflag = false\ncount = 7\nrate = 2\nlabel = 'x'\nmode = \"slow\"\nsizes = []\n"
                          "rates = [0.5, 1]\ntags = ['y', 'x']\n[graph]\nname='regular'\ndegree=2\ncodec.bits=4\n");
  CHECK_FALSE(doc["types"].boolean("flag"));
  CHECK(doc["types"].integer("count") == 7);
  CHECK(doc["types"].real("rate") == 2);
  CHECK(doc["types"].text("label") == "x");
  CHECK(doc["types"].integers("sizes").empty());
  CHECK(doc["types"].reals("rates") == std::vector{0.5, 1.0});
  CHECK(doc["types"].texts("tags") == std::vector<std::string>{"y", "x"});
  CHECK(doc["graph"].integer("degree") == 2);
  CHECK(doc["graph.codec"].integer("bits") == 4);
}

TEST_CASE("every kind of error has its place and says what is allowed") {
  struct {
    const char* text;
    const char* message;
  } const cases[] = {
      {"[typs]\ncount = 3\n", "f.toml:1:2: there is no section [typs]; did you mean \"types\"?"},
      {"[nowhere]\n", "f.toml:1:2: there is no section [nowhere]; the sections are \"types\", \"graph\", "
                      "\"graph.codec\""},
      {"count = 3\n", "f.toml:1:1: \"count\" stands outside a section; it belongs to [types]"},
      {"types = 3\n", "f.toml:1:1: \"types\" is a section; write its keys below a line [types]"},
      {"[[types]]\ncount = 3\n", "f.toml:1:3: \"types\" is a section; write its keys below a line [types]"},
      {"[types]\n  cuont = 3\n", "f.toml:2:3: [types] has no key \"cuont\"; did you mean \"count\"?"},
      {"[graph]\nrate = 3\n",
       "f.toml:2:1: [graph] has no key \"rate\"; it belongs to [types]; its keys are \"name\", \"dynamic\""},
      {"[graph]\ndegree = 3\n", "f.toml:2:1: \"degree\" belongs to graph.name = \"regular\", \"small-world\"; here it "
                                "is \"ring\", which has no keys of its own"},
      {"[graph]\nname='regular'\nrewiring = 3\n", "f.toml:3:1: \"rewiring\" belongs to graph.name = \"small-world\"; "
                                                  "here it is \"regular\", which has the keys \"degree\""},
      {"[graph]\nname = \"rign\"\n", "f.toml:2:8: graph.name is \"rign\"; expected one of \"ring\", \"regular\", "
                                     "\"small-world\"; did you mean \"ring\"?"},
      {"[types]\ncount = \"3\"\n", "f.toml:2:9: types.count is \"3\"; expected an integer from 1 to 100"},
      {"[types]\ncount = 3.0\n", "f.toml:2:9: types.count is 3.0; expected an integer from 1 to 100"},
      {"[types]\ncount = 0\n", "f.toml:2:9: types.count is 0; expected an integer from 1 to 100"},
      {"[types]\ncount = [3]\n", "f.toml:2:9: types.count is an array; expected an integer from 1 to 100"},
      {"[types]\nflag = 1\n", "f.toml:2:8: types.flag is 1; expected true or false"},
      {"[types]\nrate = 0\n", "f.toml:2:8: types.rate is 0; expected a number above 0"},
      {"[types]\nrate = nan\n", "f.toml:2:8: types.rate is nan; expected a number above 0"},
      {"[types]\nrate = inf\n", "f.toml:2:8: types.rate is inf; expected a number above 0"},
      {"[types]\nlabel = 2024-01-01\n", "f.toml:2:9: types.label is a date or time; expected a text"},
      {"[types]\nlabel = {a = 1}\n", "f.toml:2:9: types.label is a table; expected a text"},
      {"[types]\nsizes = [1, 'b']\n",
       "f.toml:2:13: element 2 of types.sizes is \"b\"; expected an array of integers of at least 0"},
      {"[types]\nsizes = [1, -1]\n",
       "f.toml:2:13: element 2 of types.sizes is -1; expected an array of integers of at least 0"},
      {"[types]\nrates = [1.5]\n",
       "f.toml:2:10: element 1 of types.rates is 1.5; expected an array of numbers of at most 1"},
      {"[types]\ntags = ['z']\n",
       "f.toml:2:9: element 1 of types.tags is \"z\"; expected an array of any of \"x\", \"y\""},
      {"[types.\"a\\nb\"]\n", "f.toml:1:8: [types] has no key \"a\\nb\"; its keys are \"flag\", \"count\", \"rate\", "
                              "\"label\", \"mode\", \"sizes\", \"rates\", \"tags\""},
      {"[types]\ncount = 3\ncount = 4\n",
       "f.toml:3:9: TOML syntax error in key-value pair: cannot redefine existing integer 'count'"},
  };
  for (const auto& [text, message] : cases)
    CHECK(complaint(text) == std::string(message));
}

TEST_CASE("all schema errors are told at once, in the order of the text, and then those of the arguments") {
  CHECK(complaint("[types]\nflag = 1\ncuont = 3\n[graph]\nname = 5\nfoo = 1\n", {"types.count=0", "x.y=1"}) ==
        "f.toml:2:8: types.flag is 1; expected true or false\n"
        "f.toml:3:1: [types] has no key \"cuont\"; did you mean \"count\"?\n"
        "f.toml:5:8: graph.name is 5; expected one of \"ring\", \"regular\", \"small-world\"\n"
        "f.toml:6:1: [graph] has no key \"foo\"; its keys are \"name\", \"dynamic\"\n"
        "--set types.count=0: types.count is 0; expected an integer from 1 to 100\n"
        "--set x.y=1: there is no section [x]; the sections are \"types\", \"graph\", \"graph.codec\"");
}

TEST_CASE("with a wrong selector, keys of any variant are let pass") {
  CHECK(complaint("[graph]\nname = 'x'\ndegree = 3\n") ==
        "f.toml:2:8: graph.name is \"x\"; expected one of \"ring\", \"regular\", \"small-world\"");
}

TEST_CASE("combinations are checked last and placed at the key, the section, or said to be the default") {
  CHECK(complaint("[types]\ncount = 3\n[graph]\nname = 'regular'\n  degree = 3\n") ==
        "f.toml:2:1: types.count: must be more than graph.degree\n"
        "f.toml:5:3: graph.degree: must be less than types.count");
  CHECK(complaint("\n[graph]\nname = 'regular'\n") ==
        "f.toml:1:1: types.count: must be more than graph.degree (count = 4 is the default)\n"
        "f.toml:2:2: graph.degree: must be less than types.count (degree = 5 is the default)");
  CHECK(complaint("[graph]\nname = 'regular'\ndegree=3", {"types.count=2"}) ==
        "f.toml:3:1: graph.degree: must be less than types.count\n"
        "--set types.count=2: types.count: must be more than graph.degree");
}

TEST_CASE("an override is TOML, or a text where it is not TOML or a text is wanted") {
  const auto doc = parsed("[types]\ncount = 3\n",
                          {"types.count=8", "types.rate=1e-3", "types.label=2024-01-01", "types.mode=\"slow\"",
                           "types.tags=[\"y\"]", "graph.name=regular", "graph.degree=2", "graph.codec.bits=1"});
  CHECK(doc["types"].integer("count") == 8);
  CHECK(doc["types"].real("rate") == 1e-3);
  CHECK(doc["types"].text("label") == "2024-01-01");
  CHECK(doc["types"].text("mode") == "slow");
  CHECK(doc["types"].texts("tags") == std::vector<std::string>{"y"});
  CHECK(doc["graph"].integer("degree") == 2);
  CHECK(doc["graph.codec"].integer("bits") == 1);
  CHECK(parsed("", {"types.label=a=b # c"})["types"].text("label") == "a=b # c");
  CHECK(parsed("", {"types.label="})["types"].text("label").empty());
  CHECK(parsed("", {"types.count=5", "types.count=6"})["types"].integer("count") == 6);
}

TEST_CASE("a wrong override is told with its argument") {
  CHECK(complaint("", {"types.count=many"}) ==
        "--set types.count=many: types.count is \"many\"; expected an integer from 1 to 100");
  CHECK(complaint("", {"count=3"}) == "--set count=3: expected section.key=value; it belongs to [types]");
  CHECK(complaint("", {"types.count"}) == "--set types.count: expected section.key=value");
  CHECK(complaint("", {""}) == "--set : expected section.key=value");
  CHECK(complaint("", {"typse.count=3"}) ==
        "--set typse.count=3: there is no section [typse]; did you mean \"types\"?");
  CHECK(complaint("", {"types.sizes=[1, 2\ncount = 3"}).starts_with("--set types.sizes=[1, 2\\ncount = 3: "));
  CHECK(complaint("", {"graph.degree=3"}).starts_with("--set graph.degree=3: \"degree\" belongs to"));
}

TEST_CASE("an override of the selector drops the file's keys of the old variant, but no others") {
  const std::string_view file = "[graph]\nname = 'small-world'\ndegree = 3\nrewiring = 0.2\n";
  const auto doc = parsed(file, {"graph.name=regular"});
  CHECK(doc["graph"].integer("degree") == 3);
  CHECK_FALSE(doc["graph"].has("rewiring"));
  CHECK(parsed(file, {"graph.name=ring"})["graph"].values().size() == 2);
  CHECK(complaint(file, {"graph.rewiring=0.3", "graph.name=ring"}).starts_with("--set graph.rewiring=0.3: "));
  CHECK(complaint("[graph]\ndegree = 3\n", {"graph.name=regular"}) == "fine");
}
