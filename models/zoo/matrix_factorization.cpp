#include "models/detail/narrow_embedding.hpp"
#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

constexpr float initial_bound = 0.05F;

/// A rating is the product of a user's and an item's vector (Koren et al. 2009, without biases), with DecentralizePy's
/// names and initial values.
class factor_network : public detail::network {
public:
  factor_network(const detail::model_input& input, std::int64_t factors)
      : users_(register_module("user_factors", std::make_shared<detail::narrow_embedding_module>(
                                                   input.categories[0], factors, initial_bound))),
        items_(register_module("item_factors", std::make_shared<detail::narrow_embedding_module>(
                                                   input.categories[1], factors, initial_bound))) {}

  at::Tensor forward(const at::Tensor& batch) override {
    const at::Tensor numbers = batch.to(at::kLong);
    return (users_->of(numbers.select(1, 0)) * items_->of(numbers.select(1, 1))).sum(1, true);
  }

private:
  std::shared_ptr<detail::narrow_embedding_module> users_;
  std::shared_ptr<detail::narrow_embedding_module> items_;
};

} // namespace

detail::model_kind matrix_factorization() {
  return {.variant = {.name = "matrix-factorization",
                      .sentence = "Ratings as products of a user's and an item's vector: 206,680 parameters for 610 "
                                  "users and 9,724 films.",
                      .keys = {{.name = "factors",
                                .default_value = std::int64_t{20},
                                .sentence = "Length of the vectors.",
                                .minimum = 1,
                                .maximum = 1e5}}},
          .build = [](const config::section& model, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>&) -> result<std::shared_ptr<detail::network>> {
            if (input.categories.size() != 2 || input.classification)
              return fail(error_kind::invalid_input, "model.name = \"matrix-factorization\" needs ratings of items by "
                                                     "users, such as data.dataset = \"movielens\"");
            return std::make_shared<factor_network>(input, model.integer("factors"));
          },
          .takes = {detail::sample_kind::categories}};
}

} // namespace rhizome::models::zoo
