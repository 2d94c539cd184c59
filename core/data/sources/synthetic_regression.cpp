#include "core/data/sources/synthetic.hpp"
#include "core/random.hpp"

namespace rhizome::data::sources {

namespace {

std::vector<double> true_weights(std::size_t features, std::uint64_t seed) {
  random_stream random(seed, purpose::synthetic_data, static_cast<std::uint32_t>(synthetic_draw::truth));
  std::vector<double> weights(features);
  for (auto& w : weights)
    w = random.normal();
  return weights;
}

samples draw_samples(std::span<const double> weights, double noise, std::uint32_t count, std::uint64_t seed,
                     synthetic_draw part) {
  std::vector<float> values(count * weights.size());
  samples drawn;
  drawn.count = count;
  drawn.targets.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    random_stream random(seed, purpose::synthetic_data, static_cast<std::uint32_t>(part), i);
    double target = 0;
    for (std::size_t j = 0; j < weights.size(); ++j) {
      const auto x = static_cast<float>(random.normal());
      values[i * weights.size() + j] = x;
      target += weights[j] * double{x};
    }
    drawn.targets[i] = static_cast<float>(target + noise * random.normal());
  }
  drawn.features = std::move(values);
  return drawn;
}

result<dataset> load_synthetic_regression(const load_request& request) {
  const auto features = static_cast<std::size_t>(request.keys.integer("features"));
  const double noise = request.keys.real("noise");
  const auto counts = count_samples(request, features * sizeof(float));
  if (!counts)
    return fail(counts);
  const auto weights = true_weights(features, request.seed);
  dataset set;
  set.kind = task::regression;
  set.shape = {request.keys.integer("features")};
  set.train = draw_samples(weights, noise, counts->train, request.seed, synthetic_draw::train);
  set.test = draw_samples(weights, noise, counts->test, request.seed, synthetic_draw::test);
  return set;
}

} // namespace

source synthetic_regression() {
  return {.variant = {"synthetic-regression",
                      "Linear regression: target = w . x + noise, with x and w standard normal and one w for all.",
                      {{.name = "features",
                        .default_value = std::int64_t{10},
                        .sentence = "Numbers of one sample.",
                        .minimum = 1,
                        .maximum = 1e6},
                       samples_per_node_key(),
                       {.name = "noise",
                        .default_value = 0.1,
                        .sentence = "Standard deviation of the noise on the target.",
                        .minimum = 0}}},
          .load = load_synthetic_regression,
          .kind = task::regression,
          .generated = true};
}

} // namespace rhizome::data::sources
