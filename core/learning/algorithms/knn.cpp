#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/learning/algorithm.hpp"
#include "core/learning/gossip_learner.hpp"
#include "core/learning/label_sketch.hpp"
#include "core/learning/participation.hpp"
#include "core/random.hpp"

namespace rhizome::learning {

namespace {

// All fragments of the construction are of round 0, before which it happens: between machines one of a round beyond the
// run-ahead window is refused. Construction rounds have kinds instead.
constexpr std::int64_t most_construction_rounds = 10'000;
constexpr fragment_kind choice_kind = own_kind(1);
constexpr fragment_kind descriptor_kind(std::uint32_t t) {
  return own_kind(static_cast<std::uint16_t>(2 + 2 * t));
}
constexpr fragment_kind suggestion_kind(std::uint32_t t) {
  return own_kind(static_cast<std::uint16_t>(3 + 2 * t));
}
static_assert(3 + 2 * most_construction_rounds + static_cast<std::int64_t>(fragment_kind::first_own) <= 0xFFFF);

struct knn_options {
  std::uint32_t neighbours = 4;
  std::uint32_t construction_rounds = 20;
  std::uint32_t discoveries = 4;
  bool farthest = false;
  reveal_options shown = {};
};

/// Builds an overlay of like nodes, or of unlike ones, before the first round, in the manner of T-Man (Jelasity,
/// Montresor and Babaoglu, 2009): in each construction round a node writes its descriptor to `discoveries` random
/// nodes, and each answers with the best ones for it of all that it has heard of. Whom a node writes to is drawn from
/// the seed as offsets in the ring of ids, so that everybody knows who writes to it. Then each node tells all others
/// whether they are among its `neighbours` best; the choice of one is enough for an edge. The overlay stays for all
/// rounds.
class knn_views final : public mutual_views {
public:
  knn_views(const node_context& context, const knn_options& options)
      : mutual_views(context), options_(options),
        own_(describe(options.shown, run().label_histograms.at(id()), run().seed, id())) {}

  void allow(round_number round, effects& out) override {
    if (view_)
      finish(round, view_);
    allowed_ = round + 1;
    if (step_ == step::resting)
      advance(out);
  }

  void save(round_number, state& saved) const override {
    if (!view_)
      return;
    saved.counters["knn.neighbours"] = view_->in.size();
    saved.counters["knn.bytes"] = cost_;
    saved.scalars["knn.self_weight"] = view_->self_weight;
    for (std::size_t i = 0; i < view_->in.size(); ++i) {
      saved.counters[fmt::format("knn.neighbour.{}", i)] = view_->in[i].id;
      saved.scalars[fmt::format("knn.weight.{}", i)] = view_->in[i].weight;
    }
  }

  void load(round_number round, const state& saved) override {
    const auto count = saved.counters.find("knn.neighbours");
    if (count == saved.counters.end())
      return;
    auto view = std::make_shared<round_view>();
    view->self_weight = saved.scalars.at("knn.self_weight");
    for (std::size_t i = 0; i < count->second; ++i)
      view->in.push_back({static_cast<node_id>(saved.counters.at(fmt::format("knn.neighbour.{}", i))),
                          saved.scalars.at(fmt::format("knn.weight.{}", i))});
    view->out = view->in;
    view_ = std::move(view);
    step_ = step::done;
    cost_ = saved.counters.at("knn.bytes");
    if (round == 0)
      restore_bytes_for(0, cost_);
  }

private:
  enum class step : std::uint8_t { resting, asked, answered, chosen, done };

  void advance(effects& out) override {
    while (advance_once(out)) {
    }
  }

  bool advance_once(effects& out) {
    switch (step_) {
    case step::resting:
      if (allowed_ == 0)
        return false;
      begin_round(out);
      return true;
    case step::asked:
      if (!silent(0, descriptor_kind(t_), behind_).empty())
        return false;
      answer(out);
      step_ = step::answered;
      return true;
    case step::answered:
      if (!silent(0, suggestion_kind(t_), ahead_).empty())
        return false;
      learn();
      ++t_;
      begin_round(out);
      return true;
    case step::chosen:
      if (box().size() + 1 < run().nodes || !silent(0, choice_kind, others()).empty())
        return false; // the number first, for there are many to look for
      step_ = step::done;
      agree_on_choices(out);
      return false;
    case step::done:
      break;
    }
    return false;
  }

