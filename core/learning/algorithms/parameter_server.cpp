#include <utility>

#include "core/learning/federated.hpp"

namespace rhizome::learning {

namespace {

/// Sends the mean gradient of its batches at the server's model.
class gradient_worker final : public federated_worker {
public:
  gradient_worker(node_context context, double participation) : federated_worker(std::move(context), participation) {}

private:
  void plan_answer(job_builder& job, slot model) override {
    const auto steps = context().local_steps;
    const slot gradient = job.fresh();
    job.add(gradient_step{model, gradient, {std::uint64_t{round()} * steps, steps}});
    job.output(model);
    job.output(gradient);
  }

  payload_ptr answer(job_result& result) override {
    model_ = std::move(result.outputs.at(0));
    return dense_payload(std::move(result.outputs.at(1)));
  }
};

/// Takes one step of the run's optimizer along the mean of the workers' gradients.
class parameter_server_node final : public with_optimizer<federated_server> {
public:
  parameter_server_node(node_context context, double participation)
      : with_optimizer(std::move(context), participation) {}

private:
  /// g = (1 / |S|) sum_k g_k in order of worker id, x^{r+1} = step(x^r, g). The evaluation comes with it.
  void take_up(answers received, effects& out) override {
    std::erase_if(received, [](const auto& answer) { return !answer.second; });
    stepped_ = !received.empty();
    job_builder job(context().id, round());
    const slot x = job.input(std::exchange(model_, nullptr));
    if (stepped_) {
      combine_step mean;
      for (const auto& [worker, body] : received)
        mean.terms.emplace_back(job.input(body->values), 1.0F / static_cast<float>(received.size()));
      const slot gradient = mean.out = job.fresh();
      job.add(std::move(mean));
      apply_gradient_step apply{x, gradient, {}, round(), optimizer_.steps()};
      apply.optimizer = optimizer_.lend(job);
      job.add(std::move(apply));
    }
    model_output_ = plan_end(job, x);
    out.emplace_back(compute{round(), job.build()});
  }

  void on_computed(token, job_result result, effects& out) override {
    if (stepped_)
      optimizer_.take_back(result, 1);
    if (!result.finite) {
      out.emplace_back(diverged{round(), not_trained});
      if (run().on_nonfinite == nonfinite_policy::stop)
        return;
    }
    finish(result, model_output_, out);
  }

  bool stepped_ = false; ///< the round's job has a step of the optimizer: somebody had a gradient
  std::size_t model_output_ = 0;
};

std::unique_ptr<learner> make_member(node_context context, const config::section& parameters) {
  const auto participation = parameters.real("participation");
  if (context.role == 0)
    return std::make_unique<gradient_worker>(std::move(context), participation);
  return std::make_unique<parameter_server_node>(std::move(context), participation);
}

} // namespace

algorithm parameter_server() {
  return {
      .schema = {"parameter-server",
                 "Synchronous SGD: each round the workers send the gradient of their batches at the server's model, "
                 "and the server takes one step of the optimizer along the mean.",
                 {participation_key()}},
      .graph = graph_use::none,
      .roles = workers_and_server,
      .make = make_member,
      .spoils_statistics = "trains by gradients alone, which do not move"};
}

} // namespace rhizome::learning
