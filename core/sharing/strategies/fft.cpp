#include <numeric>
#include <utility>

#include "core/sharing/strategies/top_k.hpp"

namespace rhizome::sharing {

strategy_kind fft() {
  auto keys = memory_keys();
  keys.insert(keys.begin(), alpha_key(0.1));
  keys.push_back(selection_key({"change", "magnitude"}));
  return {
      .schema =
          {"fft",
           "The model's Fourier coefficients where they have changed most, with their places; the mean is taken of the "
           "coefficients.",
           std::move(keys)},
      .make = [](const strategy_context& context) -> std::unique_ptr<strategy> {
        const auto entries = std::accumulate(context.tensors.begin(), context.tensors.end(), std::size_t{0});
        return std::make_unique<top_k_sharing>(context, fixed_alpha(context.parameters.real("alpha")), selection{},
                                               fourier_domain(entries));
      },
      .state_vectors = [](const config::section& parameters) { return top_k_state(parameters) + 1; },
      .spoils_statistics = "takes the mean of coefficients, which may make variances negative among"};
}

} // namespace rhizome::sharing
