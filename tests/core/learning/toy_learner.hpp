#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/learning/algorithm.hpp"
#include "core/learning/job_builder.hpp"
#include "core/learning/learner.hpp"
#include "core/learning/node_context.hpp"

namespace rhizome::test {

/// What the toy algorithms share: a model, and how many steps or rounds are done.
class toy_learner : public learning::learner {
public:
  explicit toy_learner(learning::node_context c) : model_(std::move(c.initial)), context_(std::move(c)) {}

  learning::waiting waiting_for() const override { return {static_cast<round_number>(count_), {}, {}}; }

  learning::state save() const override {
    learning::state s;
    s.arrays["model"] = model_;
    s.counters["count"] = count_;
    s.counters["bytes_sent"] = bytes_sent();
    return s;
  }

  void load(const learning::state& saved) override {
    model_ = saved.arrays.at("model");
    count_ = saved.counters.at("count");
    restore_bytes_sent(saved.counters.at("bytes_sent"));
  }

protected:
  void on_start(learning::effects&) override {}
  void on_view(round_number, learning::round_view_ptr, learning::effects&) override {}

  const learning::run_context& run() const { return *context_.run; }
  const learning::node_context& context() const { return context_; }
  node_id id() const { return context_.id; }

  learning::snapshot model_;
  std::uint64_t count_ = 0;

private:
  learning::node_context context_;
};

/// An algorithm without parameters.
template <class Learner>
learning::algorithm toy_algorithm(learning::graph_use graph,
                                  std::vector<learning::role> (*roles)(std::uint32_t) = learning::peers) {
  return {{"toy", "A toy."}, graph, roles, [](learning::node_context c, const config::section&) {
            return std::unique_ptr<learning::learner>(std::make_unique<Learner>(std::move(c)));
          }};
}

} // namespace rhizome::test
