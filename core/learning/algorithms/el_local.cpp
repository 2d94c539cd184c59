#include <algorithm>
#include <chrono>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/config/sections.hpp"
#include "core/learning/algorithm.hpp"
#include "core/learning/gossip_learner.hpp"
#include "core/learning/participation.hpp"

namespace rhizome::learning {

namespace {

std::uint32_t fanout_of(const config::section& parameters) {
  return static_cast<std::uint32_t>(parameters.integer("fanout"));
}

/// The plain average of a node and those who send to it. What weight receivers give to it depends on how many others
/// chose them; where that is not known it is what it would be if all were chosen equally often.
round_view_ptr plain_average(std::vector<node_id> in, std::vector<neighbour> out) {
  auto view = std::make_shared<round_view>();
  view->self_weight = 1.0 / (1.0 + static_cast<double>(in.size()));
  for (const node_id sender : in)
    view->in.push_back({sender, view->self_weight});
  view->out = std::move(out);
  return view;
}

std::vector<neighbour> receivers(const std::vector<node_id>& chosen) {
  std::vector<neighbour> out;
  for (const node_id peer : chosen)
    out.push_back({peer, 1.0 / (1.0 + static_cast<double>(chosen.size()))});
  return out;
}

/// All draws of a round at once: who sends to whom follows from the seed.
std::vector<round_view_ptr> views(const config::section& parameters, const own_graph& of) {
  std::vector<std::vector<node_id>> in(of.nodes), out(of.nodes);
  for (node_id node = 0; node < of.nodes; ++node) {
    if (of.absent.contains(node))
      continue;
    for (const node_id peer : draw_peers(of.seed, of.round, node, of.nodes, fanout_of(parameters)))
      if (!of.absent.contains(peer)) {
        out[node].push_back(peer);
        in[peer].push_back(node);
      }
  }
  std::vector<round_view_ptr> result(of.nodes);
  for (node_id node = 0; node < of.nodes; ++node) {
    if (of.absent.contains(node))
      continue;
    std::vector<neighbour> to;
    for (const node_id peer : out[node])
      to.push_back({peer, 1.0 / (1.0 + static_cast<double>(in[peer].size()))});
    result[node] = plain_average(in[node], std::move(to));
  }
  return result;
}

/// Nobody can work out whom others choose: each node tells all others each round whether it will send its model.
class noticed_views final : public view_maker {
public:
  noticed_views(const node_context& context, std::uint32_t fanout) : view_maker(context), fanout_(fanout) {}

  void allow(round_number round, effects& out) override {
    const auto chosen = draw_peers(run().seed, round, id(), run().nodes, fanout_);
    std::vector<node_id> yes, no;
    for (node_id other = 0; other < run().nodes; ++other)
      if (other != id())
        (std::ranges::binary_search(chosen, other) ? yes : no).push_back(other);
    const std::uint32_t one = 1;
    tell(notice_kind, round, numbers_payload(std::span(&one, 1)), std::move(yes), round, out);
    tell(notice_kind, round, nullptr, std::move(no), round, out);
    allowed_ = round + 1;
    make_views();
  }

  void take(fragment f, effects&) override {
    const auto round = f.round;
    if (f.kind != notice_kind || f.sender == id() || round < round_ || !box_.put(std::move(f)))
      return;
    ++came_[round];
    make_views();
  }

  waiting waiting_for() const override { return {round_, fmt::format("notices of round {}", round_), missing()}; }

  void load(round_number round, const state&) override { round_ = round; }

private:
  static constexpr fragment_kind notice_kind = own_kind(0);

  std::vector<node_id> missing() const {
    std::vector<node_id> result;
    for (node_id other = 0; round_ < allowed_ && other < run().nodes; ++other)
      if (other != id() && !box_.contains(round_, other, notice_kind))
        result.push_back(other);
    return result;
  }

  void make_views() {
    for (; round_ < allowed_ && came_[round_] + 1 == run().nodes; ++round_) {
      std::vector<node_id> in;
      for (node_id other = 0; other < run().nodes; ++other)
        if (const auto notice = box_.take(round_, other, notice_kind); notice && notice->body)
          in.push_back(other);
      came_.erase(round_);
      finish(round_, plain_average(in, receivers(draw_peers(run().seed, round_, id(), run().nodes, fanout_))));
    }
  }

