#include "tests/support/toy_world.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/sharing/registry.hpp"
#include "core/sharing/wire.hpp"

namespace rhizome::test {

using namespace learning;

toy_world::toy_world(const model_runtime& runtime, std::shared_ptr<vector_pool> pool,
                     std::vector<std::unique_ptr<learner>> learners, world_options options)
    : pool_(std::move(pool)), runner_(runtime.make_trainer(), pool_), learners_(std::move(learners)),
      options_(std::move(options)), logs_(learners_.size()), asked_(learners_.size()), next_view_(learners_.size(), 0) {
  if (options_.shuffle)
    random_.emplace(*options_.shuffle, purpose::evaluation);
}

void toy_world::start() {
  for (node_id node = 0; node < size(); ++node)
    pending_.push_back({node, now_, event{started{}}});
}

void toy_world::take_down(node_id node, in_flight sent) {
  absent_.insert(node);
  std::erase_if(pending_, [&](const pending& p) {
    const auto* e = std::get_if<event>(&p.what);
    const auto* f = e != nullptr ? std::get_if<fragment_arrived>(e) : nullptr;
    return p.node == node || (sent == in_flight::lost && f != nullptr && f->fragment.sender == node);
  });
  tell({node, false});
  hand_out_views();
}

void toy_world::bring_back(node_id node, std::unique_ptr<learner> learner) {
  const auto round = next_round();
  absent_.erase(node);
  learners_[node] = std::move(learner);
  next_view_[node] = round;
  asked_[node].reset(); // no further views before it has begun
  tell({node, true, round});
  pending_.push_back({node, now_, event{started{}}});
}

void toy_world::tell(const peer_changed& change) {
  for (node_id other = 0; other < size(); ++other)
    if (other != change.peer && !absent_.contains(other))
      pending_.push_back({other, now_, event{change}});
}

std::size_t toy_world::choose() {
  const auto chosen_among = [this](auto allowed) -> std::optional<std::size_t> {
    std::vector<std::size_t> earliest;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (!allowed(pending_[i]))
        continue;
      if (!earliest.empty() && pending_[i].due < pending_[earliest.front()].due)
        earliest.clear();
      if (earliest.empty() || pending_[i].due == pending_[earliest.front()].due)
        earliest.push_back(i);
    }
    if (earliest.empty())
      return std::nullopt;
    return earliest[random_ ? random_->below(earliest.size()) : 0];
  };
  auto chosen = chosen_among([this](const pending& p) { return p.node != options_.delayed; });
  if (!chosen)
    chosen = chosen_among([](const pending&) { return true; });
  // Views of a node arrive in order of rounds, and changes of peers in order with them.
  const auto is_control = [](const pending& p) {
    const auto* e = std::get_if<event>(&p.what);
    return e != nullptr && (std::holds_alternative<view_arrived>(*e) || std::holds_alternative<peer_changed>(*e));
  };
  for (std::size_t i = 0; is_control(pending_[*chosen]) && i < *chosen; ++i)
    if (pending_[i].node == pending_[*chosen].node && is_control(pending_[i]))
      return i;
  return *chosen;
}

bool toy_world::step(run_time limit) {
  if (pending_.empty())
    return false;
  const auto index = choose();
  if (pending_[index].due > limit)
    return false;
  auto next = std::move(pending_[index]);
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
  now_ = std::max(now_, next.due);
  if (auto* c = std::get_if<compute>(&next.what))
    carry_out(next.node, *c);
  else
    deliver(next.node, std::move(std::get<event>(next.what)));
  return true;
}

void toy_world::run(run_time limit) {
  while (step(limit)) {
  }
}

void toy_world::execute(node_id node, effects effects) {
  auto& log = logs_[node];
  for (auto& e : effects) {
    if (auto* c = std::get_if<compute>(&e))
      pending_.push_back({node, now_, std::move(*c)});
    else if (auto* s = std::get_if<send>(&e))
      carry_out(node, *s);
    else if (auto* t = std::get_if<set_timer>(&e))
      pending_.push_back({node, now_ + t->after, event{timer_fired{t->id}}});
    else if (auto* n = std::get_if<need_round>(&e)) {
      if (!asked_[node])
        next_view_[node] = n->round;
      asked_[node] = n->round;
      hand_out_views();
    } else if (auto* r = std::get_if<report>(&e))
      log.reports.push_back(std::move(*r));
    else if (auto* d = std::get_if<diverged>(&e))
      log.diverged.push_back(*d);
    else
      log.finished.push_back(std::get<finished>(e));
  }
}

void toy_world::carry_out(node_id node, compute& c) {
  const auto time = options_.compute_time ? options_.compute_time(node, c.job) : std::chrono::nanoseconds{};
  pending_.push_back({node, now_ + time, event{computed{c.id, runner_.run(std::move(c.job))}}});
}