  std::vector<node_id> others() const {
    std::vector<node_id> result;
    for (node_id node = 0; node < run().nodes; ++node)
      if (node != id())
        result.push_back(node);
    return result;
  }

  void begin_round(effects& out) {
    if (t_ == options_.construction_rounds) {
      choose(out);
      step_ = step::chosen;
      return;
    }
    const auto n = run().nodes;
    ahead_.clear();
    behind_.clear();
    for (const auto offset : draw_offsets(run().seed, t_, n - 1, options_.discoveries)) {
      ahead_.push_back((id() + offset) % n);
      behind_.push_back((id() + n - offset) % n);
    }
    tell(descriptor_kind(t_), 0, numbers_payload(own_), ahead_, 0, out);
    step_ = step::asked;
  }

  /// Numbers of each suggestion: an id, then the descriptor.
  void answer(effects& out) {
    for (const node_id from : behind_)
      if (auto theirs = numbers_of(*box().take(0, from, descriptor_kind(t_))); is_descriptor(theirs))
        known_[from] = std::move(theirs);
    known_[id()] = own_;
    for (const node_id from : behind_) {
      std::vector<std::uint32_t> numbers;
      if (const auto theirs = known_.find(from); theirs != known_.end())
        for (const node_id best : best_for(from, theirs->second)) {
          numbers.push_back(best);
          numbers.insert(numbers.end(), known_.at(best).begin(), known_.at(best).end());
        }
      tell(suggestion_kind(t_), 0, numbers_payload(numbers), {from}, 0, out);
    }
    known_.erase(id());
  }

  bool is_descriptor(std::span<const std::uint32_t> numbers) const {
    return numbers.size() == own_.size() && is_comparable(options_.shown, numbers);
  }

  bool are_suggestions(std::span<const std::uint32_t> numbers) const {
    if (numbers.size() % (1 + own_.size()) != 0)
      return false;
    for (; !numbers.empty(); numbers = numbers.subspan(1 + own_.size()))
      if (!is_node(numbers[0]) || !is_descriptor(numbers.subspan(1, own_.size())))
        return false;
    return true;
  }

  void learn() {
    for (const node_id from : ahead_)
      if (const auto numbers = numbers_of(*box().take(0, from, suggestion_kind(t_))); are_suggestions(numbers))
        for (auto rest = std::span(numbers); !rest.empty(); rest = rest.subspan(1 + own_.size()))
          if (rest[0] != id()) {
            const auto theirs = rest.subspan(1, own_.size());
            known_[rest[0]].assign(theirs.begin(), theirs.end());
          }
  }

  /// The best of those known, best first. Equals in an order of the asking node's own, that not all choose the same.
  std::vector<node_id> best_for(node_id node, const descriptor& of_node) const {
    struct candidate {
      double rank = 0;
      std::uint64_t tie = 0;
      node_id id = 0;
      auto operator<=>(const candidate&) const = default; // NOLINT(modernize-use-nullptr): there is no pointer here
    };
    std::vector<candidate> candidates;
    for (const auto& [other, of_other] : known_) {
      if (other == node)
        continue;
      const double s = similarity(options_.shown, of_node, of_other);
      candidates.push_back(
          {options_.farthest ? s : -s, random_stream(run().seed, purpose::algorithm, node, other).bits64(), other});
    }
    const auto count = std::min<std::size_t>(options_.neighbours, candidates.size());
    std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count), candidates.end());
    std::vector<node_id> best;
    for (std::size_t i = 0; i < count; ++i)
      best.push_back(candidates[i].id);
    return best;
  }

  void choose(effects& out) {
    for (const node_id best : best_for(id(), own_))
      chosen_.insert(best);
    std::vector<node_id> no;
    for (const node_id other : others())
      if (!chosen_.contains(other))
        no.push_back(other);
    const std::uint32_t yes = 1;
    tell(choice_kind, 0, numbers_payload(std::span(&yes, 1)), {chosen_.begin(), chosen_.end()}, 0, out);
    tell(choice_kind, 0, nullptr, std::move(no), 0, out);
    known_.clear();
  }

  void agree_on_choices(effects& out) {
    for (const node_id other : others())
      if (box().take(0, other, choice_kind)->body)
        chosen_.insert(other);
    agree(0, {chosen_.begin(), chosen_.end()}, out);
  }

