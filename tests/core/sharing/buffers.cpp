// A model whose vector is [parameters | running statistics]: what each choice of `model.buffers` makes of them,
// whatever the strategy does with the parameters.

#include "core/sharing/buffers.hpp"

#include "core/learning/algorithms.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;
using sharing::buffer_use;

namespace {

constexpr std::size_t statistics = 3;
constexpr std::uint32_t few_rounds = 6;

/// What a node's data does to a statistic in a step.
template <class Real>
Real next(Real old, node_id node, std::size_t k) {
  return Real(0.9) * old + Real(0.1) * static_cast<Real>((node + 1) * (k + 1));
}

/// Trains the parameters as another runtime does, and keeps statistics beside them.
class statistics_trainer final : public trainer {
public:
  explicit statistics_trainer(std::unique_ptr<trainer> inner) : inner_(std::move(inner)) {}

  double train(node_id node, std::span<float> model, std::span<const std::span<float>> state,
               const batch_range& batches, std::uint64_t steps, bool& finite) override {
    for (std::uint32_t step = 0; step < batches.count; ++step)
      for (std::size_t k = 0; k < statistics; ++k)
        model[size + k] = next(model[size + k], node, k);
    return inner_->train(node, model.first(size), state, batches, steps, finite);
  }
  double gradient(node_id node, std::span<const float> point, std::span<float> out,
                  const batch_range& batches) override {
    std::ranges::fill(out, 0.0F);
    return inner_->gradient(node, point.first(size), out.first(size), batches);
  }
  bool apply(std::span<float> model, std::span<float> gradient, std::span<const std::span<float>> optimizer,
             std::uint64_t step, std::uint64_t seen) override {
    return inner_->apply(model.first(size), gradient.first(size), optimizer, step, seen);
  }
  evaluation evaluate(node_id node, std::span<const float> model, test_set on, std::uint64_t samples) override {
    return inner_->evaluate(node, model.first(size), on, samples);
  }

private:
  std::unique_ptr<trainer> inner_;
};

class statistics_runtime final : public model_runtime {
public:
  explicit statistics_runtime(const quadratic_runtime& parameters) : inner_(parameters), layout_(parameters.layout()) {
    layout_.tensors.push_back({"running", {static_cast<std::int64_t>(statistics)}, size, true});
    layout_.buffers = statistics;
  }
  const vector_layout& layout() const override { return layout_; }
  std::size_t optimizer_vectors() const override { return inner_.optimizer_vectors(); }
  void initial_parameters(node_id node, std::span<float> out) const override {
    inner_.initial_parameters(node, out.first(size));
    std::ranges::fill(out.subspan(size), 1.0F);
  }
  std::unique_ptr<trainer> make_trainer() const override {
    return std::make_unique<statistics_trainer>(inner_.make_trainer());
  }
  result<void> save(std::span<const float> model, const std::filesystem::path& file) const override {
    return inner_.save(model, file);
  }

private:
  const quadratic_runtime& inner_;
  vector_layout layout_;
};

/// Refused with averaged buffers, which it would send without masks.
constexpr const char* masked = "secure-aggregation";

/// A strategy with an own treatment of buffers.
void use(toy_run& run, const std::string& name, buffer_use buffers) {
  const bool whole = buffers == buffer_use::shared;
  test::use(run, keys_of(name), "elias-gamma", "raw",
            whole ? std::vector<std::size_t>{5, 7, statistics} : std::vector<std::size_t>{5, 7});
  if (!whole)
    run.options.apart = {size, buffers == buffer_use::averaged ? statistics : 0};
  run.context.make_strategy = [plain = run.context.make_strategy, buffers](node_id node) {
    return sharing::with_buffers(plain(node), buffers, {size, statistics});
  };
}

std::vector<std::vector<float>> entries(const std::vector<std::vector<float>>& models, std::size_t first,
                                        std::size_t count) {
  std::vector<std::vector<float>> result;
  for (const auto& model : models)
    result.emplace_back(model.begin() + static_cast<std::ptrdiff_t>(first),
                        model.begin() + static_cast<std::ptrdiff_t>(first + count));
  return result;
}

/// s_i after the rounds, in double precision: trained, then mixed unless they are local.
vectors statistics_after(std::uint32_t many, const matrix* mixing) {
  vectors s(nodes, std::vector<double>(statistics, 1));
  for (std::uint32_t r = 0; r < many; ++r) {
    for (node_id i = 0; i < nodes; ++i)
      for (std::size_t k = 0; k < statistics; ++k)
        s[i][k] = next(s[i][k], i, k);
    if (mixing == nullptr)
      continue;
    auto mixed = s;
    for (std::size_t i = 0; i < nodes; ++i)
      for (std::size_t k = 0; k < statistics; ++k) {
        mixed[i][k] = 0;
        for (std::size_t j = 0; j < nodes; ++j)
          mixed[i][k] += (*mixing)[i][j] * s[j][k];
      }
    s = std::move(mixed);
  }
  return s;
}

struct fixture {
  quadratic_runtime plain{quadratic_runtime::random_problem(nodes, size, 4)};
  statistics_runtime runtime{plain};
  matrix w = metropolis_hastings(ring(nodes));

