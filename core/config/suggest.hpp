#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rhizome::config {

/// The number of letters to insert, delete, replace or swap with their neighbour to turn one word into the other
/// (optimal string alignment), upper and lower case being the same.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that a misspelt word most likely meant: the nearest one, if it is within a third of the word's length
/// and at least within one letter. The first of several equally near ones.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean X?" or, without a near candidate, nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

} // namespace rhizome::config
