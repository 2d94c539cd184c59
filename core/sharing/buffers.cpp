#include "core/sharing/buffers.hpp"

#include <utility>

namespace rhizome::sharing {

namespace {

using learning::job_builder;
using learning::slot;

/// Inputs of zeros that are made while it lives are as long as the parameters.
class zeros_of_parameters {
public:
  zeros_of_parameters(job_builder& job, const vector_parts& parts)
      : job_(job), before_(job.set_zeros(parts.parameters)) {}
  zeros_of_parameters(const zeros_of_parameters&) = delete;
  zeros_of_parameters& operator=(const zeros_of_parameters&) = delete;
  ~zeros_of_parameters() { job_.set_zeros(before_); }

private:
  job_builder& job_;
  std::size_t before_;
};

class buffers_apart final : public strategy {
public:
  buffers_apart(std::unique_ptr<strategy> inner, bool averaged, const vector_parts& parts)
      : inner_(std::move(inner)), averaged_(averaged), parts_(parts) {}

  void plan_training(job_builder& job, slot model) override {
    const slot parameters = parameters_of(job, model);
    const zeros_of_parameters zeros(job, parts_);
    inner_->plan_training(job, parameters);
  }

  void plan_send(job_builder& job, slot model, const learning::round_view& view) override {
    const slot parameters = parameters_of(job, model);
    const auto first_payload = job.payloads();
    {
      const zeros_of_parameters zeros(job, parts_);
      inner_->plan_send(job, parameters, view);
    }
    if (!averaged_ || view.out.empty())
      return;
    const slot buffers = buffers_of(job, model);
    for (auto i = first_payload; i < job.payloads(); ++i)
      job.add(learning::attach_step{i, buffers});
    buffers_output_ = job.output(buffers);
  }

  std::vector<outgoing> sends(const learning::job_result& result, const learning::round_view& view) override {
    auto all = inner_->sends(result, view);
    for (auto& [body, receivers] : all)
      if (averaged_ && body && !body->buffers) { // made of what was encoded, or of nothing: it has none yet
        auto attached = std::make_shared<learning::payload>(*body);
        attached->buffers = result.outputs.at(buffers_output_);
        body = std::move(attached);
      }
    return all;
  }

  slot plan_receive(job_builder& job, slot own, double own_weight, std::vector<incoming> received,
                    const learning::aggregation_rule_ptr& rule) override {
    const slot own_buffers = buffers_of(job, own);
    const slot buffers = averaged_ ? mix(job, own_buffers, own_weight, received) : own_buffers;
    slot parameters = parameters_of(job, own);
    {
      const zeros_of_parameters zeros(job, parts_);
      parameters = inner_->plan_receive(job, parameters, own_weight, std::move(received), rule);
    }
    const slot out = job.fresh();
    job.add(learning::join_step{parameters, buffers, out});
    return out;
  }

  bool has_second_phase() const override { return inner_->has_second_phase(); }
  std::vector<learning::send> close(closed_exchange exchange) override { return inner_->close(std::move(exchange)); }
  std::vector<learning::send> on_message(const learning::fragment& message) override {
    return inner_->on_message(message);
  }
  void on_peer_changed(node_id peer) override { inner_->on_peer_changed(peer); }
  std::vector<node_id> waiting_for() const override { return inner_->waiting_for(); }
  std::uint64_t other_bytes() const override { return inner_->other_bytes(); }

  void save(learning::state& to) const override { inner_->save(to); }
  void load(const learning::state& from) override { inner_->load(from); }

private:
  slot parameters_of(job_builder& job, slot model) const {
    const slot out = job.fresh();
    job.add(learning::part_step{model, out, 0, parts_.parameters});
    return out;
  }
  slot buffers_of(job_builder& job, slot model) const {
    const slot out = job.fresh();
    job.add(learning::part_step{model, out, parts_.parameters, parts_.buffers});
    return out;
  }

  slot mix(job_builder& job, slot own, double own_weight, const std::vector<incoming>& received) const {
    learning::combine_step sum;
    sum.terms.emplace_back(own, 0.0F);
    double remaining = own_weight; // with what rounding the others to float has changed
    for (const auto& [fragment, weight] : received) {
      const float rounded = fragment.body->buffers ? static_cast<float>(weight) : 0;
      remaining += weight - static_cast<double>(rounded);
      if (fragment.body->buffers)
        sum.terms.emplace_back(job.input(fragment.body->buffers), rounded);
    }
    sum.terms.front().second = static_cast<float>(remaining);
    sum.out = job.fresh();
    const slot out = sum.out;
    job.add(std::move(sum));
    return out;
  }

  std::unique_ptr<strategy> inner_;
  bool averaged_;
  vector_parts parts_;
  std::size_t buffers_output_ = 0; ///< where in a job's outputs they stand
};

} // namespace

buffer_use buffer_use_of(std::string_view name) {
  if (name == "averaged")
    return buffer_use::averaged;
  return name == "local" ? buffer_use::local : buffer_use::shared;
}

std::unique_ptr<strategy> with_buffers(std::unique_ptr<strategy> inner, buffer_use use, const vector_parts& parts) {
  if (use == buffer_use::shared || parts.buffers == 0)
    return inner;
  return std::make_unique<buffers_apart>(std::move(inner), use == buffer_use::averaged, parts);
}

} // namespace rhizome::sharing
