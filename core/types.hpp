#pragma once

#include <chrono>
#include <cstdint>

namespace rhizome {

/// A node's number, from 0 to n - 1. Sums over nodes run in this order.
using node_id = std::uint32_t;

/// A communication round, counted from 0. Round r trains from x^r to x^{r+1/2} and aggregates to x^{r+1}.
using round_number = std::uint32_t;

/// Time since the start of the run: of the wall clock or of the virtual one.
using run_time = std::chrono::nanoseconds;

} // namespace rhizome
