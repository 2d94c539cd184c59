#pragma once

#include <bit>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "core/results/fields.hpp"
#include "core/results/store.hpp"
#include "tests/support/doctest.hpp"

namespace rhizome::tests {

/// The same bits in all fields but those that are measured times; what was not measured is equal too.
template <class Record, class Fields>
[[nodiscard]] bool same_but_time(const Record& a, const Record& b, const Fields& fields) {
  bool same = true;
  results::for_each_field(fields, [&](const auto& field) {
    using type = std::remove_cvref_t<decltype(a.*field.member)>;
    const std::string_view name = field.name;
    if (name == "seconds" || name == "virtual_seconds")
      return;
    if constexpr (std::is_same_v<type, double>)
      same = same && std::bit_cast<std::uint64_t>(a.*field.member) == std::bit_cast<std::uint64_t>(b.*field.member);
    else
      same = same && a.*field.member == b.*field.member;
  });
  return same;
}

/// Checks that two runs, of which these are the summaries, have the same parameters and the same metrics to the last
/// bit: the summaries and the tables rounds and nodes.
inline void check_same_results(const nlohmann::json& a, const nlohmann::json& b,
                               const std::filesystem::path& directory) {
  for (const auto* key : {"parameters_hash", "parameters", "nodes", "rounds", "bytes_sent", "accuracy_mean",
                          "accuracy_std", "accuracy_consensus", "accuracy_local", "loss_mean", "consensus_distance"}) {
    CAPTURE(key);
    CHECK(a.at(key) == b.at(key));
  }
  const auto first = results::store::open(directory / a.at("directory").get<std::string>());
  const auto second = results::store::open(directory / b.at("directory").get<std::string>());
  REQUIRE(first);
  REQUIRE(second);
  const auto check = [](const auto& of_first, const auto& of_second, const auto& fields) {
    REQUIRE(of_first);
    REQUIRE(of_second);
    REQUIRE(of_first->size() == of_second->size());
    for (std::size_t i = 0; i < of_first->size(); ++i)
      CHECK(same_but_time((*of_first)[i], (*of_second)[i], fields));
  };
  check(first->rounds(), second->rounds(), results::round_fields);
  check(first->nodes(), second->nodes(), results::node_fields);
}

} // namespace rhizome::tests
