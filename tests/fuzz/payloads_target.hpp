#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/learning/aggregation.hpp"
#include "core/learning/runner.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/registry.hpp"
#include "tests/support/quadratic_trainer.hpp"

namespace rhizome::test {

/// A strategy's defaults, and half of the model where it sends a share of it.
inline config::section fuzzed_keys(const std::string& strategy) {
  auto keys = config::defaults(sharing::schema(), strategy);
  if (keys.has("alpha"))
    keys.set("alpha", 0.5);
  return keys;
}

/// One node of three, which has sent round 0's model and receives.
class fuzzed_node {
public:
  static constexpr std::size_t size = 12;

  fuzzed_node(const sharing::strategy_kind& kind, const sharing::codec_ptr& codec, node_id id = 0)
      : id_(id), runtime_(quadratic_runtime::random_problem(3, size)), pool_(learning::vector_pool::make(size)),
        runner_(runtime_.make_trainer(), pool_),
        strategy_(kind.make({fuzzed_keys(kind.schema.name), codec, id, 1, {5, 7}})) {
    for (const node_id neighbour : {0U, 1U, 2U}) {
      if (neighbour == id)
        continue;
      view_.in.push_back({neighbour, 1.0 / 3});
      view_.out.push_back({neighbour, 1.0 / 3});
      auto& senders = view_.in_neighbours_of_out.emplace_back();
      for (const node_id sender : {0U, 1U, 2U})
        if (sender != neighbour)
          senders.push_back(sender);
    }
    learning::job_builder job(id, 0);
    const auto model = job.input(start());
    strategy_->plan_training(job, model);
    strategy_->plan_send(job, model, view_);
    for (auto& sent : strategy_->sends(runner_.run(job.build()), view_))
      sent_.push_back(std::move(sent.body));
  }

  /// What it has sent, as bytes; nothing where that is a vector by reference.
  [[nodiscard]] std::vector<std::byte> sent() const {
    return sent_.empty() || !sent_.front() ? std::vector<std::byte>() : sent_.front()->bytes;
  }

  /// Whether node 0 accepts the bytes as node 1's payload of round 0.
  bool receive(std::vector<std::byte> bytes) {
    learning::job_builder job(id_, 1);
    const auto own = job.input(start());
    const auto body = learning::bytes_payload(std::move(bytes));
    std::vector<sharing::incoming> received{{{1, 0, learning::fragment_kind::model, false, body}, 1.0 / 3}};
    if (strategy_->has_second_phase()) {
      // As a message of the second phase too, and from node 2: a sum of which a part is missing would not be read.
      static_cast<void>(strategy_->on_message({1, 0, learning::fragment_kind::first_own, false, body}));
      received.push_back({{2, 0, learning::fragment_kind::model, false, body}, 1.0 / 3});
      static_cast<void>(strategy_->close(
          {0, std::make_shared<const learning::round_view>(view_), {received[0].fragment, received[1].fragment}, {}}));
    }
    const auto own_weight = 1 - static_cast<double>(received.size()) / 3;
    const auto rule = learning::weighted_mean().make({});
    job.output(strategy_->plan_receive(job, own, own_weight, std::move(received), rule));
    try {
      const auto result = runner_.run(job.build());
      if (result.outputs.front()->size() != size)
        throw std::logic_error("the model has another size");
    } catch (const std::runtime_error&) { // as the runner says of a payload that cannot be decoded
      return false;
    }
    return true;
  }

private:
  [[nodiscard]] learning::snapshot start() const {
    auto model = pool_->acquire();
    runtime_.initial_parameters(id_, model->values());
    return model;
  }

  node_id id_;
  quadratic_runtime runtime_;
  std::shared_ptr<learning::vector_pool> pool_;
  learning::job_runner runner_;
  std::unique_ptr<sharing::strategy> strategy_;
  learning::round_view view_;
  std::vector<learning::payload_ptr> sent_;
};

/// The codec of an input: all index codecs with all value codecs.
inline sharing::codec_ptr fuzzed_codec(std::uint8_t indices, std::uint8_t values) {
  const auto& index_kinds = sharing::index_codecs();
  const auto& value_kinds = sharing::value_codecs();
  return sharing::make_codec(index_kinds[indices % index_kinds.size()].name,
                             value_kinds[values % value_kinds.size()].name);
}

/// The function under fuzz. An input: which strategy, the codecs of indices and of values, then a payload. Whatever it
/// is, receiving it ends with a model or a refusal. Returns whether it was accepted.
inline bool read_fuzzed_payload(std::span<const std::uint8_t> input) {
  const auto& kinds = sharing::strategies();
  if (input.size() < 3 || input[0] >= kinds.size())
    return false;
  const auto bytes = std::as_bytes(input.subspan(3));
  return fuzzed_node(kinds[input[0]], fuzzed_codec(input[1], input[2])).receive({bytes.begin(), bytes.end()});
}

} // namespace rhizome::test
