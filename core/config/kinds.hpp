#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/schema.hpp"

namespace rhizome::config {

/// A section whose `selector` key chooses among registered kinds; a kind has a member `schema`, its variant.
template <class Kind>
[[nodiscard]] section_schema section_of_kinds(std::string name, std::string sentence, std::string selector,
                                              const std::vector<Kind>& kinds, std::string default_name) {
  section_schema result;
  result.name = std::move(name);
  result.sentence = std::move(sentence);
  result.selector = selector;
  key choice{std::move(selector), std::move(default_name), "Which one."};
  for (const auto& kind : kinds) {
    choice.choices.push_back(kind.schema.name);
    result.variants.push_back(kind.schema);
  }
  result.keys.push_back(std::move(choice));
  return result;
}

/// The kind of that name. Validation has checked the name: throws std::logic_error if there is none.
template <class Kind>
[[nodiscard]] const Kind& find_kind(const std::vector<Kind>& kinds, std::string_view name) {
  for (const auto& kind : kinds)
    if (kind.schema.name == name)
      return kind;
  throw std::logic_error("nothing is registered under the name " + std::string(name));
}

} // namespace rhizome::config
