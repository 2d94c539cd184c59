#include "actors/averager.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace rhizome::actors {

namespace {

constexpr auto nothing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t distances_per_job = 64;

} // namespace

averager_actor spawn_averager(caf::actor_system& system, averager_options options) {
  return spawn_actor<averager_state>(system, threading::scheduled,
                                     [options](averager_state& state) { state.prepare(options); });
}

averager_actor::behavior_type averager_state::make_behavior() {
  return {
      [this](const node_report& part) { take(part); },
      [this](const job_done& done) {
        const auto then = running_.extract(done.token);
        if (then.empty())
          return;
        if (done.result)
          then.mapped()(*done.result);
        else
          self_->send(options_.host, run_failed{done.error});
      },
      [this](const stop_actor&) { self_->quit(); },
  };
}

void averager_state::take(const node_report& part) {
  const auto rounds = part.report.rounds;
  auto [place, added] = open_.try_emplace(rounds, options_.context->nodes);
  auto& open = place->second;
  if (added)
    open.result = {rounds, nothing, nothing, nothing, nullptr};
  if (part.report.model) {
    ++open.count;
    if (options_.context->evaluation.consensus)
      open.models.emplace_back(part.node, part.report.model);
  }
  put(rounds, 0, part.node, part.report.model);
}

void averager_state::put(std::uint32_t rounds, std::uint32_t level, node_id first, const learning::snapshot& item) {
  auto& sum = open_.at(rounds).sum;
  if (auto next = sum.put(level, first, item ? std::optional(item) : std::nullopt)) {
    learning::job_builder job(first, rounds);
    const auto out = job.fresh();
    job.add(learning::combine_step{out, {{job.input(next->left), 1.0F}, {job.input(next->right), 1.0F}}});
    job.output(out);
    run(job.build(), [this, rounds, next_level = next->level, next_first = next->first](learning::job_result& result) {
      put(rounds, next_level, next_first, result.outputs.at(0));
    });
  } else if (sum.complete()) {
    finish_average(rounds);
  }
}

void averager_state::finish_average(std::uint32_t rounds) {
  auto& open = open_.at(rounds);
  if (!open.sum.total()) { // no node has a model
    answer(rounds);
    return;
  }
  learning::job_builder job(0, rounds);
  const auto mean = job.fresh();
  job.add(learning::combine_step{mean, {{job.input(*open.sum.total()), 1.0F / static_cast<float>(open.count)}}});
  const auto& plan = options_.context->evaluation;
  if (plan.consensus)
    job.add(learning::evaluate_step{mean, learning::test_set::global, plan.samples_at(rounds)});
  job.output(mean);
  run(job.build(), [this, rounds](learning::job_result& result) {
    auto& done = open_.at(rounds);
    done.result.model = result.outputs.at(0);
    if (!result.evaluations.empty()) {
      done.result.loss = result.evaluations.front().loss;
      done.result.accuracy = result.evaluations.front().accuracy;
    }
    if (done.models.empty())
      answer(rounds);
    else
      measure_distances(rounds);
  });
}

void averager_state::measure_distances(std::uint32_t rounds) {
  auto& open = open_.at(rounds);
  std::ranges::sort(open.models, {}, [](const auto& m) { return m.first; });
  const auto models = std::exchange(open.models, {});
  for (std::size_t begin = 0; begin < models.size(); begin += distances_per_job) {
    learning::job_builder job(0, rounds);
    const auto mean = job.input(open.result.model);
    std::vector<node_id> ids;
    for (std::size_t i = begin; i < std::min(begin + distances_per_job, models.size()); ++i) {
      ids.push_back(models[i].first);
      job.add(learning::distance_step{job.input(models[i].second), mean});
    }
    run(job.build(), [this, rounds, ids](learning::job_result& result) {
      auto& distances = open_.at(rounds).distances;
      for (std::size_t i = 0; i < ids.size(); ++i)
        distances.emplace(ids[i], result.scalars.at(i));
      if (distances.size() == open_.at(rounds).count)
        answer(rounds);
    });
  }
}

void averager_state::answer(std::uint32_t rounds) {
  auto open = std::move(open_.extract(rounds).mapped());
  if (!open.distances.empty()) {
    double sum = 0;
    for (const auto& [node, distance] : open.distances)
      sum += distance;
    open.result.distance = sum / static_cast<double>(open.count);
  }
  const bool last = rounds == options_.context->rounds;
  if (last)
    self_->send(options_.host, open.result);
  open.result.model = nullptr;
  self_->send(options_.logger, std::move(open.result));
}

void averager_state::run(learning::job job, continuation then) {
  running_.emplace(next_token_, std::move(then));
  self_->send(options_.jobs, run_job{next_token_++, std::make_shared<learning::job>(std::move(job)),
                                     job_client_actor(averager_actor(self_))});
}

} // namespace rhizome::actors
