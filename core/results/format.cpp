#include "core/results/format.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace rhizome::results {

namespace {

constexpr const char* missing = "-";

/// Three significant digits for values from 1 to 999.
std::string three_digits(double value) {
  return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

} // namespace

std::string format_bytes(double bytes) {
  if (std::isnan(bytes))
    return missing;
  if (bytes < 999.5)
    return fmt::format("{:.0f} B", bytes);
  constexpr std::array units{"kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  for (bytes /= 1000; bytes >= 999.5 && unit + 1 < units.size(); ++unit)
    bytes /= 1000;
  return fmt::format("{} {}", three_digits(bytes), units[unit]);
}

std::string format_whole_seconds(double seconds) {
  if (!std::isfinite(seconds))
    return missing;
  const auto s = static_cast<std::int64_t>(std::llround(seconds));
  if (s < 60)
    return fmt::format("{} s", s);
  if (s < 3600)
    return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86'400)
    return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86'400, s / 3600 % 24);
}

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds))
    return missing;
  if (seconds < 0.9995)
    return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 59.95)
    return three_digits(seconds) + " s";
  return format_whole_seconds(seconds);
}

std::string format_count(std::uint64_t count) {
  return fmt::format("{}", fmt::group_digits(count));
}

std::string format_percent(double fraction) {
  return std::isnan(fraction) ? missing : fmt::format("{:.1f} %", 100 * fraction);
}

std::string format_number(double value) {
  return std::isnan(value) ? missing : fmt::format("{:#.4g}", value);
}

} // namespace rhizome::results
