#include "core/learning/runner.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <xxhash.h>

#include "core/learning/aggregation.hpp"
#include "core/learning/kernels.hpp"
#include "core/learning/optimizer.hpp"
#include "core/sharing/strategy.hpp"

namespace rhizome::learning {

namespace {

/// The registers of one job.
class registers {
public:
  registers(vector_pool& pool, const job& of) : pool_(pool), job_(of) {}

  void set(slot s, snapshot values) { at(s) = cell{std::move(values), nullptr}; }

  /// For reading.
  std::span<const float> read(slot s) {
    if (!at(s).own && !at(s).shared)
      write(s); // an input without a vector: zeros
    const cell& c = at(s);
    return c.own ? std::as_const(*c.own).values() : c.shared->values();
  }

  /// For writing in place: the only reference is taken over, a shared vector is copied, none becomes zeros.
  std::span<float> write(slot s) {
    cell& c = at(s);
    if (!c.own && c.shared) {
      if (c.shared.use_count() == 1) {
        // Whoever gave up the last other reference did so with a release; counting one more and one less acquires it.
        // (A fence would do, but ThreadSanitizer does not know fences.)
        snapshot(c.shared).reset();
        c.own = std::const_pointer_cast<flat_vector>(std::move(c.shared));
      } else {
        c.own = pool_.copy(c.shared->values());
      }
      c.shared.reset();
    } else if (!c.own) {
      c.own = blank(job_.zeros_of(s, pool_.vector_size()));
      std::ranges::fill(c.own->values(), 0.0F);
    }
    return c.own->values();
  }

  /// A vector of the model's size to be overwritten entirely.
  std::shared_ptr<flat_vector> blank() { return pool_.acquire(); }
  /// The same of any size: that of a transformed model, say.
  std::shared_ptr<flat_vector> blank(std::size_t size) { return pool_.acquire(size); }
  void put(slot s, std::shared_ptr<flat_vector> values) { at(s) = cell{nullptr, std::move(values)}; }

  /// Makes the register immutable.
  snapshot freeze(slot s) {
    read(s);
    cell& c = at(s);
    if (c.own)
      c.shared = std::exchange(c.own, nullptr);
    return c.shared;
  }

private:
  struct cell {
    snapshot shared;
    std::shared_ptr<flat_vector> own;
  };
  cell& at(slot s) {
    if (s >= cells_.size())
      cells_.resize(s + 1U);
    return cells_[s];
  }

  vector_pool& pool_;
  const job& job_;
  std::vector<cell> cells_;
};

/// Runs one step after another; adds the time of each to where it belongs.
struct step_runner {
  trainer& backend;
  registers& reg;
  const job& j;
  job_result& result;
  job_times& times;
  double loss_sum = 0;
  std::uint64_t batches = 0;

  void operator()(const train_step& s) {
    const auto model = reg.write(s.model);
    std::vector<std::span<float>> optimizer;
    for (const slot o : s.optimizer)
      optimizer.push_back(reg.write(o));
    bool finite = true;
    loss_sum += s.batches.count * backend.train(j.node, model, optimizer, s.batches, s.optimizer_steps, finite);
    batches += s.batches.count;
    result.finite = result.finite && finite;
  }

  void operator()(const gradient_step& s) {
    auto out = reg.blank();
    const double loss = backend.gradient(j.node, reg.read(s.point), out->values(), s.batches);
    loss_sum += s.batches.count * loss;
    batches += s.batches.count;
    result.finite = result.finite && std::isfinite(loss) && all_finite(out->values());
    reg.put(s.out, std::move(out));
  }

  void operator()(const apply_gradient_step& s) {
    const auto model = reg.write(s.model);
    const auto gradient = reg.write(s.gradient);
    std::vector<std::span<float>> optimizer;
    for (const slot o : s.optimizer)
      optimizer.push_back(reg.write(o));
    result.finite = backend.apply(model, gradient, optimizer, s.step, s.optimizer_steps) && result.finite;
  }

  void operator()(const evaluate_step& s) {
    result.evaluations.push_back(backend.evaluate(j.node, reg.read(s.model), s.on, s.samples));
  }