  std::uint32_t fanout_;
  round_number round_ = 0;
  round_number allowed_ = 0; ///< the first round that may not begin
  inbox box_;
  std::map<round_number, std::uint32_t> came_; ///< notices of each round: a count, for it is asked at each of many
};

/// Sends, waits for a fixed time, and takes the average of what has come since the last round's end: of each sender the
/// newest model, of whatever round. Nobody waits for anybody, and so runs are not repeatable.
class deadline_learner final : public round_learner {
public:
  deadline_learner(node_context context, std::uint32_t fanout, std::chrono::nanoseconds deadline)
      : round_learner(std::move(context)), strategy_(run().make_strategy(id())), fanout_(fanout), deadline_(deadline) {}

  waiting waiting_for() const override {
    if (phase_ == phase::ready || phase_ == phase::over)
      return {round(), "to be let into its next round", {}};
    return {round(), {}, {}};
  }
  snapshot model_at_rest() const override { return phase_ == phase::training ? nullptr : model_; }
  state save() const override {
    auto saved = round_learner::save();
    strategy_->save(saved);
    return saved;
  }
  void load(const state& saved) override {
    round_learner::load(saved);
    strategy_->load(saved);
  }

private:
  enum class phase : std::uint8_t { ready, training, waiting, over, done };

  void on_start(effects& out) override { out.emplace_back(need_round{round()}); }

  void on_view(round_number round_of_view, round_view_ptr, effects& out) override {
    allowed_ = round_of_view + 1;
    advance(out);
  }

  void on_fragment(fragment f, effects&) override {
    auto& newest = received_[f.sender];
    if (!newest.body || newest.round <= f.round)
      newest = std::move(f);
  }

  void on_timer(token timer, effects& out) override {
    if (phase_ != phase::waiting || timer != round())
      return;
    phase_ = phase::over;
    advance(out);
  }

  void advance(effects& out) {
    if (phase_ == phase::ready && round() < allowed_) {
      resumed() ? share_again(out) : begin_round(begin_round_job(), out);
    } else if (phase_ == phase::over && (round() + 1 == run().rounds || round() + 1 < allowed_)) {
      next_round();
      begin_round(begin_round_job(), out);
    }
  }

  /// The job [average, evaluate, train, encode].
  void begin_round(round_job job, effects& out) {
    if (isolated()) {
      if (skip_round(out))
        wait(out);
      else
        phase_ = phase::done;
      return;
    }
    job.model = combine(job.builder);
    if (!all_rounds_done())
      strategy_->plan_training(job.builder, job.model);
    plan_evaluation_and_training(job);
    if (!all_rounds_done())
      strategy_->plan_send(job.builder, job.model, *view());
    phase_ = phase::training;
    launch(std::move(job), out);
  }

  slot combine(job_builder& job) {
    std::vector<sharing::incoming> received;
    auto came = std::exchange(received_, {});
    std::erase_if(came, [](const auto& entry) { return !entry.second.body; });
    const double weight = 1.0 / (1.0 + static_cast<double>(came.size()));
    for (auto& [sender, f] : came)
      received.push_back({std::move(f), weight});
    const slot own = job.input(std::exchange(model_, nullptr));
    return received.empty() ? own : strategy_->plan_receive(job, own, weight, std::move(received), run().aggregation);
  }

  void on_computed(token, job_result result, effects& out) override {
    if (!resumed() && !finish_round_job(result, out)) {
      phase_ = phase::done;
      return;
    }
    if (!isolated())
      for (auto& [body, to] : strategy_->sends(result, *view()))
        send_to(fragment{id(), round(), fragment_kind::model, false, std::move(body)}, std::move(to), out);
    clear_resumed();
    wait(out);
  }

  void wait(effects& out) {
    phase_ = phase::waiting;
    out.emplace_back(set_timer{round(), deadline_});
    out.emplace_back(need_round{round() + 1});
  }

