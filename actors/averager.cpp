#include "actors/averager.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace rhizome::actors {

namespace {

constexpr auto nothing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t distances_per_job = 64;
constexpr std::size_t reads_per_job = 8; // of vectors that are added up
constexpr auto never = std::numeric_limits<std::uint32_t>::max();

// What an averager's parcel is, by its fragment's kind. A partial sum's sender is its first node, and its scalars are
// its level in the tree and the number of models in it.
constexpr auto partial_sum = learning::fragment_kind::model;
constexpr auto average = learning::fragment_kind::first_own;

} // namespace

averager_actor spawn_averager(caf::actor_system& system, averager_options options) {
  return spawn_actor<averager_state>(system, threading::scheduled,
                                     [options = std::move(options)](averager_state& state) { state.prepare(options); });
}

averager_actor::behavior_type averager_state::make_behavior() {
  takes_part_after_.assign(options_.where->placement->hosts(), 0);
  return {
      [this](const node_report& part) { take(part); },
      [this](const averager_parcel& parcel) { take(parcel); },
      [this](const model_distances& part) { take(part); },
      [this](const nodes_changed& change) { take(change); },
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

averager_state::open_average& averager_state::open(std::uint32_t rounds) {
  if (const auto found = open_.find(rounds); found != open_.end())
    return found->second;
  learning::tree_sum<partial> tree(options_.context->nodes);
  if (!is_root())
    tree = learning::tree_sum<partial>(options_.context->nodes, [where = options_.where](auto level, auto first) {
      return where->placement->holds(where->self, level, first);
    });
  auto& opened = open_.try_emplace(rounds, std::move(tree)).first->second;
  opened.result = {rounds, nothing, nothing, nothing, nothing, nullptr};
  if (is_root())
    for (host_id host = 1; host < takes_part_after_.size(); ++host)
      if (takes_part_after_[host] >= rounds)
        leave_out(host, rounds);
  return opened;
}

void averager_state::take(const node_report& part) {
  const auto rounds = part.report.rounds;
  auto& average_of_round = open(rounds);
  const auto& model = part.report.model;
  if (model && options_.context->evaluation.consensus)
    average_of_round.models.emplace_back(part.node, model);
  put(rounds, 0, part.node, model ? std::optional(partial{model, 1}) : std::nullopt);
}

void averager_state::take(const averager_parcel& parcel) {
  const auto& f = parcel.fragment;
  if (!f.body || f.body->scalars.size() < 2)
    return;
  if (f.kind == average && !is_root()) {
    measure_distances(f.round, f.body->values);
  } else if (f.kind == partial_sum && is_root()) {
    const double level = f.body->scalars[0];
    if (!(level >= 0 && level <= 32) || !options_.where->placement->holds(options_.where->placement->host_of(f.sender),
                                                                          static_cast<std::uint32_t>(level), f.sender))
      return; // no sum that its host can have made
    const place where{static_cast<std::uint32_t>(level), f.sender};
    if (!open(f.round).pieces.insert(where).second)
      return; // its host was taken for lost, and left out
    const auto count = static_cast<std::uint32_t>(f.body->scalars[1]);
    put(f.round, where.first, where.second,
        f.body->values ? std::optional(partial{f.body->values, count}) : std::nullopt);
  }
}

void averager_state::take(const nodes_changed& change) {
  takes_part_after_.at(change.host) = change.up ? change.round : never;
  if (change.up || !is_root())
    return;
  std::vector<std::uint32_t> rounds;
  for (const auto& entry : open_)
    rounds.push_back(entry.first);
  for (const auto r : rounds)
    leave_out(change.host, r);
}

void averager_state::leave_out(host_id host, std::uint32_t rounds) {
  for (const auto& [level, first] : options_.where->placement->subtrees(host))
    if (const auto found = open_.find(rounds);
        found != open_.end() && found->second.pieces.insert({level, first}).second)
      put(rounds, level, first, std::nullopt);
  if (const auto found = open_.find(rounds); found != open_.end() && found->second.distances_due.erase(host) > 0)
    answer_if_complete(rounds);
}

void averager_state::put(std::uint32_t rounds, std::uint32_t level, node_id first, std::optional<partial> item) {
  add_up(rounds, level, first, std::move(item));
  auto& open = open_.at(rounds);
  for (const auto& piece : open.sum.take_escaped()) {
    open.pieces.emplace(piece.level, piece.first);
    if (piece.item && !piece.item->sum)
      make(rounds, piece.first, *piece.item, [this, rounds, level = piece.level, to = piece.first](partial made) {
        send_to_root(rounds, level, to, made);
      });
    else
      send_to_root(rounds, piece.level, piece.first, piece.item);
  }
  if (is_root() && open.sum.complete())
    finish_average(rounds);
  else if (!is_root() && !options_.context->evaluation.consensus &&
           open.pieces.size() == options_.where->placement->subtrees(options_.where->self).size())
    open_.erase(rounds); // nothing will be asked about these models
}

void averager_state::add_up(std::uint32_t rounds, std::uint32_t level, node_id first, std::optional<partial> item) {
  auto& tree = open_.at(rounds).sum;
  while (auto next = tree.put(level, first, std::move(item))) {
    partial sum{nullptr, next->left.count + next->right.count, next->left.reads + next->right.reads};
    sum.terms = std::make_shared<const std::pair<partial, partial>>(std::move(next->left), std::move(next->right));
    level = next->level;
    first = next->first;
    if (sum.reads >= reads_per_job) {
      make(rounds, first, sum, [this, rounds, level, first](partial made) { put(rounds, level, first, made); });
      return;
    }
    item = std::move(sum);
  }
}

learning::slot averager_state::add_to(learning::job_builder& job, const partial& sum) {
  if (sum.sum)
    return job.input(sum.sum);
  const auto left = add_to(job, sum.terms->first);
  const auto right = add_to(job, sum.terms->second);
  const auto out = job.fresh();
  job.add(learning::combine_step{out, {{left, 1.0F}, {right, 1.0F}}});
  return out;
}

void averager_state::make(std::uint32_t rounds, node_id first, const partial& sum, std::function<void(partial)> then) {
  learning::job_builder job(first, rounds);
  job.output(add_to(job, sum));
  run(job.build(), [count = sum.count, then = std::move(then)](learning::job_result& result) {
    then({result.outputs.at(0), count});
  });
}

void averager_state::send_to_root(std::uint32_t rounds, std::uint32_t level, node_id first,
                                  const std::optional<partial>& item) {
  std::vector<double> scalars{static_cast<double>(level), static_cast<double>(item ? item->count : 0)};
  auto body = item ? learning::dense_payload(item->sum, std::move(scalars))
                   : std::make_shared<const learning::payload>(
                         learning::payload{learning::codec::empty, nullptr, {}, std::move(scalars)});
  self_->send(
      options_.where->links.at(0),
      send_parcel{{{first, rounds, partial_sum, false, std::move(body)}, sharing::parcel_channel::averager, {}}});
}

void averager_state::finish_average(std::uint32_t rounds) {
  auto& open = open_.at(rounds);
  if (!open.sum.total()) { // no node has a model
    answer(rounds);
    return;
  }
  const auto& total = *open.sum.total();
  learning::job_builder job(0, rounds);
  const auto sum = add_to(job, total);
  const auto mean = job.fresh();
  job.add(learning::combine_step{mean, {{sum, 1.0F / static_cast<float>(total.count)}}});
  const auto& plan = options_.context->evaluation;
  if (plan.consensus)
    job.add(learning::evaluate_step{mean, plan.global_at(rounds), plan.samples_at(rounds)});
  job.output(mean);
  run(job.build(), [this, rounds](learning::job_result& result) {
    auto& done = open_.at(rounds);
    done.result.model = result.outputs.at(0);
    if (!result.evaluations.empty()) {
      done.result.loss = result.evaluations.front().loss;
      done.result.accuracy = result.evaluations.front().accuracy;
      done.result.mae = result.evaluations.front().mae;
    }
    if (options_.context->evaluation.consensus)
      spread(rounds);
    else
      answer(rounds);
  });
}

void averager_state::spread(std::uint32_t rounds) {
  const auto& where = *options_.where;
  auto& open = open_.at(rounds);
  const auto mean = open.result.model;
  for (host_id host = 0; host < takes_part_after_.size(); ++host)
    if (takes_part_after_[host] < rounds && !where.placement->nodes_of(host).empty()) {
      open.distances_due.insert(host);
      if (host != where.self)
        self_->send(where.links.at(host),
                    send_parcel{{{0, rounds, average, false, learning::dense_payload(mean, {0, 0})},
                                 sharing::parcel_channel::averager,
                                 {}}});
    }
  if (open.distances_due.contains(where.self))
    measure_distances(rounds, mean);
  else
    answer_if_complete(rounds);
}

void averager_state::measure_distances(std::uint32_t rounds, const learning::snapshot& mean) {
  auto& open = this->open(rounds);
  std::ranges::sort(open.models, {}, [](const auto& m) { return m.first; });
  const auto models = std::exchange(open.models, {});
  const auto collected = std::make_shared<model_distances>(model_distances{options_.where->self, rounds, {}});
  const auto done = [this, collected, wanted = models.size()] {
    if (collected->distances.size() < wanted)
      return;
    if (is_root()) {
      take(*collected);
      return;
    }
    self_->send(options_.host, *collected);
    open_.erase(collected->rounds);
  };
  if (models.empty())
    done();
  for (std::size_t begin = 0; begin < models.size(); begin += distances_per_job) {
    learning::job_builder job(0, rounds);
    const auto center = job.input(mean);
    std::vector<node_id> ids;
    for (std::size_t i = begin; i < std::min(begin + distances_per_job, models.size()); ++i) {
      ids.push_back(models[i].first);
      job.add(learning::distance_step{job.input(models[i].second), center, options_.context->compared});
    }
    run(job.build(), [collected, ids, done](learning::job_result& result) {
      for (std::size_t i = 0; i < ids.size(); ++i)
        collected->distances.emplace_back(ids[i], result.scalars.at(i));
      done();
    });
  }
}

void averager_state::take(const model_distances& part) {
  const auto found = open_.find(part.rounds);
  if (found == open_.end() || found->second.distances_due.erase(part.host) == 0)
    return;
  found->second.distances.insert(part.distances.begin(), part.distances.end());
  answer_if_complete(part.rounds);
}

void averager_state::answer_if_complete(std::uint32_t rounds) {
  if (open_.at(rounds).distances_due.empty())
    answer(rounds);
}

void averager_state::answer(std::uint32_t rounds) {
  auto open = std::move(open_.extract(rounds).mapped());
  if (!open.distances.empty()) {
    double sum = 0;
    for (const auto& [node, distance] : open.distances)
      sum += distance;
    open.result.distance = sum / static_cast<double>(open.distances.size());
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
