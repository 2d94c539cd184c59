#pragma once

// Models without LibTorch, for tests of learners and actors: quadratics, whose optimum is known, and linear regression
// on a shard a node.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "core/learning/sampler.hpp"
#include "core/learning/trainer.hpp"
#include "core/random.hpp"

namespace rhizome::test {

/// SGD on flat vectors: m = momentum m + g, x = x - rate m. Without momentum there is no state vector.
struct sgd {
  float rate = 0.1F;
  float momentum = 0;

  [[nodiscard]] std::size_t vectors() const { return momentum > 0 ? 1 : 0; }

  void step(std::span<float> model, std::span<const std::span<float>> state, std::span<const float> gradient) const {
    for (std::size_t k = 0; k < model.size(); ++k) {
      float direction = gradient[k];
      if (momentum > 0)
        direction = state[0][k] = momentum * state[0][k] + gradient[k];
      model[k] -= rate * direction;
    }
  }
};

/// Writes the vector's bytes.
[[nodiscard]] inline result<void> save_floats(std::span<const float> model, const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(model.data()), static_cast<std::streamsize>(model.size_bytes()));
  if (!out.flush())
    return fail(error_kind::failed, "{} cannot be written.", file.string());
  return {};
}

/// A trainer of one's own loss and gradient: `gradient(node, point, out, batch)` returns the loss of that batch;
/// `loss(node, point, on)` is the evaluation.
class function_trainer final : public learning::trainer {
public:
  using gradient_function =
      std::function<double(node_id, std::span<const float>, std::span<float>, std::uint64_t batch)>;
  using loss_function = std::function<double(node_id, std::span<const float>, learning::test_set)>;

  function_trainer(sgd optimizer, gradient_function gradient, loss_function loss)
      : optimizer_(optimizer), gradient_(std::move(gradient)), loss_(std::move(loss)) {}

  double train(node_id node, std::span<float> model, std::span<const std::span<float>> state,
               const learning::batch_range& batches, std::uint64_t, bool& finite) override {
    std::vector<float> g(model.size());
    double sum = 0;
    for (std::uint64_t batch = batches.first_batch; batch < batches.first_batch + batches.count; ++batch) {
      sum += gradient_(node, model, g, batch);
      optimizer_.step(model, state, g);
    }
    finite = std::isfinite(sum);
    for (const float x : model)
      finite = finite && std::isfinite(x);
    return sum / batches.count;
  }

  double gradient(node_id node, std::span<const float> point, std::span<float> out,
                  const learning::batch_range& batches) override {
    std::vector<float> g(point.size());
    std::fill(out.begin(), out.end(), 0.0F);
    double sum = 0;
    for (std::uint64_t batch = batches.first_batch; batch < batches.first_batch + batches.count; ++batch) {
      sum += gradient_(node, point, g, batch);
      for (std::size_t k = 0; k < g.size(); ++k)
        out[k] += g[k] / static_cast<float>(batches.count);
    }
    return sum / batches.count;
  }

  bool apply(std::span<float> model, std::span<float> gradient, std::span<const std::span<float>> state, std::uint64_t,
             std::uint64_t) override {
    optimizer_.step(model, state, gradient);
    return std::ranges::all_of(model, [](float x) { return std::isfinite(x); });
  }

  learning::evaluation evaluate(node_id node, std::span<const float> model, learning::test_set on,
                                std::uint64_t samples) override {
    return {on, loss_(node, model, on), std::numeric_limits<double>::quiet_NaN(), samples};
  }

private:
  sgd optimizer_;
  gradient_function gradient_;
  loss_function loss_;
};

/// Node i's loss f_i(x) = a_i / 2 ||x - b_i||^2, with the gradient a_i (x - b_i) for every batch. The sum has its
/// minimum at sum_i a_i b_i / sum_i a_i. Local evaluation is f_i, global evaluation the mean of all f_i.
class quadratic_runtime final : public learning::model_runtime {
public:
  struct problem {
    std::vector<float> a;                       ///< [nodes]
    std::vector<std::vector<float>> b;          ///< [nodes][size]
    std::vector<std::vector<float>> start = {}; ///< [nodes][size] x_i^0; empty: zeros
    sgd optimizer = {};
    /// The loss and gradient of this node's batch are NaN. Null: never.
    std::function<bool(node_id, std::uint64_t batch)> poisoned = {};
  };

