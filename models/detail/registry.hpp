#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/config/schema.hpp"
#include "core/result.hpp"
#include "models/detail/network.hpp"

namespace rhizome::models::detail {

/// What the features of a sample are.
enum class sample_kind {
  numbers,    ///< pixels or measurements
  tokens,     ///< a text, as numbers of its characters or words
  categories, ///< numbers of things, such as a user and an item
};

/// A kind of model: a choice of `model.name`. One file under models/zoo/ defines it, one line in registry.cpp registers
/// it.
struct model_kind {
  config::variant variant;
  /// Builds it with whatever parameters. Errors: invalid_input where it cannot work on such samples.
  result<std::shared_ptr<network>> (*build)(const config::section& model, const model_input& input,
                                            const std::shared_ptr<step_random>& random) = nullptr;
  std::vector<sample_kind> takes = {sample_kind::numbers}; ///< any other data set is refused before it is built
};

/// All models, in the order in which they are listed.
[[nodiscard]] const std::vector<model_kind>& all_models();

/// The model of a validated section [model], built by its kind.
[[nodiscard]] result<std::shared_ptr<network>> build(const config::section& model, const model_input& input,
                                                     const std::shared_ptr<step_random>& random);

/// An error unless samples are images {channels, height, width} of at least `smallest` pixels each way.
[[nodiscard]] result<void> expect_images(std::string_view model, const model_input& input, std::int64_t smallest);

/// The key of models that have dropout.
[[nodiscard]] config::key dropout_key();

} // namespace rhizome::models::detail
