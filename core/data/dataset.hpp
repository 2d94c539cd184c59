#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rhizome::data {

/// What a sample's target is.
enum class task {
  classification, ///< a class label
  regression,     ///< one real number
};

/// The samples of a training or test set, as plain arrays. Features are [samples x features] row-major: uint8 as read
/// from the file (normalised when a batch is made) or float32.
struct samples {
  std::variant<std::vector<std::uint8_t>, std::vector<float>> features;
  std::vector<std::int32_t> labels; ///< [samples], classification only
  std::vector<float> targets;       ///< [samples], regression only
  std::size_t count = 0;
  std::vector<std::uint32_t> users = {}; ///< [samples] whose each is, in [0, dataset::users); empty: nobody's
};

/// The values that ratings have: from `lowest` to `highest` in steps.
struct rating_scale {
  double lowest = 0;
  double highest = 0;
  double step = 1;
};

/// A data set, loaded once a process and shared by all nodes, which hold indices into it.
struct dataset {
  std::string name;
  task kind = task::classification;
  std::vector<std::int64_t> shape; ///< of one sample: {channels, height, width} or {features}
  std::int64_t classes = 0;        ///< classification: labels are in [0, classes)
  std::int64_t vocabulary = 0;     ///< above 0: a sample is a text, its features token numbers in [0, vocabulary)
  /// [shape[0]] or empty: how many values each feature has, where features are numbers of things (a user, an item)
  std::vector<std::int64_t> categories = {};
  std::optional<rating_scale> ratings = {}; ///< regression: a prediction is right that is the target once put on it
  std::uint32_t users = 0; ///< people (or other sources) whose samples stay together in a natural partition
  /// [shape[0]] (per channel, or per feature of a flat sample) or [1] (one for all):
  /// value = (raw * scale - mean) / deviation. Never empty, deviations never 0.
  std::vector<float> mean = {0};
  std::vector<float> deviation = {1}; ///< as long as `mean`
  float scale = 1;                    ///< 1/255 for uint8 images, else 1
  samples train;
  samples test;
  samples validation = {}; ///< held out of one of both; usually there is none

  /// Numbers of one sample: the product of its shape.
  [[nodiscard]] std::size_t features() const;
};

using dataset_ptr = std::shared_ptr<const dataset>;

} // namespace rhizome::data
