// Toys under the gossip learner: sharing strategies with a payload for each receiver and with state, and an aggregation
// rule of one's own.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "core/random.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/resuming.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

// -- secure aggregation in gossip: masks that cancel in the receiver's sum ------------------------------------------

/// weight x, plus a mask for each other sender to the same receiver; the two of a pair draw the same mask and take it
/// with opposite signs.
class masking_encoder final : public encoder {
public:
  masking_encoder(float weight, node_id self, node_id receiver, round_number round, std::vector<node_id> senders)
      : weight_(weight), self_(self), receiver_(receiver), round_(round), senders_(std::move(senders)) {}

  payload_ptr encode(std::span<const snapshot> in) const override {
    const auto x = in.front()->values();
    auto out = std::make_shared<flat_vector>(x.size());
    std::ranges::transform(x, out->values().begin(), [this](float v) { return weight_ * v; });
    for (const node_id other : senders_) {
      if (other == self_)
        continue;
      const auto [low, high] = std::minmax(self_, other);
      random_stream mask(low * 1000 + high, purpose::sharing, receiver_, round_);
      for (float& v : out->values())
        v += static_cast<float>((self_ < other ? 1 : -1) * mask.normal());
    }
    return dense_payload(std::move(out));
  }

private:
  float weight_;
  node_id self_, receiver_;
  round_number round_;
  std::vector<node_id> senders_;
};

class masked_sharing final : public sharing::strategy {
public:
  void plan_send(job_builder& job, slot model, const round_view& view) override {
    REQUIRE(view.in_neighbours_of_out.size() == view.out.size());
    for (std::size_t i = 0; i < view.out.size(); ++i)
      job.encode({model}, std::make_shared<masking_encoder>(static_cast<float>(view.out[i].weight), job.node(),
                                                            view.out[i].id, job.round(), view.in_neighbours_of_out[i]));
  }

  std::vector<sharing::outgoing> sends(const job_result& result, const round_view& view) override {
    std::vector<sharing::outgoing> all;
    for (std::size_t i = 0; i < view.out.size(); ++i)
      all.push_back({result.payloads.at(i), {view.out[i].id}});
    return all;
  }

  /// The payloads are weighted already: they are added.
  slot plan_receive(job_builder& job, slot own, double own_weight, std::vector<sharing::incoming> received,
                    const aggregation_rule_ptr&) override {
    combine_step sum;
    sum.terms.emplace_back(own, static_cast<float>(own_weight));
    for (const auto& [fragment, weight] : received)
      sum.terms.emplace_back(decode(job, fragment, own), 1.0F);
    sum.out = job.fresh();
    const auto out = sum.out;
    job.add(std::move(sum));
    return out;
  }
};

// -- CHOCO-SGD (Koloskova et al., 2019): compressed differences to public copies -----------------------------------

struct entry {
  std::uint32_t index;
  float value;
};

/// The `k` entries of greatest magnitude, as bytes; the decoder adds them to `own`.
class top_k final : public encoder, public decoder {
public:
  explicit top_k(std::size_t k) : k_(k) {}

  payload_ptr encode(std::span<const snapshot> in) const override {
    const auto x = in.front()->values();
    std::vector<std::uint32_t> order(x.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, [&](auto a, auto b) { return std::abs(x[a]) > std::abs(x[b]); });
    payload result;
    result.encoding = codec::bytes;
    result.bytes.resize(k_ * sizeof(entry));
    for (std::size_t i = 0; i < k_; ++i) {
      const entry e{order[i], x[order[i]]};
      std::memcpy(result.bytes.data() + i * sizeof e, &e, sizeof e);
    }
    return std::make_shared<const payload>(std::move(result));
  }

  result<void> decode(const payload& body, std::span<const float> own, std::span<float> out) const override {
    std::ranges::copy(own, out.begin());
    for (std::size_t at = 0; at + sizeof(entry) <= body.bytes.size(); at += sizeof(entry)) {
      entry e;
      std::memcpy(&e, body.bytes.data() + at, sizeof e);
      if (e.index >= out.size())
        return fail(error_kind::bad_data, "the index {} is out of range", e.index);
      out[e.index] += e.value;
    }
    return {};
  }

private:
  std::size_t k_;
};

/// q_i = C(x_i - h_i); h_j += q_j; x_i += gamma sum_j w_ij (h_j - h_i), on a fixed graph. The state is the public
/// copies h before the last q: the next job adds it.
class choco final : public sharing::strategy {
public:
  static constexpr float gamma = 0.3F;

  void plan_send(job_builder& job, slot model, const round_view&) override {
    const slot copy = own_slot_ ? *std::exchange(own_slot_, {}) : job.input(copies_[job.node()]);
    self_ = job.node();
    const slot difference = job.fresh();
    job.add(combine_step{difference, {{model, 1.0F}, {copy, -1.0F}}});
    payload_ = job.encode({difference}, codec_);
  }

  std::vector<sharing::outgoing> sends(const job_result& result, const round_view& view) override {
    for (const auto& [node, index] : std::exchange(outputs_, {}))
      copies_[node] = result.outputs.at(index);
    sent_ = result.payloads.at(payload_);
    sharing::outgoing all{sent_, {}};
    for (const auto& neighbour : view.out)
      all.receivers.push_back(neighbour.id);
    return {std::move(all)};
  }

