#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "core/learning/flat_vector.hpp"
#include "core/learning/fragment.hpp"
#include "core/types.hpp"

namespace rhizome::learning {

class aggregation_rule; // core/learning/aggregation.hpp
class encoder;          // core/sharing/strategy.hpp
class decoder;
class transform;

/// A register of a job: it holds one flat vector.
using slot = std::uint16_t;

/// What training needs beside the vectors. A node's batches are a function of (seed, node, first_batch), see
/// core/learning/sampler.hpp; the learning rate and dropout masks are one of the step.
struct batch_range {
  std::uint64_t first_batch = 0; ///< batches that the node has consumed before
  std::uint32_t count = 1;       ///< batches = local steps
};

/// Local steps of the optimizer on `model`, in place. `optimizer` names the registers of its state (momentum: 1,
/// Adam: 2, plain SGD: none), updated in place; `optimizer_steps` is how many steps that state has seen (Adam's bias
/// correction).
struct train_step {
  slot model = 0;
  std::vector<slot> optimizer = {};
  batch_range batches = {};
  std::uint64_t optimizer_steps = 0;
};

/// out = mean gradient of one batch at `point`, without weight decay or momentum.
struct gradient_step {
  slot point = 0;
  slot out = 0;
  batch_range batches = {};
};

/// One optimizer step on `model`, in place, along a given gradient (which is clipped in place). `step` counts the run's
/// steps for the learning rate's schedule, one a round; `optimizer` and `optimizer_steps` as in train_step.
struct apply_gradient_step {
  slot model = 0;
  slot gradient = 0;
  std::vector<slot> optimizer = {};
  std::uint64_t step = 0;
  std::uint64_t optimizer_steps = 0;
};

/// Which test samples.
enum class test_set : std::uint8_t {
  global,     ///< the data set's test samples
  local,      ///< the node's own share of them
  validation, ///< the data set's validation samples, in place of the global ones
};

/// Loss and accuracy of `model`.
struct evaluate_step {
  slot model = 0;
  test_set on = test_set::global;
  std::uint64_t samples = 0; ///< at most so many, a sample drawn once per run; 0: all
};

/// out = sum of weight x value in the order given: any linear algebra over vectors. One pass over memory.
struct combine_step {
  slot out = 0;
  std::vector<std::pair<slot, float>> terms;
};

/// out = rule(own, received, weights): the algorithm's aggregation.
struct aggregate_step {
  slot out = 0;
  slot own = 0;
  float own_weight = 1;
  std::vector<std::pair<slot, float>> received; ///< in order of sender id
  std::shared_ptr<const aggregation_rule> rule;
};

/// Appends to the result's payloads what `encoder` makes of `in`.
struct encode_step {
  std::vector<slot> in;
  std::shared_ptr<const encoder> with;
};

/// out = the vector that `body` stands for; `own` completes what was not sent.
struct decode_step {
  payload_ptr body;
  slot own = 0;
  slot out = 0;
  std::shared_ptr<const decoder> with;
};

/// out = T(in), a vector of T's size, which need not be the model's. combine_step, aggregate_step and decode_step work
/// on such vectors as well, all of one size; what trains and evaluates does not.
struct transform_step {
  slot out = 0;
  slot in = 0;
  std::shared_ptr<const transform> with;
};

/// Appends ||a - b||^2 (double) to the result's scalars.
struct distance_step {
  slot a = 0;
  slot b = 0;
  std::size_t entries = 0; ///< so many from the first on; 0: all
};

/// Appends the xxh3 of the vector's bytes to the result's hashes.
struct hash_step {
  slot in = 0;
};

/// out = so many entries of `in` from `first` on: a vector of its own size. combine_step, aggregate_step and
/// decode_step work on such vectors as well, all of one size; what trains and evaluates does not.
struct part_step {
  slot in = 0;
  slot out = 0;
  std::size_t first = 0;
  std::size_t entries = 0;
};

/// out = [front | back].
struct join_step {
  slot front = 0;
  slot back = 0;
  slot out = 0;
};

/// Sends `buffers` along with a payload that an earlier step has encoded.
struct attach_step {
  std::size_t payload = 0; ///< its index in the result's payloads
  slot buffers = 0;
};

using step =
    std::variant<train_step, gradient_step, evaluate_step, combine_step, aggregate_step, encode_step, decode_step,
                 transform_step, distance_step, hash_step, apply_gradient_step, part_step, join_step, attach_step>;

/// A straight-line program over registers of flat vectors, run from start to end by one trainer: a node's vector stays
/// in cache. Inputs are immutable; a step that works in place copies first unless the job holds the only reference.
struct job {
  node_id node = 0;       ///< whose data and random numbers
  round_number round = 0; ///< for messages
  std::vector<std::pair<slot, snapshot>> inputs;
  std::vector<step> steps;
  std::vector<slot> outputs; ///< registers to keep, in this order
  /// Floats of a register that starts with zeros; 0, and of registers beyond the list: the model's.
  std::vector<std::size_t> zeros;

  [[nodiscard]] std::size_t zeros_of(slot s, std::size_t model) const {
    return s < zeros.size() && zeros[s] != 0 ? zeros[s] : model;
  }
};

/// Loss and accuracy over some test samples.
struct evaluation {
  test_set on = test_set::global;
  double loss = 0;     ///< mean over samples
  double accuracy = 0; ///< fraction in [0, 1]; NaN for regression, unless targets are ratings
  std::uint64_t samples = 0;
  double mae = std::numeric_limits<double>::quiet_NaN(); ///< mean absolute error; NaN for classification
};

/// What a job gives back.
struct job_result {
  std::vector<snapshot> outputs; ///< as named in job::outputs
  std::vector<payload_ptr> payloads;
  std::vector<double> scalars;
  std::vector<std::uint64_t> hashes;
  std::vector<evaluation> evaluations;
  double train_loss = 0; ///< mean over the batches of all train and gradient steps, before each update
  bool finite = true;    ///< every trained parameter, gradient and loss is finite
};

} // namespace rhizome::learning
