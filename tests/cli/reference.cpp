#include <fstream>
#include <iterator>

#include "cli/schema.hpp"
#include "core/config/print.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/paths.hpp"

TEST_CASE("docs/reference.md is what the schema says") {
  std::ifstream file(rhizome::tests::source_directory() + "/docs/reference.md", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const bool fresh = page == rhizome::config::reference(rhizome::cli::full_schema());
  CHECK_MESSAGE(fresh, "docs/reference.md is stale: rhizome explain --reference > docs/reference.md");
}

TEST_CASE("every key has a sentence that ends, and a default that it would accept itself") {
  using namespace rhizome;
  const auto check_keys = [](const std::vector<config::key>& keys) {
    for (const auto& k : keys) {
      CAPTURE(k.name);
      CHECK(k.sentence.size() > 5);
      const auto* text = std::get_if<std::string>(&k.default_value);
      if (text && !k.choices.empty())
        CHECK(std::find(k.choices.begin(), k.choices.end(), *text) != k.choices.end());
    }
  };
  for (const auto& s : cli::full_schema().sections) {
    CAPTURE(s.name);
    check_keys(s.keys);
    for (const auto& v : s.variants)
      check_keys(v.keys);
    if (s.selector.empty())
      continue;
    std::vector<std::string> names;
    for (const auto& v : s.variants)
      names.push_back(v.name);
    REQUIRE(s.find(s.selector, {}) != nullptr);
    CHECK(s.find(s.selector, {})->choices == names);
  }
}