  slot plan_receive(job_builder& job, slot own, double, std::vector<sharing::incoming> received,
                    const aggregation_rule_ptr&) override {
    const auto update = [&](node_id node, payload_ptr q) {
      const slot before = job.input(copies_[node]), after = job.fresh();
      job.add(decode_step{std::move(q), before, after, codec_});
      outputs_[node] = job.output(after);
      return after;
    };
    own_slot_ = update(self_, std::move(sent_));
    combine_step mix{0, {{own, 1.0F}}};
    float sum = 0;
    for (auto& [fragment, weight] : received) {
      const auto w = gamma * static_cast<float>(weight);
      mix.terms.emplace_back(update(fragment.sender, fragment.body), w);
      sum += w;
    }
    mix.terms.emplace_back(*own_slot_, -sum);
    mix.out = job.fresh();
    const slot out = mix.out;
    job.add(std::move(mix));
    return out;
  }

  void save(state& s) const override {
    for (const auto& [node, copy] : copies_)
      s.arrays["sharing.copy." + std::to_string(node)] = copy;
  }

  void load(const state& s) override {
    const std::string prefix = "sharing.copy.";
    for (const auto& [name, array] : s.arrays)
      if (name.starts_with(prefix))
        copies_[static_cast<node_id>(std::stoul(name.substr(prefix.size())))] = array;
  }

private:
  std::shared_ptr<const top_k> codec_ = std::make_shared<top_k>(1);
  std::map<node_id, snapshot> copies_;
  std::map<node_id, std::size_t> outputs_;
  std::optional<slot> own_slot_;
  payload_ptr sent_;
  std::size_t payload_ = 0;
  node_id self_ = 0;
};

// -- an aggregation rule --------------------------------------------------------------------------------------------

/// The lower median of each coordinate.
class median_rule final : public aggregation_rule {
public:
  void aggregate(std::span<float> out, weighted_vector own, std::span<const weighted_vector> received) const override {
    for (std::size_t k = 0; k < out.size(); ++k) {
      std::vector<float> column{own.values[k]};
      for (const auto& [values, weight] : received)
        column.push_back(values[k]);
      std::ranges::sort(column);
      out[k] = column[(column.size() - 1) / 2];
    }
  }
};

double distance(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
  double result = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < a[i].size(); ++k)
      result = std::max(result, std::abs(static_cast<double>(a[i][k]) - b[i][k]));
  return result;
}

} // namespace

TEST_CASE("masks for each receiver cancel in its sum, and hide every single model") {
  constexpr std::uint32_t n = 9, rounds = 5;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 4));
  toy_run run(runtime, d_psgd(), n, rounds);
  run.options.views = dynamic_views([](round_number r) { return metropolis_hastings(random_cycles(n, 2, 3, r)); });
  const auto plain = values_of(run.run()->models());
  run.context.make_strategy = [](node_id) { return std::make_unique<masked_sharing>(); };
  run.options.record_sent = true;
  const auto world = run.run();
  const auto masked = values_of(world->models());
  CHECK(distance(masked, plain) < 1e-5);
  std::set<float> first_values;
  std::size_t sent = 0;
  for (node_id i = 0; i < n; ++i)
    for (const auto& [time, f] : world->log(i).sent) {
      ++sent;
      first_values.insert(f.body->values->values()[0]);
    }
  CHECK(first_values.size() == sent); // no two payloads are alike
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    run.options.shuffle = seed;
    run.options.over_the_wire = true;
    CHECK(values_of(run.run()->models()) == masked);
  }
}

TEST_CASE("CHOCO with one entry of four reaches the average, with the bytes of one entry") {
  constexpr std::uint32_t n = 8, rounds = 600;
  auto problem = quadratic_runtime::random_problem(n, 4);
  problem.a.assign(n, 0.0F); // no gradient: pure averaging
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), n, rounds);
  run.options.views = static_views(metropolis_hastings(ring(n)));
  run.context.make_strategy = [](node_id) { return std::make_unique<choco>(); };
  const auto world = run.run();
  std::vector<float> mean(4);
  for (std::size_t k = 0; k < 4; ++k) {
    double sum = 0;
    for (const auto& start : problem.start)
      sum += start[k];
    mean[k] = static_cast<float>(sum / n);
  }
  CHECK(distance(values_of(world->models()), std::vector(n, mean)) < 1e-5);
  CHECK(world->log(0).wire_bytes == rounds * 2 * (fragment_header_size + sizeof(entry)));
  CHECK(world->log(0).reports.back().bytes_sent == world->log(0).wire_bytes);
}

TEST_CASE("a strategy with state resumes to the bit, with momentum and evaluations around it") {
  constexpr std::uint32_t n = 6, rounds = 9;
  auto problem = quadratic_runtime::random_problem(n, 4);
  problem.optimizer.momentum = 0.5F;
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), n, rounds);
  run.options.views = static_views(metropolis_hastings(ring(n)));
  run.context.make_strategy = [](node_id) { return std::make_unique<choco>(); };
  run.context.evaluation.every = 2;
  run.options.shuffle = 2;
  check_resumes(run, {1, 2, 5, 8});
}

TEST_CASE("an aggregation rule of one's own takes the place of the weighted mean") {
  constexpr std::uint32_t n = 7;
  const auto problem = quadratic_runtime::random_problem(n, 3);
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), n, 1);
  run.options.views = static_views(metropolis_hastings(complete(n)));
  run.context.aggregation = std::make_shared<median_rule>();
  const auto models = values_of(run.run()->models());
  for (std::size_t k = 0; k < 3; ++k) {
    std::vector<float> column;
    for (std::size_t i = 0; i < n; ++i)
      column.push_back(problem.start[i][k] -
                       problem.optimizer.rate * (problem.a[i] * (problem.start[i][k] - problem.b[i][k])));
    std::ranges::sort(column);
    for (std::size_t i = 0; i < n; ++i)
      CHECK(models[i][k] == doctest::Approx(column[3]).epsilon(1e-6));
  }
}
