#include "tests/cli/malformed_configs.hpp"

#include <cmath>

#include <fmt/format.h>

#include "core/config/describe.hpp"

namespace rhizome::tests {

namespace {

using config::key;
using config::value_type;

std::string repeated(std::string_view part, std::size_t count) {
  std::string out;
  while (count-- > 0)
    out += part;
  return out;
}

// --- derived from the schema -----------------------------------------------------------------------------------------

/// Literals that the key must refuse, each with the reason.
std::vector<std::pair<std::string, std::string>> refused_values(const key& k) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto number = [&](double x) {
    const bool whole = k.type() == value_type::integer || k.type() == value_type::integers;
    const auto literal = whole ? fmt::format("{:.0f}", x) : config::to_literal(x);
    return k.type() == value_type::integers || k.type() == value_type::reals ? "[" + literal + "]" : literal;
  };
  switch (k.type()) {
  case value_type::boolean:
    out = {{"a number for a boolean", "1"}, {"a text for a boolean", "\"true\""}};
    break;
  case value_type::integer:
    out = {{"a text for an integer", "\"many\""}, {"a real for an integer", "1.5"}};
    break;
  case value_type::real:
    out = {{"a text for a real", "\"0.1\""}, {"not a number", "nan"}, {"infinity", "-inf"}};
    break;
  case value_type::text:
    out = {{"a number for a text", "3"}, {"an array for a text", "[\"a\"]"}};
    break;
  default:
    out = {{"a number for an array", "3"}, {"an array of dates", "[2024-01-01]"}};
  }
  if (k.minimum)
    out.emplace_back("below the range", number(k.exclusive_minimum ? *k.minimum : *k.minimum - 1));
  if (k.maximum && *k.maximum < 1e15)
    out.emplace_back("above the range", number(*k.maximum * 2 + 1));
  if (!k.choices.empty())
    out.emplace_back("none of the choices", k.type() == value_type::texts ? "[\"nothing-such\"]" : "\"nothing-such\"");
  return out;
}

void add_key(std::vector<malformed_config>& out, const config::section_schema& s, const std::string& variant,
             const key& k) {
  auto head = fmt::format("[{}]\n", s.name);
  if (!variant.empty())
    head += fmt::format("{} = \"{}\"\n", s.selector, variant);
  const int line = variant.empty() ? 2 : 3;
  const auto name = s.name + "." + k.name;
  for (const auto& [reason, literal] : refused_values(k)) {
    // The place is the value's, for arrays that of the first element, one further.
    const auto column = k.name.size() + 4 + (literal.front() == '[' && k.type() >= value_type::integers ? 1 : 0);
    out.push_back({.what = name + ": " + reason,
                   .text = fmt::format("{}{} = {}\n", head, k.name, literal),
                   .place = fmt::format("{}:{}: ", line, column),
                   .mention = name});
  }
  out.push_back({.what = name + " misspelt",
                 .text = fmt::format("{}{}{} = 1\n", head, k.name, k.name.back()),
                 .place = fmt::format("{}:1: ", line),
                 // of a name of one letter, two letters are no near miss: then the keys are listed
                 .mention = k.name.size() > 1 ? "did you mean \"" : "its keys are "});
}

} // namespace

std::vector<malformed_config> derived_malformed_configs(const config::schema& schema) {
  std::vector<malformed_config> out;
  for (const auto& s : schema.sections) {
    const auto last = s.name.rfind('.') + 1; // where the name of a table in another one begins
    out.push_back({.what = s.name + " misspelt",
                   .text = fmt::format("[{}{}]\n", s.name, s.name.back()),
                   .place = fmt::format("1:{}: ", last + 2),
                   .mention = fmt::format("did you mean \"{}\"?", s.name.substr(last))});
    out.push_back({.what = s.name + " as a number",
                   .text = fmt::format("\n{} = 1\n", s.name),
                   .place = fmt::format("2:{}: ", last + 1),
                   .mention = "is a section"});
    out.push_back({.what = s.name + " as an array of tables",
                   .text = fmt::format("[[{}]]\n", s.name),
                   .place = fmt::format("1:{}: ", last + 3),
                   .mention = "is a section"});
    for (const auto& k : s.keys)
      add_key(out, s, "", k);
    for (const auto& v : s.variants)
      for (const auto& k : v.keys)
        add_key(out, s, v.name, k);
  }
  return out;
}

