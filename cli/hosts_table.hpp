#pragma once

#include <string>
#include <vector>

#include "actors/host_figures.hpp"
#include "core/result.hpp"

namespace rhizome::cli {

/// A host of the list that was asked, and its answer or the sentence why there is none.
struct host_answer {
  std::string host; ///< "10.0.0.1:4711"
  result<actors::host_figures> figures;
};

/// One line a host, aligned, in human units, below a line of headings; then one line a link where there are links. Ends
/// with a new line.
[[nodiscard]] std::string to_table(const std::vector<host_answer>& hosts);

/// A JSON array, indented, of one object a host: its figures by the names of their members, or an "error".
[[nodiscard]] std::string to_json(const std::vector<host_answer>& hosts);

} // namespace rhizome::cli
