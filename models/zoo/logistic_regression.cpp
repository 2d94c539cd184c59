#include "models/detail/registry.hpp"
#include "models/detail/single_layer.hpp"

namespace rhizome::models::zoo {

detail::model_kind logistic_regression() {
  return {.variant = {.name = "logistic-regression", .sentence = "One fully connected layer, for classification."},
          .build = [](const config::section&, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>&) -> result<std::shared_ptr<detail::network>> {
            if (!input.classification)
              return fail(error_kind::invalid_input, "model.name = \"logistic-regression\" needs a data set with "
                                                     "classes; for regression choose \"linear\" or \"mlp\"");
            return std::make_shared<detail::single_layer>(input);
          }};
}

} // namespace rhizome::models::zoo
