#pragma once

#include <utility>
#include <vector>

#include "core/learning/job.hpp"

namespace rhizome::learning {

/// Writes a job: numbers its registers, and tells where results will stand.
class job_builder {
public:
  job_builder(node_id node, round_number round) {
    job_.node = node;
    job_.round = round;
  }

  [[nodiscard]] node_id node() const noexcept { return job_.node; }
  /// The round that the job trains, shares or, after the last one, ends.
  [[nodiscard]] round_number round() const noexcept { return job_.round; }

  /// A register that starts with `values`; null: with zeros.
  slot input(snapshot values) {
    const slot made = fresh();
    job_.inputs.emplace_back(made, std::move(values));
    return made;
  }
  /// A register that a step writes first.
  slot fresh() {
    if (size_ != 0) {
      job_.sizes.resize(next_ + 1U);
      job_.sizes[next_] = size_;
    }
    return next_++;
  }
  /// Registers that are made from now on hold so many floats; 0: as many as the model. Returns what was before.
  std::size_t set_size(std::size_t floats) { return std::exchange(size_, floats); }
  void add(step s) { job_.steps.emplace_back(std::move(s)); }
  /// Copies a register, so that a later step in place does not change it.
  slot copy(slot from) {
    const slot to = fresh();
    add(combine_step{to, {{from, 1.0F}}});
    return to;
  }
  /// Keeps a register: its index in job_result::outputs.
  std::size_t output(slot s) {
    job_.outputs.push_back(s);
    return job_.outputs.size() - 1;
  }
  /// Encodes registers: the index in job_result::payloads.
  std::size_t encode(std::vector<slot> in, std::shared_ptr<const encoder> with) {
    add(encode_step{std::move(in), std::move(with)});
    return payloads_++;
  }
  /// How many payloads are encoded so far.
  [[nodiscard]] std::size_t payloads() const noexcept { return payloads_; }
  [[nodiscard]] job build() { return std::move(job_); }

private:
  job job_;
  slot next_ = 0;
  std::size_t payloads_ = 0;
  std::size_t size_ = 0;
};

} // namespace rhizome::learning