  explicit quadratic_runtime(problem p) : problem_(std::move(p)) {
    layout_.tensors.push_back({"x", {static_cast<std::int64_t>(size())}, 0, false});
    layout_.parameters = size();
  }

  /// a_i in [0.5, 1.5), b_i and x_i^0 normal.
  [[nodiscard]] static problem random_problem(std::uint32_t nodes, std::size_t size, std::uint64_t seed = 1) {
    problem p;
    random_stream random(seed, purpose::synthetic_data);
    const auto normals = [&] {
      std::vector<float> values(size);
      for (float& v : values)
        v = static_cast<float>(random.normal());
      return values;
    };
    for (std::uint32_t i = 0; i < nodes; ++i) {
      p.a.push_back(static_cast<float>(0.5 + random.uniform()));
      p.b.push_back(normals());
      p.start.push_back(normals());
    }
    return p;
  }

  [[nodiscard]] const problem& data() const { return problem_; }
  [[nodiscard]] std::size_t size() const { return problem_.b.front().size(); }

  [[nodiscard]] std::vector<double> optimum() const {
    std::vector<double> sum(size(), 0.0);
    double total = 0;
    for (std::size_t i = 0; i < problem_.a.size(); ++i) {
      total += problem_.a[i];
      for (std::size_t k = 0; k < size(); ++k)
        sum[k] += static_cast<double>(problem_.a[i]) * problem_.b[i][k];
    }
    for (double& s : sum)
      s /= total;
    return sum;
  }

  [[nodiscard]] double loss(node_id node, std::span<const float> x) const {
    double sum = 0;
    for (std::size_t k = 0; k < x.size(); ++k)
      sum += std::pow(static_cast<double>(x[k]) - problem_.b[node][k], 2);
    return problem_.a[node] / 2 * sum;
  }

  [[nodiscard]] const learning::vector_layout& layout() const override { return layout_; }
  [[nodiscard]] std::size_t optimizer_vectors() const override { return problem_.optimizer.vectors(); }

  void initial_parameters(node_id node, std::span<float> out) const override {
    for (std::size_t k = 0; k < out.size(); ++k)
      out[k] = node < problem_.start.size() ? problem_.start[node][k] : 0.0F;
  }

  [[nodiscard]] std::unique_ptr<learning::trainer> make_trainer() const override {
    return std::make_unique<function_trainer>(
        problem_.optimizer,
        [this](node_id node, std::span<const float> point, std::span<float> out, std::uint64_t batch) {
          const bool bad = problem_.poisoned && problem_.poisoned(node, batch);
          for (std::size_t k = 0; k < out.size(); ++k)
            out[k] =
                bad ? std::numeric_limits<float>::quiet_NaN() : problem_.a[node] * (point[k] - problem_.b[node][k]);
          return bad ? std::numeric_limits<double>::quiet_NaN() : loss(node, point);
        },
        [this](node_id node, std::span<const float> point, learning::test_set on) {
          if (on == learning::test_set::local)
            return loss(node, point);
          double sum = 0;
          for (std::size_t i = 0; i < problem_.a.size(); ++i)
            sum += loss(static_cast<node_id>(i), point);
          return sum / static_cast<double>(problem_.a.size());
        });
  }

  [[nodiscard]] result<void> save(std::span<const float> model, const std::filesystem::path& file) const override {
    return save_floats(model, file);
  }

private:
  problem problem_;
  learning::vector_layout layout_;
};

/// Linear regression, f_i(x) = mean over the samples of 1/2 (<features, x> - target)^2, on one shard of samples a node;
/// batches are full or drawn by the project's own sampler. All nodes start at zero.
class linear_regression_runtime final : public learning::model_runtime {
public:
  struct problem {
    std::size_t features = 1;
    std::vector<float> inputs;                      ///< [samples x features]
    std::vector<float> targets;                     ///< [samples]
    std::vector<std::vector<std::uint32_t>> shards; ///< [nodes] indices of samples
    sgd optimizer = {};
    bool full_batch = true; ///< every batch is the whole shard, else:
    learning::batch_sampler sampler = {};
  };

