#include <algorithm>
#include <stdexcept>

#include <fmt/ranges.h>

#include "models/detail/registry.hpp"

/// The functions under models/zoo/ that define a model, one line each.
#define RHIZOME_MODELS(MODEL)                                                                                          \
  MODEL(lenet)                                                                                                         \
  MODEL(cnn)                                                                                                           \
  MODEL(mlp)                                                                                                           \
  MODEL(logistic_regression)                                                                                           \
  MODEL(linear)                                                                                                        \
  MODEL(femnist_cnn)                                                                                                   \
  MODEL(celeba_cnn)                                                                                                    \
  MODEL(resnet8)                                                                                                       \
  MODEL(femnist_resnet)                                                                                                \
  MODEL(resnet18)                                                                                                      \
  MODEL(shakespeare_lstm)                                                                                              \
  MODEL(reddit_lstm)                                                                                                   \
  MODEL(lstm)                                                                                                          \
  MODEL(transformer)                                                                                                   \
  MODEL(matrix_factorization)                                                                                          \
  MODEL(torchscript)

#define RHIZOME_DECLARE(name) detail::model_kind name();
#define RHIZOME_CALL(name) zoo::name(),

namespace rhizome::models {

namespace zoo {

RHIZOME_MODELS(RHIZOME_DECLARE)

} // namespace zoo

namespace detail {

namespace {

sample_kind kind_of(const model_input& input) {
  if (input.vocabulary > 0)
    return sample_kind::tokens;
  return input.categories.empty() ? sample_kind::numbers : sample_kind::categories;
}

std::string_view name_of(sample_kind kind) {
  if (kind == sample_kind::tokens)
    return "texts";
  return kind == sample_kind::numbers ? "images or measurements" : "pairs of users and items";
}

bool takes(const model_kind& model, sample_kind kind) {
  return std::ranges::find(model.takes, kind) != model.takes.end();
}

/// An error unless the model takes such samples; it names those that do.
result<void> check_kind(const model_kind& model, const model_input& input) {
  const auto given = kind_of(input);
  if (takes(model, given))
    return {};
  std::vector<std::string> fitting;
  for (const auto& other : all_models())
    if (takes(other, given))
      fitting.push_back("\"" + other.variant.name + "\"");
  return fail(error_kind::invalid_input,
              "model.name = \"{}\" needs {}, but the samples of the data set are {}; choose one of {}",
              model.variant.name, name_of(model.takes.front()), name_of(given), fmt::join(fitting, ", "));
}

} // namespace

const std::vector<model_kind>& all_models() {
  static const std::vector<model_kind> all = {RHIZOME_MODELS(RHIZOME_CALL)};
  return all;
}

result<std::shared_ptr<network>> build(const config::section& model, const model_input& input,
                                       const std::shared_ptr<step_random>& random) {
  const auto kind = std::ranges::find(all_models(), model.text("name"), [](const auto& k) { return k.variant.name; });
  if (kind == all_models().end())
    throw std::logic_error("model.name was not validated");
  if (auto fits = check_kind(*kind, input); !fits)
    return fail(fits);
  return kind->build(model, input, random);
}

result<void> expect_images(std::string_view model, const model_input& input, std::int64_t smallest) {
  if (input.shape.size() != 3)
    return fail(error_kind::invalid_input,
                "model.name = \"{}\" needs images, but a sample of the data set has the shape [{}]; choose another "
                "model, such as \"mlp\"",
                model, fmt::join(input.shape, ", "));
  if (std::min(input.shape[1], input.shape[2]) < smallest)
    return fail(error_kind::invalid_input,
                "model.name = \"{0}\" needs images of at least {1} x {1} pixels, but those of the data set have {2} x "
                "{3}; choose another model, such as \"mlp\"",
                model, smallest, input.shape[1], input.shape[2]);
  return {};
}

config::key dropout_key() {
  return {.name = "dropout",
          .default_value = 0.0,
          .sentence = "Probability with which a value between the fully connected layers is set to zero in training.",
          .minimum = 0,
          .maximum = 0.99};
}

} // namespace detail

} // namespace rhizome::models