  void view_made(round_number, const round_view_ptr& view) override {
    view_ = view;
    cost_ = bytes_for(0);
    for (round_number round = 0; round < allowed_; ++round)
      finish(round, view_);
  }

  waiting waiting_to_agree() const override {
    switch (step_) {
    case step::asked:
      return {0, fmt::format("descriptors of construction round {}", t_), silent(0, descriptor_kind(t_), behind_)};
    case step::answered:
      return {0, fmt::format("suggestions of construction round {}", t_), silent(0, suggestion_kind(t_), ahead_)};
    case step::chosen:
      return {0, "the others' choice of neighbours", silent(0, choice_kind, others())};
    case step::resting:
    case step::done:
      break;
    }
    return {0, {}, {}};
  }

  knn_options options_;
  descriptor own_;
  std::map<node_id, descriptor> known_;
  std::uint32_t t_ = 0; ///< the construction round
  std::vector<node_id> ahead_, behind_;
  std::set<node_id> chosen_;
  round_view_ptr view_;
  std::uint64_t cost_ = 0; ///< bytes of the construction
  round_number allowed_ = 0;
  step step_ = step::resting;
};

std::unique_ptr<learner> make(node_context context, const config::section& parameters) {
  const auto number = [&](const char* key) { return static_cast<std::uint32_t>(parameters.integer(key)); };
  const auto& shown = parameters.text("reveal");
  const knn_options options{.neighbours = number("neighbours"),
                            .construction_rounds = number("construction_rounds"),
                            .discoveries = number("discoveries"),
                            .farthest = parameters.text("order") == "farthest",
                            .shown = {.what = shown == "sketch"            ? reveal::sketch
                                              : shown == "noisy-histogram" ? reveal::noisy
                                                                           : reveal::histogram,
                                      .epsilon = parameters.real("epsilon"),
                                      .bits = number("bits")}};
  auto maker = std::make_unique<knn_views>(context, options);
  return std::make_unique<gossip_learner>(std::move(context), std::move(maker));
}

std::vector<config::problem> check(const config::document& document) {
  const auto others = document["experiment"].integer("nodes") - 1;
  if (const auto neighbours = document["algorithm"].integer("neighbours"); neighbours > others)
    return {{"algorithm.neighbours", fmt::format("there are {} other nodes; choose at most {}", others, others)}};
  return {};
}

} // namespace

algorithm knn() {
  return {.schema = {"knn",
                     "D-PSGD on an overlay that the nodes build before they learn: each with those whose label "
                     "histograms are most like its own, or least.",
                     {{.name = "neighbours",
                       .default_value = std::int64_t{4},
                       .sentence = "Neighbours that each node chooses; those who choose it come on top.",
                       .minimum = 1,
                       .maximum = 1000},
                      {.name = "construction_rounds",
                       .default_value = std::int64_t{20},
                       .sentence = "Rounds of exchanging descriptors before the first round of learning.",
                       .unit = "rounds",
                       .minimum = 1,
                       .maximum = most_construction_rounds},
                      {.name = "discoveries",
                       .default_value = std::int64_t{4},
                       .sentence = "Random nodes that a node asks in a construction round.",
                       .minimum = 1,
                       .maximum = 1000},
                      {.name = "order",
                       .default_value = std::string("nearest"),
                       .sentence = "Whether the most similar or the least similar nodes become neighbours.",
                       .choices = {"nearest", "farthest"}},
                      {.name = "reveal",
                       .default_value = std::string("histogram"),
                       .sentence = "What a node tells others of its labels: how many it has of each, the same with "
                                   "Laplace noise, or a few bits that say on which side of random planes they lie.",
                       .choices = {"histogram", "noisy-histogram", "sketch"}},
                      {.name = "epsilon",
                       .default_value = 1.0,
                       .sentence = "Privacy budget of \"noisy-histogram\": the noise has the scale 1 / epsilon.",
                       .minimum = 0.0,
                       .exclusive_minimum = true},
                      {.name = "bits",
                       .default_value = std::int64_t{64},
                       .sentence = "Bits of a \"sketch\".",
                       .unit = "bits",
                       .minimum = 1,
                       .maximum = 65536}}},
          .graph = graph_use::none,
          .roles = peers,
          .make = make,
          .uses_sharing = true,
          .check = check,
          .needs_labels = true};
}

} // namespace rhizome::learning