  explicit linear_regression_runtime(problem p) : problem_(std::move(p)) {
    layout_.tensors.push_back({"weight", {static_cast<std::int64_t>(problem_.features)}, 0, false});
    layout_.parameters = problem_.features;
  }

  /// `samples_each` samples a node: normal features, targets of a normal model with noise and a shift that differs from
  /// node to node, so that the nodes disagree.
  [[nodiscard]] static problem random_problem(std::uint32_t nodes, std::uint32_t samples_each, std::size_t features,
                                              std::uint64_t seed = 1) {
    problem p;
    p.features = features;
    random_stream random(seed, purpose::synthetic_data);
    std::vector<double> truth(features);
    for (double& t : truth)
      t = random.normal();
    for (std::uint32_t i = 0; i < nodes; ++i) {
      const double shift = random.normal();
      auto& shard = p.shards.emplace_back();
      for (std::uint32_t s = 0; s < samples_each; ++s) {
        double target = shift + 0.1 * random.normal();
        for (std::size_t k = 0; k < features; ++k) {
          p.inputs.push_back(static_cast<float>(random.normal()));
          target += truth[k] * p.inputs.back();
        }
        shard.push_back(static_cast<std::uint32_t>(p.targets.size()));
        p.targets.push_back(static_cast<float>(target));
      }
    }
    return p;
  }

  [[nodiscard]] const problem& data() const { return problem_; }

  /// Mean loss over the samples; writes the mean gradient to `out` unless it is empty. In double precision inside.
  template <class Real>
  double loss(std::span<const Real> x, std::span<Real> out, std::span<const std::uint32_t> samples) const {
    std::vector<double> sum(problem_.features, 0.0);
    double total = 0;
    for (const auto s : samples) {
      const float* row = problem_.inputs.data() + s * problem_.features;
      const double residual = std::inner_product(x.begin(), x.end(), row, -static_cast<double>(problem_.targets[s]));
      total += residual * residual / 2;
      for (std::size_t k = 0; k < problem_.features; ++k)
        sum[k] += residual * row[k];
    }
    for (std::size_t k = 0; k < out.size(); ++k)
      out[k] = static_cast<Real>(sum[k] / static_cast<double>(samples.size()));
    return total / static_cast<double>(samples.size());
  }

  /// The samples of one batch of a node.
  [[nodiscard]] std::vector<std::uint32_t> batch(node_id node, std::uint64_t number) const {
    const auto& shard = problem_.shards[node];
    return problem_.full_batch ? shard : problem_.sampler.batches(node, shard, number, 1).at(0);
  }

  [[nodiscard]] const learning::vector_layout& layout() const override { return layout_; }
  [[nodiscard]] std::size_t optimizer_vectors() const override { return problem_.optimizer.vectors(); }
  void initial_parameters(node_id, std::span<float> out) const override { std::fill(out.begin(), out.end(), 0.0F); }

  [[nodiscard]] std::unique_ptr<learning::trainer> make_trainer() const override {
    return std::make_unique<function_trainer>(
        problem_.optimizer,
        [this](node_id node, std::span<const float> point, std::span<float> out, std::uint64_t number) {
          return loss<float>(point, out, batch(node, number));
        },
        [this](node_id node, std::span<const float> point, learning::test_set on) {
          if (on == learning::test_set::local)
            return loss<float>(point, {}, problem_.shards[node]);
          std::vector<std::uint32_t> all(problem_.targets.size());
          std::iota(all.begin(), all.end(), 0U);
          return loss<float>(point, {}, all);
        });
  }

  [[nodiscard]] result<void> save(std::span<const float> model, const std::filesystem::path& file) const override {
    return save_floats(model, file);
  }

private:
  problem problem_;
  learning::vector_layout layout_;
};

} // namespace rhizome::test
