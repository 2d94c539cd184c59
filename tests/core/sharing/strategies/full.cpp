#include "core/learning/algorithms.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;

namespace {

learning::round_view view_with_out(std::vector<learning::neighbour> out) {
  learning::round_view view;
  view.out = std::move(out);
  return view;
}

} // namespace

TEST_CASE("full sharing sends the model by reference, one payload for all neighbours") {
  const auto strategy = sharing::find_strategy("full").make({});
  const auto view = view_with_out({{2, 0.25}, {5, 0.5}});
  learning::job_builder job(0, 0);
  const auto model = job.input(nullptr);
  strategy->plan_send(job, model, view);
  const auto built = job.build();
  REQUIRE(built.steps.size() == 1);
  const auto& step = std::get<learning::encode_step>(built.steps[0]);
  CHECK(step.in == std::vector{model});

  const auto vector = std::make_shared<learning::flat_vector>(3);
  learning::job_result result;
  result.payloads.push_back(step.with->encode(std::vector<learning::snapshot>{vector}));
  CHECK(result.payloads[0]->values == vector);
  const auto sends = strategy->sends(result, view);
  REQUIRE(sends.size() == 1);
  CHECK(sends[0].body == result.payloads[0]);
  CHECK(sends[0].receivers == std::vector<node_id>{2, 5});
}

TEST_CASE("full sharing does nothing for a node without neighbours") {
  const auto strategy = sharing::find_strategy("full").make({});
  learning::job_builder job(0, 0);
  strategy->plan_send(job, job.input(nullptr), {});
  CHECK(job.build().steps.empty());
  CHECK(strategy->sends({}, {}).empty());
}

TEST_CASE("a strategy's default decodes each payload and applies the rule with the weights of the round") {
  const auto strategy = sharing::find_strategy("full").make({});
  learning::job_builder job(0, 0);
  const auto own = job.input(nullptr);
  const auto vector = std::make_shared<learning::flat_vector>(3);
  std::vector<sharing::incoming> received;
  for (const node_id sender : {3U, 7U})
    received.push_back({{sender, 0, learning::fragment_kind::model, false, learning::dense_payload(vector)}, 0.25});
  const auto rule = learning::weighted_mean().make({});
  const auto out = strategy->plan_receive(job, own, 0.5, std::move(received), rule);
  const auto built = job.build();
  REQUIRE(built.steps.size() == 1);
  const auto& step = std::get<learning::aggregate_step>(built.steps[0]);
  CHECK(step.out == out);
  CHECK(out != own);
  CHECK(step.own == own);
  CHECK(step.own_weight == 0.5F);
  CHECK(step.rule == rule);
  REQUIRE(step.received.size() == 2);
  CHECK(step.received[1].second == 0.25F);
}

TEST_CASE("full sharing sends values by any codec, and with lossless ones nothing changes") {
  using namespace rhizome::test;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size, 3));
  const auto run_with = [&](const std::string& values) {
    toy_run run(runtime, learning::d_psgd(), nodes, 5);
    run.options.views = static_views(metropolis_hastings(ring(nodes)));
    use(run, keys_of("full"), "raw", values);
    const auto world = run.run();
    REQUIRE(world->all_finished());
    CHECK(world->log(0).reports.back().bytes_sent == world->log(0).wire_bytes);
    return std::pair(values_of(world->models()), world->log(0).wire_bytes / (5 * 2) - learning::fragment_header_size);
  };
  const auto raw = run_with("raw");
  CHECK(raw.second == size * sizeof(float));
  CHECK(run_with("zstd").first == raw.first);
  CHECK(run_with("fpzip").first == raw.first);
  const auto halves = run_with("fp16");
  CHECK(halves.second == size * 2);
  CHECK(halves.first != raw.first);
  vectors exact;
  for (const auto& x : raw.first)
    exact.emplace_back(x.begin(), x.end());
  CHECK(distance(halves.first, exact) < 0.01);
}

TEST_CASE("half precision changes what neighbours see, not what a node keeps of itself") {
  using namespace rhizome::test;
  const auto problem = quadratic_runtime::random_problem(nodes, size, 3);
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, learning::d_psgd(), nodes, 1);
  run.options.views = dynamic_views(fixed_ring());
  use(run, keys_of("full"), "raw", "fp16");
  auto x = start_of(problem);
  for (std::size_t i = 0; i < nodes; ++i)
    local_step(problem, i, x[i]);
  const auto w = fixed_ring()(0);
  auto mixed = x;
  for (std::size_t i = 0; i < nodes; ++i)
    for (std::size_t e = 0; e < size; ++e) {
      mixed[i][e] = w[i][i] * x[i][e];
      for (std::size_t j = 0; j < nodes; ++j) {
        const double step = std::ldexp(1.0, std::ilogb(x[j][e]) - 10);
        mixed[i][e] += i != j ? w[i][j] * std::nearbyint(x[j][e] / step) * step : 0;
      }
    }
  check_run(run, mixed, 1e-6);
}
