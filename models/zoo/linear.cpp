#include "models/detail/registry.hpp"
#include "models/detail/single_layer.hpp"

namespace rhizome::models::zoo {

detail::model_kind linear() {
  return {.variant = {.name = "linear", .sentence = "One linear output of all features, for regression."},
          .build = [](const config::section&, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>&) -> result<std::shared_ptr<detail::network>> {
            if (input.classification)
              return fail(error_kind::invalid_input, "model.name = \"linear\" needs a data set for regression; for "
                                                     "classes choose \"logistic-regression\" or \"mlp\"");
            return std::make_shared<detail::single_layer>(input);
          }};
}

} // namespace rhizome::models::zoo