void toy_world::carry_out(node_id node, send& s) {
  if (s.receivers.empty())
    return;
  const auto message = sharing::encode({s.fragment, sharing::parcel_channel::nodes, s.receivers});
  const auto bytes = message.size() - sharing::parcel_header_size - s.receivers.size() * sizeof(node_id);
  if (options_.over_the_wire) {
    auto decoded = sharing::decode(message,
                                   {.nodes = size(),
                                    .max_bytes = 1 << 20,
                                    .parameters = options_.apart.parameters,
                                    .buffers = options_.apart.buffers},
                                   *pool_);
    if (!decoded)
      throw std::runtime_error(decoded.error().message);
    s.fragment = std::move(decoded->fragment);
  }
  for (const node_id receiver : s.receivers) {
    if (options_.record_sent)
      logs_[node].sent.emplace_back(now_, s.fragment);
    logs_[node].wire_bytes += bytes;
    if (!absent_.contains(receiver))
      post(receiver, s.fragment);
  }
}

void toy_world::post(node_id node, fragment f) {
  if (f.replaceable)
    for (auto& p : pending_) {
      auto* e = std::get_if<event>(&p.what);
      auto* old = e != nullptr && p.node == node ? std::get_if<fragment_arrived>(e) : nullptr;
      if (old != nullptr && old->fragment.replaceable && old->fragment.sender == f.sender &&
          old->fragment.kind == f.kind) {
        old->fragment = std::move(f);
        ++replaced_;
        return;
      }
    }
  pending_.push_back({node, now_ + options_.latency, event{fragment_arrived{std::move(f)}}});
}

void toy_world::hand_out_views() {
  round_number slowest = ~round_number{0};
  for (node_id node = 0; node < size(); ++node)
    if (!absent_.contains(node)) {
      if (!asked_[node])
        return;
      slowest = std::min(slowest, *asked_[node]);
    }
  const auto end =
      std::min<std::uint64_t>({std::uint64_t{slowest} + options_.run_ahead + 1, options_.rounds, withheld_});
  const auto view = [this](node_id node, round_number round) {
    return absent_.empty() || !options_.repaired_views ? options_.views(node, round)
                                                       : options_.repaired_views(node, round, absent_);
  };
  for (node_id node = 0; node < size(); ++node)
    for (; !absent_.contains(node) && next_view_[node] < end; ++next_view_[node])
      pending_.push_back({node, now_, event{view_arrived{next_view_[node], view(node, next_view_[node])}}});
}

bool toy_world::all_finished() const {
  for (node_id node = 0; node < size(); ++node)
    if (!absent_.contains(node) && logs_[node].finished.size() != 1)
      return false;
  return true;
}

std::vector<snapshot> toy_world::models() const {
  std::vector<snapshot> result;
  for (const auto& learner : learners_)
    result.push_back(learner->save().arrays.at("model"));
  return result;
}

toy_run::toy_run(const model_runtime& runtime, algorithm algorithm, std::uint32_t nodes, std::uint32_t rounds)
    : runtime_(runtime), algorithm_(std::move(algorithm)) {
  const auto roles = algorithm_.roles(nodes);
  for (std::uint32_t r = 0; r < roles.size(); ++r)
    roles_.insert(roles_.end(), roles[r].count, r);
  context.nodes = static_cast<std::uint32_t>(roles_.size());
  context.rounds = options.rounds = rounds;
  context.evaluation.rounds = rounds;
  context.evaluation.nodes.assign(context.nodes, true);
  context.aggregation = weighted_mean().make({});
  context.make_strategy = [](node_id) { return sharing::find_strategy("full").make({}); };
  context.optimizer_vectors = runtime.optimizer_vectors();
}

std::unique_ptr<toy_world> toy_run::make() const {
  return resume({});
}

std::unique_ptr<learner> toy_run::returning(node_id node, round_number first_round, snapshot model) const {
  return algorithm_.make(
      {std::make_shared<const run_context>(context), node, std::move(model), local_steps, roles_[node], first_round},
      parameters);
}

std::unique_ptr<toy_world> toy_run::resume(const std::vector<state>& states) const {
  const auto pool = vector_pool::make(runtime_.layout().size());
  std::vector<std::unique_ptr<learner>> learners;
  for (node_id node = 0; node < context.nodes; ++node) {
    auto initial = pool->acquire();
    runtime_.initial_parameters(node, initial->values());
    learners.push_back(returning(node, 0, std::move(initial)));
    if (node < states.size())
      learners.back()->load(states[node]);
  }
  return std::make_unique<toy_world>(runtime_, pool, std::move(learners), options);
}

std::unique_ptr<toy_world> toy_run::run() const {
  auto world = make();
  world->start();
  world->run();
  return world;
}

std::vector<std::vector<float>> values_of(const std::vector<snapshot>& models) {
  std::vector<std::vector<float>> result;
  for (const auto& model : models) {
    auto& values = result.emplace_back();
    if (model)
      values.assign(model->values().begin(), model->values().end());
  }
  return result;
}

} // namespace rhizome::test
