// A toy on a directed graph: stochastic gradient push (Assran et al., 2019). Node j keeps p = 1 / (1 + out-degree) of
// its mass and sends as much to each out-neighbour: x_i = sum_j p_j (x_j - rate g_j(z_j)), w_i = sum_j p_j w_j, z = x /
// w.

#include <cmath>
#include <map>
#include <vector>

#include "core/learning/inbox.hpp"
#include "tests/core/learning/toy_learner.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr float rate = 0.05F;

class push_sum_learner final : public toy_learner {
public:
  using toy_learner::toy_learner;

  state save() const override {
    auto s = toy_learner::save();
    s.scalars["weight"] = weight_;
    return s;
  }

private:
  void on_start(effects& out) override { out.emplace_back(need_round{0}); }

  void on_view(round_number r, round_view_ptr view, effects& out) override {
    views_.emplace(r, std::move(view));
    advance(out);
  }

  void on_fragment(fragment f, effects& out) override {
    inbox_.put(std::move(f));
    advance(out);
  }

  void on_computed(token, job_result result, effects& out) override {
    if (count_ == run().rounds) {
      model_ = result.outputs.at(0);
      out.emplace_back(finished{result.hashes.at(0)});
      return;
    }
    // What goes to the out-neighbours is also what stays.
    share_ = dense_payload(result.outputs.at(0), {weight_ * portion()});
    std::vector<node_id> receivers;
    for (const auto& neighbour : view().out)
      receivers.push_back(neighbour.id);
    send_to({id(), round(), fragment_kind::model, false, share_}, std::move(receivers), out);
    out.emplace_back(need_round{round() + 1});
    advance(out);
  }

  void advance(effects& out) {
    if (!share_ && !busy_ && views_.contains(round())) {
      job_builder job(id(), round());
      push(job, job.input(model_), out);
      return;
    }
    if (!share_ || (round() + 1 < run().rounds && !views_.contains(round() + 1)))
      return;
    for (const auto& neighbour : view().in)
      if (!inbox_.contains(round(), neighbour.id))
        return;
    mix(out);
  }

  /// x <- sum of the shares, and on to the next round.
  void mix(effects& out) {
    job_builder job(id(), round() + 1);
    weight_ = share_->scalars[0];
    combine_step sum;
    sum.terms.emplace_back(job.input(std::exchange(share_, nullptr)->values), 1.0F);
    for (const auto& neighbour : view().in) {
      const auto f = inbox_.take(round(), neighbour.id);
      sum.terms.emplace_back(job.input(f->body->values), 1.0F);
      weight_ += f->body->scalars.at(0);
    }
    sum.out = job.fresh();
    const slot x = sum.out;
    job.add(std::move(sum));
    views_.erase(round());
    if (++count_ < run().rounds) {
      push(job, x, out);
      return;
    }
    job.add(hash_step{x});
    job.output(x);
    out.emplace_back(compute{count_, job.build()});
  }

  /// The share p (x - rate g(x / w)).
  void push(job_builder& job, slot x, effects& out) {
    busy_ = true;
    const slot z = job.fresh(), g = job.fresh(), share = job.fresh();
    job.add(combine_step{z, {{x, static_cast<float>(1 / weight_)}}});
    job.add(gradient_step{z, g, {count_, 1}});
    const auto p = static_cast<float>(portion());
    job.add(combine_step{share, {{x, p}, {g, -p * rate}}});
    job.output(share);
    out.emplace_back(compute{count_, job.build()});
  }

  round_number round() const { return static_cast<round_number>(count_); }
  const round_view& view() const { return *views_.at(round()); }
  double portion() const { return 1.0 / static_cast<double>(1 + view().out.size()); }

  std::map<round_number, round_view_ptr> views_;
  inbox inbox_;
  payload_ptr share_;
  double weight_ = 1;
  bool busy_ = false; ///< the first job has been handed out
};