  toy_run run_of(const model_runtime& with) const {
    toy_run run(with, d_psgd(), nodes, few_rounds);
    run.options.views = static_views(w);
    return run;
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "whatever the strategy, local statistics stay and parameters fare as without them") {
  for (const auto& kind : sharing::strategies()) {
    CAPTURE(kind.schema.name);
    auto alone = run_of(plain);
    test::use(alone, keys_of(kind.schema.name));
    const auto without = alone.run();
    auto run = run_of(runtime);
    use(run, kind.schema.name, buffer_use::local);
    const auto world = run.run();
    REQUIRE(world->all_finished());
    const auto models = values_of(world->models());
    CHECK(entries(models, 0, size) == values_of(without->models()));
    CHECK(distance(entries(models, size, statistics), statistics_after(few_rounds, nullptr)) < 1e-4);
    CHECK(world->log(0).reports.back().bytes_sent == without->log(0).reports.back().bytes_sent);
    CHECK(world->log(0).wire_bytes == without->log(0).wire_bytes);
  }
}

TEST_CASE_FIXTURE(fixture, "whatever the strategy, averaged statistics are mixed beside it and their bytes count") {
  for (const auto& kind : sharing::strategies()) {
    CAPTURE(kind.schema.name);
    if (kind.schema.name == masked)
      continue;
    auto alone = run_of(plain);
    test::use(alone, keys_of(kind.schema.name));
    const auto without = alone.run();
    auto run = run_of(runtime);
    use(run, kind.schema.name, buffer_use::averaged);
    const auto world = run.run();
    REQUIRE(world->all_finished());
    const auto models = values_of(world->models());
    CHECK(entries(models, 0, size) == values_of(without->models()));
    CHECK(distance(entries(models, size, statistics), statistics_after(few_rounds, &w)) < 1e-4);
    constexpr auto fragments = 2 * few_rounds; // two neighbours
    const auto bytes = world->log(0).reports.back().bytes_sent;
    CHECK(bytes == without->log(0).reports.back().bytes_sent + fragments * statistics * sizeof(float));
    CHECK(bytes == world->log(0).wire_bytes);
  }
}

TEST_CASE_FIXTURE(fixture, "the last bit is the same in another order and over the wire") {
  for (const auto& kind : sharing::strategies())
    for (const auto buffers : {buffer_use::shared, buffer_use::averaged, buffer_use::local}) {
      CAPTURE(kind.schema.name);
      if (kind.schema.name == masked && buffers == buffer_use::averaged)
        continue;
      auto run = run_of(runtime);
      use(run, kind.schema.name, buffers);
      const auto once = values_of(run.run()->models());
      run.options.shuffle = 9;
      run.options.over_the_wire = true;
      CHECK(values_of(run.run()->models()) == once);
    }
}

TEST_CASE_FIXTURE(fixture, "shared statistics are averaged ones where the whole model is sent") {
  auto shared = run_of(runtime), averaged = run_of(runtime);
  use(shared, "full", buffer_use::shared);
  use(averaged, "full", buffer_use::averaged);
  const auto a = shared.run(), b = averaged.run();
  CHECK(values_of(a->models()) == values_of(b->models()));
  CHECK(a->log(0).wire_bytes == b->log(0).wire_bytes);
}

TEST_CASE_FIXTURE(fixture, "a run with statistics apart resumes to the bit") {
  for (const std::string name : {"full", "top-k", "choco"})
    for (const auto buffers : {buffer_use::averaged, buffer_use::local}) {
      CAPTURE(name);
      auto run = run_of(runtime);
      use(run, name, buffers);
      check_resumes(run, {3});
    }
}

TEST_CASE_FIXTURE(fixture, "the weight of a neighbour without a model goes to the node's own statistics") {
  auto problem = quadratic_runtime::random_problem(nodes, size, 4);
  problem.poisoned = [](node_id node, std::uint64_t) { return node == 1; };
  const quadratic_runtime with_poison(problem);
  const statistics_runtime poisoned(with_poison);
  auto run = run_of(poisoned);
  run.context.on_nonfinite = nonfinite_policy::isolate;
  use(run, "full", buffer_use::averaged);
  const auto world = run.run();
  REQUIRE(world->all_finished());
  auto repaired = w;
  for (std::size_t i = 0; i < nodes; ++i)
    if (i != 1)
      repaired[i][i] += std::exchange(repaired[i][1], 0.0);
  const auto expected = statistics_after(few_rounds, &repaired);
  for (std::size_t i = 0; i < nodes; ++i)
    if (i != 1)
      for (std::size_t k = 0; k < statistics; ++k)
        CHECK(world->models()[i]->values()[size + k] == doctest::Approx(expected[i][k]).epsilon(1e-5));
}

TEST_CASE("a model without statistics has the strategy as it is") {
  const auto& full = sharing::find_strategy("full");
  auto made = full.make({});
  const auto* before = made.get();
  CHECK(sharing::with_buffers(std::move(made), buffer_use::averaged, {size, 0}).get() == before);
}
