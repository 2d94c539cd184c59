#include "models/runtime.hpp"

#include <algorithm>
#include <utility>

#include "models/detail/network_trainer.hpp"
#include "models/detail/registry.hpp"
#include "models/detail/save.hpp"
#include "models/detail/state.hpp"

namespace rhizome::models {

namespace {

class runtime final : public learning::model_runtime {
public:
  explicit runtime(std::shared_ptr<const detail::run_setup> setup)
      : setup_(std::move(setup)), independent_(setup_->model.text("init") == "independent") {}

  const learning::vector_layout& layout() const override { return setup_->layout; }

  std::size_t optimizer_vectors() const override { return learning::optimizer_vectors(setup_->training); }

  void initial_parameters(node_id node, std::span<float> out) const override {
    if (!setup_->start.empty())
      std::ranges::copy(setup_->start, out.begin());
    else
      detail::initialise(setup_->initialisation, setup_->run.seed, independent_ ? node : 0, out);
  }

  std::unique_ptr<learning::trainer> make_trainer() const override {
    auto random = std::make_shared<detail::step_random>();
    auto net = detail::build(setup_->model, setup_->input, random);
    return std::make_unique<detail::network_trainer>(setup_, std::move(net.value()), std::move(random));
  }

  result<void> save(std::span<const float> model, const std::filesystem::path& file) const override {
    return detail::save_vector(setup_->layout, model, file);
  }

private:
  std::shared_ptr<const detail::run_setup> setup_;
  bool independent_;
};

/// An error where the loss cannot be taken on the data set.
result<void> check_loss(learning::loss_kind loss, const data::dataset& data) {
  if (data.kind == data::task::regression && loss == learning::loss_kind::cross_entropy)
    return fail(error_kind::invalid_input,
                "training.loss = \"cross-entropy\" needs classes, but the data set {} is for regression; expected "
                "\"mse\" or \"auto\"",
                data.name);
  return {};
}

/// The vector that a file gives all nodes to begin with; empty where it is drawn.
result<std::vector<float>> start_of(const config::section& model, const detail::network& net, bool from_file) {
  const auto& initial = model.text("initial");
  if (initial.empty())
    return from_file ? detail::values_of(net) : std::vector<float>();
  const auto content = detail::read_file("initial", initial);
  if (!content)
    return fail(content);
  return detail::read_state(**content, initial, detail::layout_of(net));
}

} // namespace

result<std::shared_ptr<learning::model_runtime>>
make_runtime(const config::section& model, const learning::training_options& training, data::dataset_ptr data,
             std::shared_ptr<const node_samples> nodes, const run_parameters& run) {
  if (auto loss = check_loss(training.loss, *data); !loss)
    return fail(loss);
  for (const auto& shard : nodes->train)
    if (auto steps = learning::check_steps(training, shard.size()); !steps)
      return fail(steps);
  const bool classification = data->kind == data::task::classification;
  detail::model_input input{data->shape, classification ? data->classes : 1, classification, data->vocabulary,
                            data->categories};
  if (model.has("path")) {
    auto content = detail::read_file("path", model.text("path"));
    if (!content)
      return fail(content);
    input.file = std::move(*content);
  }
  const auto net = detail::build(model, input, std::make_shared<detail::step_random>());
  if (!net)
    return fail(net);
  auto start = start_of(model, **net, input.file != nullptr);
  if (!start)
    return fail(start);
  return std::make_shared<runtime>(std::make_shared<detail::run_setup>(
      detail::run_setup{model, training, std::move(data), std::move(nodes), run, std::move(input),
                        detail::layout_of(**net), detail::initialisation_of(**net), std::move(*start)}));
}

} // namespace rhizome::models
