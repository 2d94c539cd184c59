#include <utility>

#include <fmt/format.h>

#include "core/learning/algorithm.hpp"
#include "core/learning/inbox.hpp"
#include "core/learning/round_learner.hpp"
#include "core/learning/tree.hpp"

namespace rhizome::learning {

namespace {

// Partial sums go up a binary tree over node ids and the average comes down: 2 (n - 1) messages a round.
constexpr auto partial_sum = fragment_kind::first_own;
constexpr auto average = static_cast<fragment_kind>(static_cast<std::uint16_t>(fragment_kind::first_own) + 1);

/// The exact average of all models after each round: x^{r+1} = (1/n) sum_j x_j^{r+1/2}.
class all_reduce_learner final : public round_learner {
public:
  explicit all_reduce_learner(node_context context)
      : round_learner(std::move(context)), children_(tree_children(id(), run().nodes)) {}

  waiting waiting_for() const override {
    if (!trained_)
      return {round(), {}, {}};
    if (const auto nodes = missing_children(); !nodes.empty())
      return {round(), fmt::format("partial sums of round {}", round()), nodes};
    if (inbox_.contains(round(), average_from(), average))
      return {round(), fmt::format("the view of round {}", round() + 1), {}};
    if (summed_ && id() != 0)
      return {round(), fmt::format("the average of round {}", round()), {tree_parent(id())}};
    return {round(), {}, {}};
  }

private:
  void on_start(effects& out) override {
    out.emplace_back(need_round{round()});
    if (!resumed()) {
      start_round(out);
      return;
    }
    clear_resumed();
    trained_ = true;
    out.emplace_back(need_round{round() + 1});
    reduce(out);
  }

  // The views are empty; they say when a round may begin, so that a run can come to rest between two rounds.
  void on_view(round_number round_of_view, round_view_ptr, effects& out) override {
    next_view_ = round_of_view + 1;
    take_average(out);
  }

  void on_fragment(fragment f, effects& out) override {
    if (f.round < round())
      return; // a round that is over
    const auto kind = f.kind;
    inbox_.put(std::move(f));
    if (kind == average)
      take_average(out);
    else
      reduce(out);
  }

  void on_computed(token, job_result result, effects& out) override {
    if (trained_) { // the sum is there
      sum_to_parent(dense_payload(result.outputs.at(0), {count_}), out);
      return;
    }
    if (!finish_round_job(result, out))
      return;
    trained_ = true;
    out.emplace_back(need_round{round() + 1});
    reduce(out);
  }

  void start_round(effects& out) {
    trained_ = summed_ = false;
    if (isolated()) {
      if (!skip_round(out))
        return;
      trained_ = true;
      out.emplace_back(need_round{round() + 1});
      reduce(out);
      return;
    }
    auto job = begin_round_job();
    job.model = job.builder.input(std::exchange(model_, nullptr));
    plan_evaluation_and_training(job);
    launch(std::move(job), out);
  }

  /// Adds the children's sums to the own model, once they are all there. The count of models travels beside the sum,
  /// since an isolated node adds nothing.
  void reduce(effects& out) {
    if (!trained_ || summed_ || !missing_children().empty())
      return;
    summed_ = true;
    job_builder job(id(), round());
    combine_step sum;
    count_ = 0;
    if (!isolated()) {
      sum.terms.emplace_back(job.input(model_), 1.0F);
      count_ = 1;
    }
    for (const node_id child : children_)
      if (const auto f = inbox_.take(round(), child, partial_sum); f->body) {
        sum.terms.emplace_back(job.input(f->body->values), 1.0F);
        count_ += f->body->scalars.at(0);
      }
    if (sum.terms.empty()) {
      sum_to_parent(nullptr, out);
      return;
    }
    if (sum.terms.size() == 1 && !isolated() && id() != 0) {
      sum_to_parent(dense_payload(model_, {count_}), out);
      return;
    }
    sum.out = job.fresh();
    auto result = sum.out;
    job.add(std::move(sum));
    if (id() == 0) {
      const slot mean = job.fresh();
      job.add(combine_step{mean, {{result, static_cast<float>(1 / count_)}}});
      result = mean;
    }
    job.output(result);
    out.emplace_back(compute{round(), job.build()});
  }

  void sum_to_parent(payload_ptr body, effects& out) {
    if (id() != 0) {
      send_to(fragment{id(), round(), partial_sum, false, std::move(body)}, {tree_parent(id())}, out);
      return;
    }
    inbox_.put(fragment{id(), round(), average, false, std::move(body)});
    take_average(out);
  }

  void take_average(effects& out) {
    if (round() + 1 < run().rounds && next_view_ <= round() + 1)
      return;
    auto f = inbox_.take(round(), average_from(), average);
    if (!f)
      return;
    model_ = f->body && !isolated() ? f->body->values : nullptr;
    f->sender = id();
    send_to(std::move(*f), children_, out);
    next_round();
    start_round(out);
  }

  node_id average_from() const { return id() == 0 ? 0 : tree_parent(id()); }

  std::vector<node_id> missing_children() const {
    std::vector<node_id> result;
    if (!summed_)
      for (const node_id child : children_)
        if (!inbox_.contains(round(), child, partial_sum))
          result.push_back(child);
    return result;
  }

  std::vector<node_id> children_;
  inbox inbox_;
  round_number next_view_ = 0; ///< views of the rounds below it have come
  double count_ = 0;           ///< models in the own partial sum
  bool trained_ = false;       ///< the round's local steps are done
  bool summed_ = false;        ///< and the children's sums are taken in
};

} // namespace

algorithm all_reduce() {
  return {{"all-reduce", "A baseline: after each round's local steps every node gets the exact average of all models."},
          graph_use::none,
          peers,
          [](node_context context, const config::section&) -> std::unique_ptr<learner> {
            return std::make_unique<all_reduce_learner>(std::move(context));
          }};
}

} // namespace rhizome::learning
