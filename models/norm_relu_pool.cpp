#include "models/detail/norm_relu_pool.hpp"

#include <ATen/Functions.h>
#include <torch/csrc/autograd/custom_function.h>

#include "models/detail/norm_relu_pool_kernels.hpp"

namespace rhizome::models::detail {

namespace {

namespace autograd = torch::autograd;

image_shape shape_of(const at::Tensor& x, std::int64_t groups) {
  const auto extent = [&](std::int64_t dimension) { return static_cast<std::size_t>(x.size(dimension)); };
  return {extent(0), extent(1), extent(2), extent(3), static_cast<std::size_t>(groups)};
}

/// The tensors behind a pooled_memory.
struct memory_tensors {
  at::Tensor peak, winner, statistics; ///< statistics: [2, samples, groups], means and inverse deviations

  [[nodiscard]] pooled_memory pointers() const {
    float* means = statistics.data_ptr<float>();
    return {peak.data_ptr<float>(), winner.data_ptr<std::uint8_t>(), means, means + statistics.numel() / 2};
  }
};

struct function : autograd::Function<function> {
  static at::Tensor forward(autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, std::int64_t groups) {
    const at::Tensor in = x.contiguous();
    at::Tensor out = at::empty({in.size(0), in.size(1), in.size(2) / 2, in.size(3) / 2}, in.options());
    const memory_tensors memory{at::empty_like(out), at::empty_like(out, at::kByte),
                                at::empty({2, in.size(0), groups}, in.options())};
    norm_relu_pool_forward(shape_of(in, groups), in.data_ptr<float>(), weight.data_ptr<float>(), bias.data_ptr<float>(),
                           out.data_ptr<float>(), memory.pointers());
    context->save_for_backward({in, weight, memory.peak, memory.winner, memory.statistics});
    context->saved_data["groups"] = groups;
    return out;
  }

  static autograd::variable_list backward(autograd::AutogradContext* context, autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &in = saved[0], &weight = saved[1];
    const memory_tensors memory{saved[2], saved[3], saved[4]};
    const at::Tensor out_gradient = gradients[0].contiguous();
    at::Tensor in_gradient = at::empty_like(in), weight_gradient = at::empty_like(weight),
               bias_gradient = at::empty_like(weight);
    norm_relu_pool_backward(shape_of(in, context->saved_data["groups"].toInt()), out_gradient.data_ptr<float>(),
                            in.data_ptr<float>(), weight.data_ptr<float>(), memory.pointers(),
                            in_gradient.data_ptr<float>(), weight_gradient.data_ptr<float>(),
                            bias_gradient.data_ptr<float>());
    return {in_gradient, weight_gradient, bias_gradient, at::Tensor()};
  }
};

} // namespace

at::Tensor norm_relu_pool(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::int64_t groups) {
  return function::apply(x, weight, bias, groups);
}

} // namespace rhizome::models::detail
