#define RHIZOME_TEST_WITH_TORCH
#include "tests/support/doctest.hpp"

#include <array>
#include <limits>

#include "models/detail/norm_relu_pool.hpp"

namespace {

at::Tensor plain(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return torch::max_pool2d(torch::relu(torch::group_norm(x, 2, weight, bias)), 2);
}

at::Tensor leaf(const at::Tensor& values) {
  return values.detach().clone().requires_grad_();
}

/// Output and the three gradients, by either way.
std::array<at::Tensor, 4> run(bool fused, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                              const at::Tensor& out_gradient) {
  const auto in = leaf(x), w = leaf(weight), b = leaf(bias);
  const auto out = fused ? rhizome::models::detail::norm_relu_pool(in, w, b, 2) : plain(in, w, b);
  out.backward(out_gradient);
  return {out.detach(), in.grad(), w.grad(), b.grad()};
}

void check_equal(const at::Tensor& x, double tolerance) {
  const auto weight = torch::randn({x.size(1)}), bias = torch::randn({x.size(1)});
  const auto out_gradient = torch::randn({x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2});
  const auto ours = run(true, x, weight, bias, out_gradient), theirs = run(false, x, weight, bias, out_gradient);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    CAPTURE(i);
    CHECK(torch::allclose(ours[i], theirs[i], 1e-4, tolerance));
  }
}

} // namespace

TEST_CASE("the fused layer equals PyTorch's three, with odd and even, narrow and wide images") {
  torch::manual_seed(1);
  for (const auto& [height, width] :
       {std::pair{2, 2}, {3, 3}, {7, 7}, {14, 14}, {28, 28}, {9, 12}, {12, 9}, {6, 70}, {5, 67}, {32, 32}}) {
    CAPTURE(height);
    CAPTURE(width);
    check_equal(torch::randn({3, 6, height, width}) * 2 + 1, 2e-4);
  }
}

TEST_CASE("ties go where PyTorch's go") {
  torch::manual_seed(2);
  check_equal(torch::randint(0, 3, {4, 4, 10, 10}).to(torch::kFloat), 1e-4);
}

TEST_CASE("a large mean costs no digits") {
  torch::manual_seed(3);
  check_equal(torch::randn({2, 4, 8, 8}) + 1000, 1e-2);
}

TEST_CASE("a NaN goes through to the whole group's output") {
  auto x = torch::randn({1, 4, 8, 8});
  x[0][1][5][2] = std::numeric_limits<float>::quiet_NaN();
  const auto out = rhizome::models::detail::norm_relu_pool(x, torch::ones({4}), torch::zeros({4}), 2);
  CHECK(out.isnan()[0].slice(0, 0, 2).all().item<bool>());
  CHECK_FALSE(out.isnan()[0].slice(0, 2, 4).any().item<bool>());
}
