#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/config/schema.hpp"
#include "core/data/dataset.hpp"
#include "core/learning/trainer.hpp"
#include "core/learning/training.hpp"
#include "core/result.hpp"

namespace rhizome::models {

/// Which samples each node has: indices into the data set, by node id. A node beyond the lists, such as a server, has
/// none.
struct node_samples {
  std::vector<std::vector<std::uint32_t>> train;
  std::vector<std::vector<std::uint32_t>> test; ///< local test sets; may be empty altogether
};

/// What models need to know of the experiment.
struct run_parameters {
  std::uint64_t seed = 1;
  std::uint32_t rounds = 1; ///< with a node's steps in each they are the length of the learning rate's schedule
};

/// The model of the validated section [model], to be trained on `data`. Errors: invalid_input where the model or the
/// loss does not fit the data set or a round has too many steps, bad_data where a file of [model] cannot be read or
/// does not fit, in a sentence that says what would do.
[[nodiscard]] result<std::shared_ptr<learning::model_runtime>>
make_runtime(const config::section& model, const learning::training_options& training, data::dataset_ptr data,
             std::shared_ptr<const node_samples> nodes, const run_parameters& run);

/// The checksum of a data set, continued over the files that [model] names, if any: machines with the same one start
/// from the same bytes. Errors: bad_data where a file cannot be read.
[[nodiscard]] result<std::uint64_t> checksum_with_files(const config::section& model, std::uint64_t checksum);

} // namespace rhizome::models
