#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rhizome::data::sources {

/// A table of numbers with one column of labels.
struct csv_table {
  std::vector<std::string> names;  ///< of the feature columns; empty: the file has no header
  std::vector<float> features;     ///< [rows x columns]
  std::vector<std::string> labels; ///< [rows], as written
  std::size_t columns = 0;         ///< feature columns
};

/// Reads a comma-separated file, plain or .gz. Cells may be quoted ("" is a quote), a quoted cell ends on its line.
/// `label` is the name of the label's column or its number: 0 is the first, -1 the last. The first line is a header if
/// `label` is a name, or if one of its feature cells is no number. Errors name line and column.
[[nodiscard]] result<csv_table> read_csv(const std::filesystem::path& file, std::string_view label);

} // namespace rhizome::data::sources
