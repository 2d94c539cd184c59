#include "core/sharing/strategy.hpp"

namespace rhizome::sharing {

namespace {

/// The vector itself, by reference.
class dense_encoder final : public learning::encoder {
public:
  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    return learning::dense_payload(in.front());
  }
};

class full_sharing final : public strategy {
public:
  void plan_send(learning::job_builder& job, learning::slot model, const learning::round_view& view) override {
    static const auto dense = std::make_shared<const dense_encoder>();
    if (!view.out.empty())
      job.encode({model}, dense);
  }

  std::vector<outgoing> sends(const learning::job_result& result, const learning::round_view& view) override {
    if (view.out.empty())
      return {};
    outgoing all{result.payloads.at(0), {}};
    for (const auto& neighbour : view.out)
      all.receivers.push_back(neighbour.id);
    return {std::move(all)};
  }
};

} // namespace

strategy_kind full() {
  return {{"full", "The whole model, to every neighbour, every round."},
          [](const strategy_context&) -> std::unique_ptr<strategy> { return std::make_unique<full_sharing>(); }};
}

} // namespace rhizome::sharing