  void operator()(const combine_step& s) {
    std::vector<weighted_vector> terms;
    for (const auto& [from, weight] : s.terms)
      terms.push_back({reg.read(from), weight});
    auto out = terms.empty() ? reg.blank() : reg.blank(terms.front().values.size());
    weighted_sum(out->values(), terms);
    reg.put(s.out, std::move(out));
  }

  void operator()(const aggregate_step& s) {
    std::vector<weighted_vector> received;
    for (const auto& [from, weight] : s.received)
      received.push_back({reg.read(from), weight});
    const auto own = reg.read(s.own);
    auto out = reg.blank(own.size());
    s.rule->aggregate(out->values(), {own, s.own_weight}, received);
    reg.put(s.out, std::move(out));
  }

  void operator()(const encode_step& s) {
    std::vector<snapshot> in;
    for (const slot from : s.in)
      in.push_back(reg.freeze(from));
    result.payloads.push_back(s.with->encode(in));
  }

  void operator()(const decode_step& s) {
    const auto own = reg.read(s.own);
    auto out = reg.blank(own.size());
    if (const auto decoded = s.with->decode(*s.body, own, out->values()); !decoded)
      throw std::runtime_error(fmt::format("a payload cannot be decoded: {}", decoded.error().message));
    reg.put(s.out, std::move(out));
  }

  void operator()(const transform_step& s) {
    const auto in = reg.read(s.in);
    auto out = reg.blank(s.with->size());
    s.with->apply(in, out->values());
    reg.put(s.out, std::move(out));
  }

  void operator()(const distance_step& s) {
    auto a = reg.read(s.a);
    auto b = reg.read(s.b);
    if (s.entries > 0) {
      a = a.first(s.entries);
      b = b.first(s.entries);
    }
    result.scalars.push_back(squared_distance(a, b));
  }

  void operator()(const hash_step& s) {
    const auto values = reg.read(s.in);
    result.hashes.push_back(XXH3_64bits(values.data(), values.size_bytes()));
  }

  void operator()(const part_step& s) {
    auto out = reg.blank(s.entries);
    std::ranges::copy(reg.read(s.in).subspan(s.first, s.entries), out->values().begin());
    reg.put(s.out, std::move(out));
  }

  void operator()(const join_step& s) {
    const auto front = reg.read(s.front);
    const auto back = reg.read(s.back);
    auto out = reg.blank(front.size() + back.size());
    std::ranges::copy(back, std::ranges::copy(front, out->values().begin()).out);
    reg.put(s.out, std::move(out));
  }

  void operator()(const attach_step& s) {
    auto& body = result.payloads.at(s.payload);
    auto with_buffers = std::make_shared<payload>(*body);
    with_buffers->buffers = reg.freeze(s.buffers);
    body = std::move(with_buffers);
  }
};

/// Where the time of a step belongs.
struct time_of {
  job_times& times;
  std::chrono::nanoseconds& operator()(const train_step&) const { return times.training; }
  std::chrono::nanoseconds& operator()(const gradient_step&) const { return times.training; }
  std::chrono::nanoseconds& operator()(const apply_gradient_step&) const { return times.training; }
  std::chrono::nanoseconds& operator()(const evaluate_step&) const { return times.evaluation; }
  std::chrono::nanoseconds& operator()(const distance_step&) const { return times.other; }
  std::chrono::nanoseconds& operator()(const hash_step&) const { return times.other; }
  template <class Sharing>
  std::chrono::nanoseconds& operator()(const Sharing&) const {
    return times.sharing;
  }
};

} // namespace

job_result job_runner::run(job j) {
  using clock = std::chrono::steady_clock;
  registers reg(*pool_, j);
  for (auto& [s, values] : j.inputs)
    reg.set(s, std::move(values));
  job_result result;
  step_runner run_step{*trainer_, reg, j, result, times_};
  auto before = clock::now();
  for (const auto& s : j.steps) {
    std::visit(run_step, s);
    const auto after = clock::now();
    std::visit(time_of{times_}, s) += after - before;
    before = after;
  }
  if (run_step.batches > 0)
    result.train_loss = run_step.loss_sum / static_cast<double>(run_step.batches);
  for (const slot s : j.outputs)
    result.outputs.push_back(reg.freeze(s));
  return result;
}

} // namespace rhizome::learning