  void share_again(effects& out) {
    if (isolated()) {
      clear_resumed();
      wait(out);
      return;
    }
    auto job = begin_round_job();
    job.model = job.builder.input(model_);
    job.builder.output(job.model);
    strategy_->plan_send(job.builder, job.model, *view());
    phase_ = phase::training;
    launch(std::move(job), out);
  }

  /// Those that it sends to in this round.
  round_view_ptr view() const {
    return plain_average({}, receivers(draw_peers(run().seed, round(), id(), run().nodes, fanout_)));
  }

  std::unique_ptr<sharing::strategy> strategy_;
  std::uint32_t fanout_;
  std::chrono::nanoseconds deadline_;
  std::map<node_id, fragment> received_;
  round_number allowed_ = 0; ///< the first round that may not begin
  phase phase_ = phase::ready;
};

graph_use graph_for(const config::section& parameters) {
  const bool from_seed = parameters.real("deadline") == 0 && parameters.text("announce") == "seed";
  return from_seed ? graph_use::own : graph_use::none;
}

std::string not_repeatable(const config::section& parameters) {
  if (parameters.real("deadline") == 0)
    return {};
  return fmt::format("This run cannot be repeated to the bit: within algorithm.deadline = {} seconds other models may "
                     "come another time.",
                     parameters.real("deadline"));
}

std::unique_ptr<learner> make(node_context context, const config::section& parameters) {
  if (const auto deadline = parameters.real("deadline"); deadline > 0)
    return std::make_unique<deadline_learner>(
        std::move(context), fanout_of(parameters),
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(deadline)));
  std::unique_ptr<view_maker> maker;
  if (graph_for(parameters) == graph_use::none)
    maker = std::make_unique<noticed_views>(context, fanout_of(parameters));
  return std::make_unique<gossip_learner>(std::move(context), std::move(maker));
}

std::vector<config::problem> check(const config::document& document) {
  auto problems = refuse_copies(document);
  const auto& parameters = document["algorithm"];
  const auto others = document["experiment"].integer("nodes") - 1;
  if (parameters.integer("fanout") > others)
    problems.push_back(
        {"algorithm.fanout", fmt::format("there are {} other nodes; choose at most {}", others, others)});
  if (graph_for(parameters) != graph_use::own && document["runtime"].text("on_failure") == "continue")
    problems.push_back({"runtime.on_failure", "\"el-local\" can go on without lost nodes only where their neighbours "
                                              "are told by the run: choose \"abort\", or algorithm.announce = "
                                              "\"seed\" without a deadline"});
  const auto timeout = config::runtime_options::from(document["runtime"]).stall_timeout;
  if (parameters.real("deadline") >= timeout.count())
    problems.push_back({"algorithm.deadline", fmt::format("a run in which nothing is computed for "
                                                          "runtime.stall_timeout = {} seconds ends; choose less",
                                                          timeout.count())});
  return problems;
}

} // namespace

algorithm el_local() {
  return {
      .schema = {"el-local",
                 "Epidemic learning without an oracle: each node sends its model to some nodes of its own choice and "
                 "takes the plain average of what it gets.",
                 {{.name = "fanout",
                   .default_value = std::int64_t{2},
                   .sentence = "Nodes that each node sends its model to in a round, drawn afresh.",
                   .minimum = 1,
                   .maximum = 1000000},
                  {.name = "announce",
                   .default_value = std::string("seed"),
                   .sentence = "How a node learns who sends to it: all choices follow from the seed, or each node "
                               "tells all others each round, mostly by empty notices.",
                   .choices = {"seed", "notices"}},
                  {.name = "deadline",
                   .default_value = 0.0,
                   .sentence = "How long a node waits for models after sending its own, without knowing whose will "
                               "come; such runs are not repeatable. 0: it waits for those that are announced.",
                   .unit = "seconds",
                   .minimum = 0.0,
                   .maximum = 1e6}}},
      .graph = graph_use::own,
      .roles = peers,
      .make = make,
      .survives_losses = true,
      .uses_sharing = true,
      .graph_for = graph_for,
      .views = views,
      .check = check,
      .not_repeatable = not_repeatable};
}

} // namespace rhizome::learning
