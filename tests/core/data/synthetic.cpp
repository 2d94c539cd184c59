#include <algorithm>
#include <cmath>

#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

/// Accuracy on the test set of the classifier that takes the nearest class mean of the training set.
double nearest_mean_accuracy(const data::dataset& set) {
  const std::size_t width = set.features();
  const auto classes = static_cast<std::size_t>(set.classes);
  const auto value = [width](const data::samples& of, std::size_t i, std::size_t j) {
    return std::visit([&](const auto& raw) { return static_cast<double>(raw[i * width + j]); }, of.features);
  };
  std::vector<double> means(classes * width), counts(classes);
  for (std::size_t i = 0; i < set.train.count; ++i) {
    const auto label = static_cast<std::size_t>(set.train.labels[i]);
    ++counts[label];
    for (std::size_t j = 0; j < width; ++j)
      means[label * width + j] += value(set.train, i, j);
  }
  double right = 0;
  for (std::size_t i = 0; i < set.test.count; ++i) {
    std::vector<double> distances(classes);
    for (std::size_t c = 0; c < classes; ++c)
      for (std::size_t j = 0; j < width; ++j)
        distances[c] += std::pow(value(set.test, i, j) - means[c * width + j] / counts[c], 2);
    right += std::ranges::min_element(distances) - distances.begin() == set.test.labels[i];
  }
  return right / static_cast<double>(set.test.count);
}

} // namespace

TEST_CASE("Gaussian classes can be learnt, but not perfectly") {
  const auto set = data::load(data_section("synthetic-classes"), 20, 1);
  REQUIRE(set);
  CHECK(set->train.count == 2'000);
  CHECK(set->test.count == 1'000);
  CHECK(set->classes == 10);
  const auto accuracy = nearest_mean_accuracy(*set);
  CHECK(accuracy > 0.7);
  CHECK(accuracy < 0.99);
}

TEST_CASE("synthetic images are bytes, can be learnt, and their normalisation fits") {
  const auto section = data_section("synthetic-images", {{"samples_per_node", std::int64_t{16}}});
  const auto set = data::load(section, 40, 1);
  REQUIRE(set);
  CHECK(set->train.count == 640);
  CHECK(set->shape == std::vector<std::int64_t>{1, 28, 28});
  CHECK(nearest_mean_accuracy(*set) > 0.95);
  const auto& pixels = std::get<std::vector<std::uint8_t>>(set->train.features);
  double sum = 0, squares = 0;
  for (const auto pixel : pixels) {
    const double x = (pixel * set->scale - set->mean[0]) / set->deviation[0];
    sum += x;
    squares += x * x;
  }
  CHECK(std::abs(sum / static_cast<double>(pixels.size())) < 0.2);
  CHECK(squares / static_cast<double>(pixels.size()) == doctest::Approx(1).epsilon(0.2));
}

TEST_CASE("synthetic regression is linear: the same target for the same sample, and noise of the given size") {
  const auto noisy = data::load(data_section("synthetic-regression", {{"noise", 0.5}}), 20, 1);
  const auto clean = data::load(data_section("synthetic-regression", {{"noise", 0.0}}), 20, 1);
  REQUIRE(noisy);
  REQUIRE(clean);
  CHECK(clean->kind == data::task::regression);
  CHECK(noisy->train.features == clean->train.features);
  double squares = 0;
  for (std::size_t i = 0; i < clean->train.count; ++i)
    squares += std::pow(noisy->train.targets[i] - clean->train.targets[i], 2);
  CHECK(squares / static_cast<double>(clean->train.count) == doctest::Approx(0.25).epsilon(0.1));

  // One feature: the ratio target / x is the weight, for training and test samples alike.
  const auto line =
      data::load(data_section("synthetic-regression", {{"noise", 0.0}, {"features", std::int64_t{1}}}), 1, 1);
  REQUIRE(line);
  const auto weight = line->train.targets[0] / std::get<std::vector<float>>(line->train.features)[0];
  for (std::size_t i = 0; i < line->test.count; ++i)
    CHECK(line->test.targets[i] ==
          doctest::Approx(weight * std::get<std::vector<float>>(line->test.features)[i]).epsilon(1e-5));
}

TEST_CASE("a generated sample depends on the seed, not on how many there are") {
  for (const std::string name : {"synthetic-classes", "synthetic-images", "synthetic-regression"}) {
    CAPTURE(name);
    auto section = data_section(name);
    const auto few = data::load(section, 1, 1);
    const auto many = data::load(section, 2, 1);
    const auto other = data::load(section, 1, 2);
    section.set("train_samples", std::int64_t{7});
    section.set("test_samples", std::int64_t{3});
    const auto fixed = data::load(section, 50, 1);
    REQUIRE(few);
    CHECK(many->train.count == 2 * few->train.count);
    CHECK(few->test.features == many->test.features);
    CHECK(few->train.features != other->train.features);
    CHECK(fixed->train.count == 7);
    CHECK(fixed->test.count == 3);
    const auto begins_alike = [&](const auto& values) {
      using values_type = std::decay_t<decltype(values)>;
      return std::equal(values.begin(), values.end(), std::get<values_type>(many->train.features).begin());
    };
    CHECK(std::visit(begins_alike, few->train.features));
    CHECK(std::visit(begins_alike, fixed->train.features));
  }
}

TEST_CASE("a generated data set that cannot fit is refused before memory is taken") {
  const auto section = data_section("synthetic-images", {{"samples_per_node", std::int64_t{1'000'000'000}}});
  const auto set = data::load(section, 16'384, 1);
  REQUIRE_FALSE(set);
  CHECK(set.error().kind == error_kind::invalid_input);
  CHECK(contains(set.error().message, "lower data.samples_per_node"));
}
