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
    if (!values && zeros_ != 0) {
      job_.zeros.resize(next_ + 1U);
      job_.zeros[next_] = zeros_;
    }
    job_.inputs.emplace_back(next_, std::move(values));
    return next_++;
  }
  /// Inputs of zeros that are made from now on have so many; 0: as many as the model. Returns what was before.
  std::size_t set_zeros(std::size_t floats) { return std::exchange(zeros_, floats); }
  /// A register that a step writes first.
  slot fresh() { return next_++; }
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
  std::size_t zeros_ = 0;
};

} // namespace rhizome::learning
