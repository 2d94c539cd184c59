#include <cmath>

#include "core/data/sources/synthetic.hpp"
#include "core/random.hpp"

namespace rhizome::data::sources {

namespace {

/// [classes x features]: directions uniform on the sphere, of length `separation`.
std::vector<double> class_means(std::size_t classes, std::size_t features, double separation, std::uint64_t seed) {
  std::vector<double> means(classes * features);
  for (std::size_t c = 0; c < classes; ++c) {
    random_stream random(seed, purpose::synthetic_data, static_cast<std::uint32_t>(synthetic_draw::truth),
                         static_cast<std::uint32_t>(c));
    const auto mean = std::span(means).subspan(c * features, features);
    double squares = 0;
    for (auto& m : mean) {
      m = random.normal();
      squares += m * m;
    }
    for (auto& m : mean)
      m *= separation / std::sqrt(squares);
  }
  return means;
}

samples draw_samples(std::span<const double> means, std::size_t features, double noise, std::uint32_t count,
                     std::uint64_t seed, synthetic_draw part) {
  const std::size_t classes = means.size() / features;
  std::vector<float> values(count * features);
  samples drawn;
  drawn.count = count;
  drawn.labels.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t label = i % classes;
    random_stream random(seed, purpose::synthetic_data, static_cast<std::uint32_t>(part), i);
    for (std::size_t j = 0; j < features; ++j)
      values[i * features + j] = static_cast<float>(means[label * features + j] + noise * random.normal());
    drawn.labels[i] = static_cast<std::int32_t>(label);
  }
  drawn.features = std::move(values);
  return drawn;
}

result<dataset> load_synthetic_classes(const load_request& request) {
  const auto& keys = request.keys;
  const auto features = static_cast<std::size_t>(keys.integer("features"));
  const auto classes = static_cast<std::size_t>(keys.integer("classes"));
  const auto counts = count_samples(request, features * sizeof(float));
  if (!counts)
    return fail(counts);
  const auto means = class_means(classes, features, keys.real("separation"), request.seed);
  const double noise = keys.real("noise");
  dataset set;
  set.shape = {keys.integer("features")};
  set.classes = keys.integer("classes");
  set.train = draw_samples(means, features, noise, counts->train, request.seed, synthetic_draw::train);
  set.test = draw_samples(means, features, noise, counts->test, request.seed, synthetic_draw::test);
  return set;
}

} // namespace

source synthetic_classes() {
  return {.variant = {"synthetic-classes",
                      "Gaussian classes: sample i belongs to class i mod classes and is that class's mean plus noise.",
                      {{.name = "features",
                        .default_value = std::int64_t{32},
                        .sentence = "Numbers of one sample.",
                        .minimum = 1,
                        .maximum = 1e6},
                       {.name = "classes",
                        .default_value = std::int64_t{10},
                        .sentence = "Number of classes.",
                        .minimum = 2,
                        .maximum = 1e4},
                       samples_per_node_key(),
                       {.name = "separation",
                        .default_value = 3.0,
                        .sentence = "Length of each class's mean, whose direction is random.",
                        .minimum = 0},
                       {.name = "noise",
                        .default_value = 1.0,
                        .sentence = "Standard deviation of each number around its class's mean.",
                        .minimum = 0}}},
          .load = load_synthetic_classes,
          .generated = true};
}

} // namespace rhizome::data::sources
