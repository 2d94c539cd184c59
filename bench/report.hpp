#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace rhizome::bench {

/// The middle value; of an even number the mean of the two middle ones. At least one value.
inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Median absolute deviation from the median: how far a typical measurement is off.
inline double median_deviation(const std::vector<double>& values) {
  const double centre = median(values);
  std::vector<double> distances;
  for (const double value : values)
    distances.push_back(std::abs(value - centre));
  return median(std::move(distances));
}

/// Prints one JSON line about one quantity: name, unit, median, mad, min, max, n.
inline void report(std::string_view name, std::string_view unit, const std::vector<double>& values) {
  const auto [least, most] = std::ranges::minmax(values);
  const nlohmann::ordered_json line{
      {"name", name}, {"unit", unit}, {"median", median(values)}, {"mad", median_deviation(values)},
      {"min", least}, {"max", most},  {"n", values.size()}};
  std::puts(line.dump().c_str());
  std::fflush(stdout);
}

} // namespace rhizome::bench