/// A directed ring with chords, so that in- and out-degrees differ; the columns sum to 1, the rows do not.
matrix directed(std::uint32_t n) {
  auto edge = no_edges(n);
  for (std::uint32_t j = 0; j < n; ++j) {
    edge[(j + 1) % n][j] = true;
    for (std::uint32_t k = 2; k < 2 + j % 3; ++k)
      edge[(j + k) % n][j] = true;
  }
  matrix p(n, std::vector<double>(n, 0.0));
  for (std::uint32_t j = 0; j < n; ++j) {
    double out_degree = 0;
    for (std::uint32_t i = 0; i < n; ++i)
      out_degree += edge[i][j] ? 1 : 0;
    for (std::uint32_t i = 0; i < n; ++i)
      p[i][j] = edge[i][j] || i == j ? 1 / (1 + out_degree) : 0;
  }
  return p;
}

} // namespace

TEST_CASE("push-sum keeps its mass and reaches the average on a directed graph") {
  constexpr std::uint32_t n = 8;
  constexpr std::size_t size = 3;
  auto problem = quadratic_runtime::random_problem(n, size);
  problem.a.assign(n, 0.0F); // no gradient: pure averaging
  const quadratic_runtime runtime(problem);
  for (const std::uint32_t rounds : {1U, 4U, 60U}) {
    toy_run run(runtime, toy_algorithm<push_sum_learner>(graph_use::topology), n, rounds);
    run.options.views = static_views(directed(n));
    run.options.shuffle = rounds;
    const auto world = run.run();
    REQUIRE(world->all_finished());
    double total_weight = 0;
    std::vector<double> sum(size, 0.0), start(size, 0.0);
    for (node_id i = 0; i < n; ++i) {
      total_weight += world->at(i).save().scalars.at("weight");
      for (std::size_t k = 0; k < size; ++k) {
        sum[k] += values_of(world->models())[i][k];
        start[k] += problem.start[i][k];
      }
    }
    CHECK(total_weight == doctest::Approx(n).epsilon(1e-12));
    for (std::size_t k = 0; k < size; ++k) {
      CHECK(sum[k] == doctest::Approx(start[k]).epsilon(1e-5));
      for (node_id i = 0; rounds == 60 && i < n; ++i)
        CHECK(values_of(world->models())[i][k] / world->at(i).save().scalars.at("weight") ==
              doctest::Approx(start[k] / n).epsilon(1e-5));
    }
  }
}

TEST_CASE("push-sum follows its recursion, in any order of delivery and over the wire") {
  constexpr std::uint32_t n = 7, rounds = 12;
  constexpr std::size_t size = 3;
  const auto problem = quadratic_runtime::random_problem(n, size);
  const quadratic_runtime runtime(problem);
  const auto p = directed(n);
  std::vector<std::vector<double>> x;
  for (const auto& s : problem.start)
    x.emplace_back(s.begin(), s.end());
  std::vector<double> w(n, 1.0);
  for (std::uint32_t r = 0; r < rounds; ++r) {
    const auto before = x;
    const auto weights = w;
    for (std::size_t i = 0; i < n; ++i) {
      w[i] = 0;
      x[i].assign(size, 0.0);
      for (std::size_t j = 0; j < n; ++j) {
        w[i] += p[i][j] * weights[j];
        for (std::size_t k = 0; k < size; ++k)
          x[i][k] += p[i][j] * (before[j][k] - rate * problem.a[j] * (before[j][k] / weights[j] - problem.b[j][k]));
      }
    }
  }
  toy_run run(runtime, toy_algorithm<push_sum_learner>(graph_use::topology), n, rounds);
  run.options.views = static_views(p);
  const auto reference = values_of(run.run()->models());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < size; ++k)
      CHECK(reference[i][k] == doctest::Approx(x[i][k]).epsilon(1e-5));
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    run.options.shuffle = seed;
    run.options.over_the_wire = true;
    run.options.delayed = seed % n;
    CHECK(values_of(run.run()->models()) == reference);
  }
}
