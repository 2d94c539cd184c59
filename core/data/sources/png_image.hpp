#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/result.hpp"

namespace rhizome::data::sources {

/// Appends the PNG image as [3, height, width] bytes: all red values, all green, all blue. Grey becomes colour, and
/// what is transparent black. Errors: bad_data if it cannot be read or has another size.
[[nodiscard]] result<void> append_png(const std::filesystem::path& file, std::int64_t width, std::int64_t height,
                                      std::vector<std::uint8_t>& into);

} // namespace rhizome::data::sources
