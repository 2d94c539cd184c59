#include "core/sharing/registry.hpp"

#include "core/config/kinds.hpp"

namespace rhizome::sharing {

const std::vector<strategy_kind>& strategies() {
  static const std::vector<strategy_kind> all{
      full(),
  };
  return all;
}

const strategy_kind& find_strategy(std::string_view name) {
  return config::find_kind(strategies(), name);
}

config::section_schema schema() {
  return config::section_of_kinds("sharing", "What of its model a node sends to its neighbours.", "name", strategies(),
                                  "full");
}

} // namespace rhizome::sharing
