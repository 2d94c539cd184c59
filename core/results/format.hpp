#pragma once

#include <cstdint>
#include <string>

namespace rhizome::results {

// Numbers as people read them. What was not measured (NaN) is "-".

/// Decimal units and three digits: "512 B", "1.23 kB", "45.6 MB", "789 GB".
[[nodiscard]] std::string format_bytes(double bytes);

/// "450 ms", "1.23 s", "45.6 s", "2 min 3 s", "1 h 4 min", "3 d 4 h".
[[nodiscard]] std::string format_duration(double seconds);

/// The same in whole seconds, for estimates: "14 s", "2 min 3 s".
[[nodiscard]] std::string format_whole_seconds(double seconds);

/// With thousands separators: "83,754".
[[nodiscard]] std::string format_count(std::uint64_t count);

/// A fraction as "93.4 %".
[[nodiscard]] std::string format_percent(double fraction);

/// Four significant digits, keeping trailing zeros: "1.234", "0.5000", "1.234e-07".
[[nodiscard]] std::string format_number(double value);

} // namespace rhizome::results
