// top-k among the coefficients of a wavelet transform.
#include <numeric>
#include <utility>

#include "core/sharing/strategies/top_k.hpp"

namespace rhizome::sharing {

namespace {

std::vector<config::key> keys_with(config::key share, const char* wavelet) {
  auto keys = memory_keys();
  keys.insert(keys.begin(), std::move(share));
  keys.push_back(selection_key({"change", "magnitude"}));
  keys.push_back({.name = "wavelet",
                  .default_value = std::string(wavelet),
                  .sentence = "The wavelet: \"haar\", or Daubechies' with two vanishing moments, which is known as "
                              "\"db2\" and as \"sym2\".",
                  .choices = {"haar", "db2", "sym2"}});
  keys.push_back({.name = "levels",
                  .default_value = std::int64_t{4},
                  .sentence = "How often the coarser half is halved once more.",
                  .minimum = 1,
                  .maximum = 32});
  return keys;
}

std::unique_ptr<strategy> make_of(const strategy_context& context, alpha_function alpha) {
  const auto& p = context.parameters;
  const auto entries = std::accumulate(context.tensors.begin(), context.tensors.end(), std::size_t{0});
  return std::make_unique<top_k_sharing>(
      context, std::move(alpha), selection{},
      wavelet_domain(entries, p.text("wavelet"), static_cast<unsigned>(p.integer("levels"))));
}

std::size_t state_of(const config::section& parameters) {
  return top_k_state(parameters) + 1;
}

constexpr const char* spoiling_variances = "takes the mean of coefficients, which may make variances negative among";

} // namespace

strategy_kind wavelet() {
  return {
      .schema =
          {"wavelet",
           "The model's wavelet coefficients where they have changed most, with their places; the mean is taken of the "
           "coefficients.",
           keys_with(alpha_key(0.1), "haar")},
      .make =
          [](const strategy_context& context) {
            return make_of(context, fixed_alpha(context.parameters.real("alpha")));
          },
      .state_vectors = state_of,
      .spoils_statistics = spoiling_variances};
}

strategy_kind jwins() {
  auto keys = keys_with(
      alphas_key({0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 1.0}, "The shares that are drawn from, all with equal probability."),
      "sym2");
  for (auto& key : keys) {
    if (key.name == "accumulation")
      key.default_value = std::string("whole");
    if (key.name == "metadata_cap")
      key.default_value = 0.5;
  }
  return {.schema = {"jwins",
                     "JWINS: wavelet coefficients that have changed most, of a share that each node draws afresh each "
                     "round, with a memory of what was not sent.",
                     std::move(keys)},
          .make =
              [](const strategy_context& context) {
                return make_of(context, drawn_alpha(context.parameters.reals("alphas"), context.seed));
              },
          .state_vectors = state_of,
          .spoils_statistics = spoiling_variances};
}

} // namespace rhizome::sharing
