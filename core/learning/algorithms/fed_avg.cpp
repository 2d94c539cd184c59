#include <utility>

#include "core/learning/federated.hpp"

namespace rhizome::learning {

namespace {

/// Trains what the server sends and sends the result back.
class fed_avg_worker final : public with_optimizer<federated_worker> {
public:
  fed_avg_worker(node_context context, double participation, bool weighted)
      : with_optimizer(std::move(context), participation), weighted_(weighted) {}

private:
  void plan_answer(job_builder& job, slot model) override {
    const auto steps = context().local_steps;
    train_step train{model, {}, {std::uint64_t{round()} * steps, steps}, optimizer_.steps()};
    job.output(model);
    train.optimizer = optimizer_.lend(job);
    job.add(std::move(train));
  }

  payload_ptr answer(job_result& result) override {
    model_ = std::move(result.outputs.at(0));
    optimizer_.take_back(result, context().local_steps);
    const auto& samples = run().train_samples;
    std::vector<double> scalars;
    if (weighted_ && !samples.empty())
      scalars.push_back(static_cast<double>(samples.at(context().id)));
    return dense_payload(model_, std::move(scalars));
  }

  void on_isolated() override { optimizer_.forget(); }

  bool weighted_;
};

/// Takes the mean of what the participants make of its model.
class fed_avg_server final : public federated_server {
public:
  fed_avg_server(node_context context, double participation) : federated_server(std::move(context), participation) {}

private:
  /// x^{r+1} = sum_k n_k y_k / sum_k n_k in order of worker id; n_k = 1 unless weighted. The evaluation comes with it.
  void take_up(answers received, effects& out) override {
    const auto weight = [](const payload& body) { return body.scalars.empty() ? 1.0 : body.scalars.front(); };
    double total = 0;
    for (const auto& [worker, body] : received)
      total += body ? weight(*body) : 0;
    job_builder job(context().id, round());
    combine_step mean;
    for (const auto& [worker, body] : received)
      if (body)
        mean.terms.emplace_back(job.input(body->values), static_cast<float>(weight(*body) / total));
    if (mean.terms.empty()) // no participant has a model
      mean.terms.emplace_back(job.input(model_), 1.0F);
    const slot x = mean.out = job.fresh();
    job.add(std::move(mean));
    plan_end(job, x);
    out.emplace_back(compute{round(), job.build()});
  }

  void on_computed(token, job_result result, effects& out) override { finish(result, 0, out); }
};

std::unique_ptr<learner> make_member(node_context context, const config::section& parameters) {
  const auto participation = parameters.real("participation");
  if (context.role == 0)
    return std::make_unique<fed_avg_worker>(std::move(context), participation, parameters.boolean("weighted"));
  return std::make_unique<fed_avg_server>(std::move(context), participation);
}

} // namespace

algorithm fed_avg() {
  return {
      .schema = {"fed-avg",
                 "Federated averaging: a server, the node after the workers, sends its model to some of them each "
                 "round and takes the mean of what they have trained; its model is the one that is evaluated.",
                 {participation_key(),
                  {.name = "weighted",
                   .default_value = false,
                   .sentence = "Whether a worker counts as much as it has training samples; else all count alike."}}},
      .graph = graph_use::none,
      .roles = workers_and_server,
      .make = make_member};
}

} // namespace rhizome::learning
