#pragma once

#include <string>

#include "actors/host_figures.hpp"

namespace rhizome::cli {

/// A host's figures in Prometheus' text format 0.0.4, with help and type of each metric. Names begin with rhizome_;
/// those of counters end in _total, and those of a link have the label `peer`.
[[nodiscard]] std::string prometheus_text(const actors::host_figures& figures);

} // namespace rhizome::cli
