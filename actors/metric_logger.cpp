#include "actors/metric_logger.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/results/statistics.hpp"

namespace rhizome::actors {

namespace {

constexpr auto lost = std::numeric_limits<std::uint32_t>::max();

} // namespace

metric_logger_actor spawn_metric_logger(caf::actor_system& system, threading where, metric_logger_options options) {
  return spawn_actor<metric_logger_state>(system, where,
                                          [options](metric_logger_state& state) { state.prepare(options); });
}

metric_logger_actor::behavior_type metric_logger_state::make_behavior() {
  takes_part_after_.assign(options_.context->nodes, 0);
  bytes_.assign(options_.context->nodes, 0);
  bytes_before_loss_.assign(options_.context->nodes, 0);
  return {
      [this](const begin_run&) { start_ = clock::now(); },
      [this](const round_reports& batch) { take(batch); },
      [this](const average_result& average) {
        round(average.rounds).average = average;
        store_complete_rounds();
      },
      [this](const nodes_changed& change) { take(change); },
      [this](const note_event& event) { note(event); },
      [this](const stop_actor&) {
        self_->quit();
        return actor_stopped{failure_};
      },
  };
}

metric_logger_state::open_round& metric_logger_state::round(std::uint32_t rounds) {
  auto [place, added] = open_.try_emplace(rounds);
  if (added) {
    place->second.reports.resize(options_.context->nodes);
    place->second.missing = static_cast<std::uint32_t>(
        std::ranges::count_if(takes_part_after_, [rounds](std::uint32_t after) { return after < rounds; }));
  }
  return place->second;
}

void metric_logger_state::take(const round_reports& batch) {
  auto& open = round(batch.rounds);
  for (const auto& [node, report] : batch.reports)
    if (auto& place = open.reports.at(node); !place && takes_part_after_[node] < batch.rounds) {
      place = report;
      --open.missing;
    }
  open.reporters.push_back(caf::actor_cast<reporter_actor>(batch.from));
  store_complete_rounds();
}

void metric_logger_state::take(const nodes_changed& change) {
  for (const node_id node : change.nodes) {
    if (!change.up)
      for (auto& [rounds, open] : open_)
        if (takes_part_after_.at(node) < rounds && !open.reports[node])
          --open.missing;
    takes_part_after_.at(node) = change.up ? change.round : lost;
    if (!change.up) // a node that comes back counts from zero
      bytes_before_loss_[node] += std::exchange(bytes_[node], 0);
  }
  store_complete_rounds();
}

void metric_logger_state::store_complete_rounds() {
  while (failure_.empty()) {
    const auto next = open_.find(stored_ + 1);
    if (next == open_.end() || next->second.missing > 0)
      return;
    if (options_.context->evaluation.average_due(stored_ + 1) && !next->second.average)
      return;
    store(stored_ + 1, next->second);
    open_.erase(next);
  }
}

void metric_logger_state::store(std::uint32_t rounds, const open_round& complete) {
  results::round_record record;
  record.round = rounds;
  record.seconds = seconds();
  std::vector<results::node_record> nodes;
  std::vector<double> losses;
  for (node_id id = 0; id < complete.reports.size(); ++id) {
    if (!complete.reports[id]) {
      record.bytes_sent += bytes_before_loss_[id];
      continue;
    }
    const auto& report = *complete.reports[id];
    bytes_[id] = report.bytes_sent;
    losses.push_back(report.train_loss);
    record.bytes_sent += bytes_before_loss_[id] + report.bytes_sent;
    if (report.evaluations.empty())
      continue;
    results::node_record node{id, rounds, report.train_loss};
    node.bytes_sent = bytes_before_loss_[id] + report.bytes_sent;
    for (const auto& e : report.evaluations) {
      if (e.samples == 0)
        continue; // the node has no test samples of its own
      const bool global = e.on != learning::test_set::local;
      (global ? node.test_loss : node.local_loss) = e.loss;
      (global ? node.test_accuracy : node.local_accuracy) = e.accuracy;
      (global ? node.test_mae : node.local_mae) = e.mae;
    }
    nodes.push_back(node);
  }
  record.train_loss = results::describe(losses).mean;
  results::add_evaluation(nodes, record);
  if (complete.average) {
    record.consensus_loss = complete.average->loss;
    record.consensus_accuracy = complete.average->accuracy;
    record.consensus_mae = complete.average->mae;
    record.consensus_distance = complete.average->distance;
  }
  if (const auto done = options_.recorder->record(record, std::move(nodes)); !done) {
    fail(done.error());
    return;
  }
  stored_ = rounds;
  for (const auto& reporter : complete.reporters)
    tell(self_, reporter, rounds_stored{rounds});
  self_->send(options_.experiment, rounds_stored{rounds});
}

void metric_logger_state::note(const note_event& event) {
  if (const auto done = options_.recorder->record(results::event_record{seconds(), event.kind, event.text}); !done)
    fail(done.error());
}

void metric_logger_state::fail(const error& e) {
  if (!failure_.empty())
    return;
  failure_ = e.message;
  self_->send(options_.experiment, run_failed{failure_});
}

double metric_logger_state::seconds() const {
  return std::chrono::duration<double>(clock::now() - start_).count();
}

} // namespace rhizome::actors
