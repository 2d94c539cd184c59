#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/result.hpp"

namespace rhizome::data::sources {

/// The labels as the file has them, if each is below `classes`; else bad_data, with the first that is not.
[[nodiscard]] result<std::vector<std::int32_t>> checked_labels(std::span<const std::uint8_t> raw, std::int64_t classes,
                                                               const std::filesystem::path& file);

} // namespace rhizome::data::sources