// --- written by hand -------------------------------------------------------------------------------------------------

namespace {

std::vector<malformed_config> syntax_cases() {
  return {
      {"a header without its end", "[experiment\nnodes = 4\n", {}, "1:"},
      {"an empty header", "[]\n", {}, "1:"},
      {"a header that begins with an equals sign", "[=experiment]\n", {}, "1:2"},
      {"no equals sign", "[experiment]\nnodes 4\n", {}, "2:"},
      {"no value", "[experiment]\nnodes =\n", {}, "2:"},
      {"two values", "[experiment]\nnodes = 4 5\n", {}, "2:"},
      {"two keys on a line", "[experiment]\nnodes = 4 rounds = 5\n", {}, "2:"},
      {"a text without its end", "[experiment]\nname = \"abc\nseed = 1\n", {}, "2:"},
      {"a text in typographic quotes", "[experiment]\nname = “abc”\n", {}, "2:"},
      {"a bare word", "[model]\nname = lenet\n", {}, "2:"},
      {"a boolean of Python", "[evaluation]\nconsensus = True\n", {}, "2:"},
      {"a comma for the decimal point", "[training]\nlearning_rate = 0,1\n", {}, "2:"},
      {"a leading zero", "[experiment]\nseed = 007\n", {}, "2:"},
      {"a unit", "[runtime]\ngrace = 10s\n", {}, "2:"},
      {"an integer of 65 bits", "[experiment]\nseed = 9223372036854775808\n", {}, "2:"},
      {"a negative integer of 65 bits", "[experiment]\nseed = -9223372036854775809\n", {}, "2:"},
      {"a hexadecimal integer of 68 bits", "[experiment]\nseed = 0xFFFFFFFFFFFFFFFFF\n", {}, "2:"},
      {"a real beyond a double", "[training]\nlearning_rate = 1e999\n", {}, "2:"},
      {"an array without its end", "[model]\nname = [\"mlp\"\n", {}, "2:"},
      {"an inline table without its end", "experiment = {nodes = 4\n", {}, "1:"},
      {"an inline table extended", "experiment = {nodes = 4}\n[experiment]\nseed = 1\n", {}, "2:"},
      {"a key twice", "[experiment]\nnodes = 4\nseed = 1\nnodes = 5\n", {}, "4:", "nodes"},
      {"a section twice", "[experiment]\nnodes = 4\n[model]\n[experiment]\nseed = 5\n", {}, "4:", "experiment"},
      {"a key that is a table, too", "[experiment]\nnodes = 4\nnodes.x = 5\n", {}, "3:"},
      {"an unknown escape", "[experiment]\nname = \"\\q\"\n", {}, "2:"},
      {"an escape that is no character", "[experiment]\nname = \"\\uD800\"\n", {}, "2:"},
      {"a control character", "[experiment]\nname = \"a\x01\"\n", {}, "2:"},
      {"JSON", "{\"experiment\": {\"nodes\": 4}}\n", {}, "1:"},
      {"YAML", "experiment:\n  nodes: 4\n", {}, "1:"},
      {"a conflict of git", "<<<<<<< HEAD\n[experiment]\n", {}, "1:"},
  };
}

std::vector<malformed_config> encoding_depth_and_size_cases() {
  const std::string deep = "nested deeper";
  const std::string utf8 = "not UTF-8";
  return {
      {"Latin-1", "[experiment]\nname = \"caf\xE9\"\n", {}, "2:12: ", utf8},
      {"Latin-1 in a comment", "# \xFC\n", {}, "1:3: ", utf8},
      {"a stray continuation byte", "\n\n\x80", {}, "3:1: ", utf8},
      {"an overlong form", "[experiment]\n\xC0\xAF = 1\n", {}, "2:1: ", utf8},
      {"a surrogate", "[experiment]\nname = \"\xED\xA0\x80\"\n", {}, "2:9: ", utf8},
      {"UTF-16", std::string("\xFF\xFE[\0e\0]\0", 8), {}, "1:1: ", utf8},
      {"a character cut at the end", "[experiment]\nname = \"\xE2\x82", {}, "2:9: ", utf8},
      {"a NUL byte", std::string("[experiment]\nseed = 1\0\n", 23), {}, "2:9: ", "NUL"},
      {"a file of NUL bytes", std::string(4096, '\0'), {}, "1:1: ", "NUL"},
      {"100,000 arrays in each other", "[experiment]\nnodes = " + repeated("[", 100'000), {}, "2:25: ", deep},
      {"17 arrays in each other", "[experiment]\nnodes = " + repeated("[", 17) + repeated("]", 17), {}, "2:25: ", deep},
      {"16 arrays in each other",
       "[experiment]\nnodes = " + repeated("[", 16) + repeated("]", 16),
       {},
       "2:9: ",
       "experiment.nodes is an array"},
      {"100,000 inline tables in each other", "a = " + repeated("{a = ", 100'000), {}, "1:85: ", deep},
      {"a header of 100,000 parts", "[a" + repeated(".a", 100'000) + "]\n", {}, "1:", deep},
      {"a key of 100,000 parts", "a" + repeated(".a", 100'000) + " = 1\n", {}, "1:", deep},
      {"100,000 opening brackets", repeated("[", 100'000), {}, "1:17: ", deep},
      {"100,000 lines of an opening bracket", repeated("[\n", 100'000), {}, "17:1: ", deep},
      {"10 MB of one letter", std::string(10'000'000, 'x'), {}, "1:1: ", "bytes"},
      {"10 MB of brackets", std::string(10'000'000, '['), {}, "1:1: ", "bytes"},
      {"10 MB of bytes that are not UTF-8", std::string(10'000'000, '\xAA'), {}, "1:1: ", "bytes"},
      {"a megabyte of one letter", std::string(1'000'000, 'x'), {}, "1:"},
      {"a key of a megabyte", "[experiment]\n" + std::string(1'000'000, 'x') + " = 1\n", {}, "2:1: ", "no key"},
  };
}

std::vector<malformed_config> misplaced_cases() {
  return {
      {"a key before any section", "nodes = 4\n", {}, "1:1: ", "it belongs to [experiment]"},
      {"a key of another section", "[model]\nlearning_rate = 0.1\n", {}, "2:1: ", "it belongs to [training]"},
      {"a section that is nowhere near", "[quux]\n", {}, "1:2: ", "the sections are"},
      {"a key that is nowhere near", "[experiment]\nquux = 1\n", {}, "2:1: ", "its keys are"},
      {"an empty key", "[experiment]\n\"\" = 1\n", {}, "2:1: ", "no key"},
      {"a key of line breaks", "[experiment]\n\"a\\nb\" = 1\n", {}, "2:1: ", "a\\nb"},
      {"a key of another topology", "[topology]\nname = \"ring\"\ndegree = 4\n", {}, "3:1: ", "regular"},
      {"a key of another topology than the default",
       "[topology]\nname = \"star\"\n\ndegree = 4\n",
       {},
       "4:1: ",
       "star"},
      {"a section in a section", "[experiment.nodes]\nx = 1\n", {}, "1:1: ", "experiment.nodes is a table"},
      {"letters swapped", "[experiment]\nndoes = 4\n", {}, "2:1: ", "did you mean \"nodes\"?"},
      {"a letter missing", "[training]\nlearning_rte = 0.1\n", {}, "2:1: ", "did you mean \"learning_rate\"?"},
      {"a hyphen for an underscore", "[training]\nbatch-size = 8\n", {}, "2:1: ", "did you mean \"batch_size\"?"},
      {"upper case", "[Training]\n", {}, "1:2: ", "did you mean \"training\"?"},
      {"a misspelt model", "[model]\nname = \"lennet\"\n", {}, "2:8: ", "did you mean \"lenet\"?"},
      {"a misspelt topology", "[topology]\nname = \"hyper-cube\"\n", {}, "2:8: ", "did you mean \"hypercube\"?"},
      {"a misspelt data set", "[data]\ndataset = \"cifar10\"\n", {}, "2:11: ", "did you mean \"cifar-10\"?"},
      {"many errors at once", "[experiment]\nnodes = 0\nrounds = \"x\"\n[modle]\n", {}, "4:2: ", "experiment.rounds"},
      {"a run's name with a slash", "[experiment]\nname = \"a/b\"\n", {}, "2:1: ", "directory"},
      {"a run's name that is a parent", "[experiment]\nname = \"..\"\n", {}, "2:1: ", "directory"},
      {"an empty run's name", "[experiment]\nname = \"\"\n", {}, "2:1: ", "directory"},
  };
}

std::vector<malformed_config> override_cases() {
  const auto set = [](std::string what, std::string argument, std::string mention) {
    return malformed_config{std::move(what), "", {argument}, "--set " + argument + ": ", std::move(mention)};
  };
  return {
      set("an override without a value", "experiment.nodes", "expected section.key=value"),
      set("an override without a section", "nodes=4", "it belongs to [experiment]"),
      set("an override of nothing", "=", "expected section.key=value"),
      set("an override of a section", "experiment=4", "expected section.key=value"),
      set("an override with a misspelt key", "experiment.node=4", "did you mean \"nodes\"?"),
      set("an override with a misspelt section", "experimnet.nodes=4", "did you mean \"experiment\"?"),
      set("an override with a text for an integer", "experiment.nodes=many", "expected an integer"),
      set("an override with an empty integer", "experiment.nodes=", "expected an integer"),
      set("an override out of range", "experiment.nodes=0", "from 1 to 1000000"),
      set("an override that is infinite", "training.learning_rate=inf", "expected a number"),
      set("an override with two values", "training.batch_size=1 2", "expected an integer"),
      set("an override with an array", "experiment.nodes=[1, 2]", "expected an integer"),
      set("an override with a misspelt variant", "model.name=lennet", "did you mean \"lenet\"?"),
      set("an override of another variant's key", "topology.degree=4x", "topology"),
      {"an override that makes a combination impossible",
       "[topology]\nname = \"regular\"\ndegree = 4\n",
       {"topology.degree=16"},
       "--set topology.degree=16: "},
  };
}

/// The place is that of the key to which the section's check points.
std::vector<malformed_config> combination_cases() {
  const std::string regular = "[topology]\nname = \"regular\"\n";
  return {
      {"as many neighbours as nodes", "[experiment]\nnodes = 8\n" + regular + "degree = 8\n"},
      {"an odd sum of degrees", "[experiment]\nnodes = 9\n" + regular + "degree = 3\n"},
      {"a hypercube of 12 nodes", "[experiment]\nnodes = 12\n[topology]\nname = \"hypercube\"\n"},
      {"a disconnected graph", "[experiment]\nnodes = 8\n" + regular + "degree = 1\n"},
      {"the best constant of changing graphs",
       "[experiment]\nnodes = 8\n" + regular + "degree = 4\ndynamic = true\nweights = \"best-constant\"\n"},
      {"a validation set that is not held out", "[evaluation]\nset = \"validation\"\n"},
      {"sizes of too few nodes", "[experiment]\nnodes = 8\n[data]\nsizes = [0.5, 0.5]\n"},
      {"a ring that changes", "[topology]\nname = \"ring\"\ndynamic = true\n"},
      {"a graph from no file", "[topology]\nname = \"file\"\n"},
      {"arrays from no file", "[data]\ndataset = \"npy\"\n"},
      {"a table from no file", "[data]\ndataset = \"csv\"\n"},
      {"a path of generated data", "[data]\ndataset = \"synthetic-classes\"\npath = \"/tmp\"\n"},
      {"class shards without classes", "[data]\ndataset = \"synthetic-regression\"\npartition = \"shards\"\n"},
      {"Dirichlet without classes", "[data]\ndataset = \"synthetic-regression\"\npartition = \"dirichlet\"\n"},
      {"one class a node without classes", "[data]\ndataset = \"synthetic-regression\"\npartition = \"by-class\"\n"},
      {"Nesterov without momentum", "[training]\nnesterov = true\nmomentum = 0.0\n"},
      {"Nesterov in Adam", "[training]\nnesterov = true\noptimizer = \"adam\"\n"},
      {"SGD's momentum in AdamW", "[training]\nmomentum = 0.9\noptimizer = \"adamw\"\n"},
  };
}

} // namespace

std::vector<malformed_config> written_malformed_configs() {
  std::vector<malformed_config> all;
  for (auto part :
       {syntax_cases(), encoding_depth_and_size_cases(), misplaced_cases(), override_cases(), combination_cases()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

} // namespace rhizome::tests
