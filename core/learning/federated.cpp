#include "core/learning/federated.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/learning/participation.hpp"

namespace rhizome::learning {

std::vector<role> workers_and_server(std::uint32_t nodes) {
  return {{"worker", nodes, true}, {"server", 1, false}};
}

config::key participation_key() {
  return {.name = "participation",
          .default_value = 1.0,
          .sentence = "The share of the workers that take part in a round, rounded up; drawn afresh.",
          .minimum = 0.0,
          .maximum = 1.0,
          .exclusive_minimum = true};
}

// -- federated_member ------------------------------------------------------------------------------------------------

federated_member::federated_member(node_context context, double participation)
    : model_(std::exchange(context.initial, nullptr)), context_(std::move(context)), participation_(participation) {}

state federated_member::save() const {
  state saved;
  saved.arrays["model"] = model_;
  saved.counters["round"] = round_;
  saved.counters["bytes_sent"] = bytes_before_round_; // the round is done again
  return saved;
}

void federated_member::load(const state& saved) {
  model_ = saved.arrays.at("model");
  round_ = static_cast<round_number>(saved.counters.at("round"));
  bytes_before_round_ = saved.counters.at("bytes_sent");
  restore_bytes_sent(bytes_before_round_);
}

void federated_member::on_start(effects& out) {
  out.emplace_back(need_round{round_});
}

void federated_member::on_view(round_number round_of_view, round_view_ptr, effects& out) {
  next_view_ = round_of_view + 1;
  begin_if_due(out);
}

void federated_member::end_round(double train_loss, std::vector<evaluation> evaluations, snapshot model,
                                 std::uint64_t parameters_hash, effects& out) {
  ++round_;
  bytes_before_round_ = bytes_sent();
  begun_ = false;
  if (round_ == run().rounds)
    out.emplace_back(finished{parameters_hash});
  out.emplace_back(report{round_, train_loss, std::move(evaluations), bytes_sent(), std::move(model)});
  if (round_ == run().rounds)
    return;
  out.emplace_back(need_round{round_});
  begin_if_due(out);
}

void federated_member::begin_if_due(effects& out) {
  if (begun_ || next_view_ <= round_ || round_ >= run().rounds)
    return;
  begun_ = true;
  begin_round(out);
}

waiting federated_member::waiting_for_view() const {
  if (round_ >= run().rounds)
    return {round_, {}, {}};
  return {round_, fmt::format("the view of round {}", round_), {}};
}

std::vector<node_id> federated_member::participants() const {
  return draw_participants(run().seed, round_, server(), participation_);
}

bool federated_member::takes_part() const {
  return std::ranges::binary_search(participants(), context_.id);
}

// -- optimizer_memory ------------------------------------------------------------------------------------------------

std::vector<slot> optimizer_memory::lend(job_builder& job) {
  std::vector<slot> slots;
  for (auto& values : vectors_)
    slots.push_back(job.input(std::exchange(values, nullptr)));
  for (std::size_t i = 0; kept_ && i < slots.size(); ++i) {
    const auto output = job.output(slots[i]);
    if (i == 0)
      first_output_ = output;
  }
  return slots;
}

void optimizer_memory::take_back(const job_result& result, std::uint64_t steps) {
  if (!kept_)
    return;
  for (std::size_t i = 0; i < vectors_.size(); ++i)
    vectors_[i] = result.outputs.at(first_output_ + i);
  steps_ += steps;
}

void optimizer_memory::forget() {
  vectors_.assign(vectors_.size(), nullptr);
}

void optimizer_memory::save(state& to) const {
  for (std::size_t i = 0; i < vectors_.size(); ++i)
    to.arrays["optimizer." + std::to_string(i)] = vectors_[i];
  to.counters["optimizer_steps"] = steps_;
}

void optimizer_memory::load(const state& from) {
  for (std::size_t i = 0; i < vectors_.size(); ++i)
    vectors_[i] = from.arrays.at("optimizer." + std::to_string(i));
  steps_ = from.counters.at("optimizer_steps");
}

// -- federated_worker ------------------------------------------------------------------------------------------------

federated_worker::federated_worker(node_context context, double participation)
    : federated_member(std::move(context), participation) {}

waiting federated_worker::waiting_for() const {
  if (!begun())
    return waiting_for_view();
  if (computing_)
    return {round(), {}, {}};
  return {round(), fmt::format("the server's model of round {}", round()), {server()}};
}

state federated_worker::save() const {
  auto saved = federated_member::save();
  saved.counters["isolated"] = isolated_ ? 1 : 0;
  return saved;
}

void federated_worker::load(const state& saved) {
  federated_member::load(saved);
  isolated_ = saved.counters.at("isolated") != 0;
}

void federated_worker::begin_round(effects& out) {
  if (takes_part())
    take_model(out);
  else
    end_round(not_trained, {}, nullptr, 0, out);
}

void federated_worker::on_fragment(fragment f, effects& out) {
  if (f.round < round() || f.sender != server())
    return;
  inbox_.put(std::move(f));
  if (begun() && !computing_)
    take_model(out);
}

void federated_worker::take_model(effects& out) {
  auto f = inbox_.take(round(), server());
  if (!f)
    return;
  if (isolated_) {
    reply(nullptr, not_trained, out);
    return;
  }
  computing_ = true;
  model_ = nullptr;
  job_builder job(context().id, round());
  const slot model = job.input(std::move(f->body->values));
  plan_answer(job, model);
  out.emplace_back(compute{round(), job.build()});
}

void federated_worker::on_computed(token, job_result result, effects& out) {
  computing_ = false;
  if (result.finite) {
    auto body = answer(result);
    reply(std::move(body), result.train_loss, out);
    return;
  }
  out.emplace_back(diverged{round(), result.train_loss});
  if (run().on_nonfinite == nonfinite_policy::stop)
    return;
  isolated_ = true;
  on_isolated();
  reply(nullptr, not_trained, out);
}

void federated_worker::reply(payload_ptr body, double train_loss, effects& out) {
  send_to(fragment{context().id, round(), fragment_kind::model, false, std::move(body)}, {server()}, out);
  end_round(train_loss, {}, nullptr, 0, out);
}

// -- federated_server ------------------------------------------------------------------------------------------------

waiting federated_server::waiting_for() const {
  if (!begun())
    return waiting_for_view();
  return {round(), missing_.empty() ? std::string() : fmt::format("models of round {}", round()), missing_};
}

void federated_server::invite(const std::vector<node_id>& participants, effects& out) {
  send_to(fragment{context().id, round(), fragment_kind::model, false, dense_payload(model_)}, participants, out);
}

void federated_server::begin_round(effects& out) {
  missing_ = participants();
  invite(missing_, out);
  for (const node_id worker : participants())
    if (auto f = early_.take(round(), worker))
      on_fragment(std::move(*f), out);
}

void federated_server::on_fragment(fragment f, effects& out) {
  if (f.round > round() || (f.round == round() && !begun())) {
    early_.put(std::move(f)); // of a worker that needs nothing from the server to begin
    return;
  }
  if (f.round < round() || std::erase(missing_, f.sender) == 0)
    return; // a round that is over, or nobody who was asked
  received_[f.sender] = std::move(f.body);
  if (missing_.empty())
    take_up(std::exchange(received_, {}), out);
}

std::size_t federated_server::plan_end(job_builder& job, slot model) {
  const auto& plan = run().evaluation;
  if (plan.due(round() + 1))
    job.add(evaluate_step{model, plan.global_at(round() + 1), plan.samples_at(round() + 1)});
  job.add(hash_step{model});
  return job.output(model);
}

void federated_server::finish(job_result& result, std::size_t model, effects& out) {
  model_ = std::move(result.outputs.at(model));
  end_round(not_trained, std::move(result.evaluations), run().evaluation.average_due(round() + 1) ? model_ : nullptr,
            result.hashes.at(0), out);
}

} // namespace rhizome::learning
