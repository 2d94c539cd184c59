#include "core/sharing/registry.hpp"
#include "tests/support/doctest.hpp"

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
