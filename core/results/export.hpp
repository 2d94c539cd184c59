#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rhizome::results {

/// One field of a CSV file, quoted as RFC 4180 asks where it has a comma, a quote or a line break.
[[nodiscard]] std::string csv_field(std::string_view text);

/// Writes rounds.csv, nodes.csv, events.csv and histograms.csv of a run into `out_directory`, which is created if need
/// be, and returns their paths. The first line has the names of the columns; what was not measured is empty; numbers
/// have as many digits as they need to be read back the same; lines end with "\n".
[[nodiscard]] result<std::vector<std::filesystem::path>> export_csv(const std::filesystem::path& run_directory,
                                                                    const std::filesystem::path& out_directory);

} // namespace rhizome::results
