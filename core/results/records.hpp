#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/types.hpp"

namespace rhizome::results {

inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// One node at one evaluation.
struct node_record {
  node_id node = 0;
  std::uint32_t round = 0; ///< rounds done: 1 to experiment.rounds
  double train_loss = not_measured;
  double test_loss = not_measured;      ///< on the global test set
  double test_accuracy = not_measured;  ///< fraction; on the global test set
  double local_loss = not_measured;     ///< on the node's own share of the test set
  double local_accuracy = not_measured; ///< fraction
  std::uint64_t bytes_sent = 0;         ///< by this node since the start of the run
  double test_mae = not_measured;       ///< mean absolute error on the global test set; regression only
  double local_mae = not_measured;      ///< on the node's own share of the test set
};

/// One round of the whole network. A round without an evaluation has only the training loss and bytes.
struct round_record {
  std::uint32_t round = 0; ///< rounds done: 1 to experiment.rounds
  double train_loss = not_measured;
  std::uint64_t bytes_sent = 0; ///< by all nodes since the start of the run
  double seconds = 0;           ///< wall time since the first round's start
  double virtual_seconds = not_measured;
  std::uint32_t evaluated_nodes = 0; ///< 0: no evaluation in this round
  double loss_mean = not_measured;
  double loss_std = not_measured;
  double loss_min = not_measured;
  double loss_max = not_measured;
  double accuracy_mean = not_measured; ///< over the evaluated nodes, each node's own accuracy
  double accuracy_std = not_measured;
  double accuracy_min = not_measured;
  double accuracy_max = not_measured;
  double local_loss_mean = not_measured; ///< over the evaluated nodes that have test samples of their own
  double local_loss_std = not_measured;
  double local_accuracy_mean = not_measured;
  double local_accuracy_std = not_measured;
  double local_accuracy_min = not_measured;
  double local_accuracy_max = not_measured;
  double consensus_loss = not_measured; ///< of the average model
  double consensus_accuracy = not_measured;
  double consensus_distance = not_measured; ///< (1/n) sum_i ||x_i - mean||^2
  double rmse_mean = not_measured;          ///< over the evaluated nodes, root of each one's loss; regression only
  double mae_mean = not_measured;           ///< over the evaluated nodes, mean absolute error; regression only
  double local_rmse_mean = not_measured;
  double local_mae_mean = not_measured;
  double consensus_mae = not_measured;
};

/// Something that happened: a failure, a warning, an isolated node.
struct event_record {
  double seconds = 0; ///< since the start of the run
  std::string kind;   ///< such as "warning", "nonfinite", "interrupted", "left over"
  std::string text;   ///< one sentence
};

/// Class counts of one node's shard: [classes].
struct histogram_record {
  node_id node = 0;
  std::vector<std::uint64_t> counts;
};

/// The numbers of a finished run: the `--json` summary and the table at the end.
struct summary {
  std::string name;
  std::string directory;
  std::string status; ///< "done", "failed", "interrupted"
  std::uint32_t nodes = 0;
  std::uint32_t rounds = 0;       ///< rounds done by every node
  std::uint64_t parameters = 0;   ///< floats of one model
  std::string parameters_hash;    ///< 16 hex digits
  double overhead = not_measured; ///< 1 - training thread seconds / (wall seconds x threads), evaluations taken out
  std::uint64_t peak_rss_bytes = 0;
  double seconds_setup = 0;
  double seconds_rounds = 0; ///< from the first round's start to the last one's end
  double seconds_first_round = 0;
  double seconds_evaluation = 0; ///< thread seconds
  double seconds_sharing = 0;    ///< thread seconds in encoding, decoding and aggregation
  double rounds_per_second = 0;
  std::uint64_t bytes_sent = 0; ///< one message an edge, wherever the nodes are
  std::uint64_t bytes_wire = 0; ///< that went from machine to machine
  double accuracy_mean = not_measured;
  double accuracy_std = not_measured;
  double accuracy_consensus = not_measured;
  double accuracy_local = not_measured; ///< mean over the evaluated nodes, on their own test samples
  double loss_mean = not_measured;
  double consensus_distance = not_measured;
  std::uint32_t threads = 0;
  double rmse_mean = not_measured; ///< regression only, as the next three
  double mae_mean = not_measured;
  double rmse_local = not_measured;
  double mae_local = not_measured;
};

} // namespace rhizome::results
