#pragma once

#include <array>
#include <cstddef>
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
#include "core/sharing/ternary.hpp"
#include "tests/support/quadratic_trainer.hpp"

namespace rhizome::test {

/// A strategy with other choices than its defaults.
struct fuzzed_variant {
  std::string name;
  config::section keys;
};

/// A strategy's defaults, then the same with each choice of each of its keys that has choices, in their order. Half of
/// the model is sent where a share of it is.
inline std::vector<fuzzed_variant> fuzzed_variants(const sharing::strategy_kind& kind) {
  constexpr std::size_t most = 16; // as many as half a byte can name
  const auto& name = kind.schema.name;
  auto keys = config::defaults(sharing::schema(), name);
  if (keys.has("alpha"))
    keys.set("alpha", 0.5);
  std::vector<fuzzed_variant> all;
  all.push_back({name, keys});
  for (const auto& key : kind.schema.keys)
    for (const auto& choice : key.choices) {
      all.push_back({name + "-" + choice, keys});
      all.back().keys.set(key.name, choice);
    }
  if (all.size() > most)
    throw std::logic_error(name + " has more choices than the input of the function under fuzz can name");
  return all;
}

/// One node of three, which has sent round 0's model and receives.
class fuzzed_node {
public:
  static constexpr std::size_t size = 12;

  /// By the keys of a variant.
  fuzzed_node(const config::section& keys, const sharing::codec_ptr& codec, node_id id = 0)
      : id_(id), runtime_(quadratic_runtime::random_problem(3, size)), pool_(learning::vector_pool::make(size)),
        runner_(runtime_.make_trainer(), pool_),
        strategy_(sharing::find_strategy(keys.text("name")).make({keys, codec, id, 1, {5, 7}})) {
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
inline sharing::codec_ptr fuzzed_codec(unsigned indices, unsigned values) {
  const auto& index_kinds = sharing::index_codecs();
  const auto& value_kinds = sharing::value_codecs();
  return sharing::make_codec(index_kinds[indices % index_kinds.size()].name,
                             value_kinds[values % value_kinds.size()].name);
}

/// Takes the place of a strategy's number for sparse ternary compression, by which "stc" sends without a strategy.
inline constexpr std::uint8_t ternary_number = 255;

inline sharing::compressor_ptr fuzzed_ternary(unsigned indices) {
  const auto& kinds = sharing::index_codecs();
  return sharing::ternary_compressor(kinds[indices % kinds.size()].name, 0.5);
}

/// What node 1 sends by it, as bytes.
inline std::vector<std::byte> ternary_sent(unsigned indices) {
  const auto model = quadratic_runtime::random_problem(3, fuzzed_node::size).start.at(1);
  return fuzzed_ternary(indices)->compress(model, 1, 0);
}

/// Whether a node accepts the bytes as such a message, as "stc" reads it.
inline bool receive_ternary(unsigned indices, std::vector<std::byte> bytes) {
  const std::vector<float> own(fuzzed_node::size, 1.0F);
  std::vector<float> out(own.size());
  const auto body = learning::bytes_payload(std::move(bytes));
  const auto decoder = sharing::summing_decoder(fuzzed_ternary(indices), 0, {{body, 1, 1.0F}});
  return decoder->decode(*body, own, out).has_value();
}

/// The first bytes of an input: which strategy; its variant in the higher half of a byte and the codec of indices in
/// the lower one; the codec of values.
inline std::array<std::uint8_t, 3> fuzzed_control(std::size_t strategy, std::size_t variant, unsigned indices,
                                                  unsigned values) {
  return {static_cast<std::uint8_t>(strategy), static_cast<std::uint8_t>(variant << 4U | indices),
          static_cast<std::uint8_t>(values)};
}

/// The function under fuzz. An input: as fuzzed_control makes them, three bytes, then a payload. Whatever it is,
/// receiving it ends with a model or a refusal. Returns whether it was accepted.
inline bool read_fuzzed_payload(std::span<const std::uint8_t> input) {
  const auto& kinds = sharing::strategies();
  if (input.size() < 3 || (input[0] >= kinds.size() && input[0] != ternary_number))
    return false;
  const unsigned variant = input[1] / 16U;
  const unsigned indices = input[1] % 16U;
  const auto raw = std::as_bytes(input.subspan(3));
  std::vector<std::byte> bytes(raw.begin(), raw.end());
  if (input[0] == ternary_number)
    return receive_ternary(indices, std::move(bytes));
  const auto variants = fuzzed_variants(kinds[input[0]]);
  const auto codec = fuzzed_codec(indices, input[2]);
  return fuzzed_node(variants[variant % variants.size()].keys, codec).receive(std::move(bytes));
}

} // namespace rhizome::test
