#include "core/learning/kernels.hpp"

#include <cmath>
#include <vector>

#include "core/random.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::learning;

namespace {

// Around one block of the sum, around a vector register, and empty.
const std::vector<std::size_t> sizes{0, 1, 7, 8, 9, 100, 2047, 2048, 2049, 10'007};

std::vector<float> normals(std::size_t n, std::uint32_t subject) {
  random_stream random(5, purpose::synthetic_data, subject);
  std::vector<float> result(n);
  for (float& v : result)
    v = static_cast<float>(random.normal());
  return result;
}

} // namespace

TEST_CASE("a weighted sum is that of double precision, rounded") {
  for (const auto n : sizes) {
    const auto a = normals(n, 1), b = normals(n, 2), c = normals(n, 3);
    const std::vector<weighted_vector> terms{{a, 0.5F}, {b, -0.25F}, {c, 3.0F}};
    std::vector<float> out(n, 99.0F);
    weighted_sum(out, terms);
    for (std::size_t i = 0; i < n; ++i) {
      const double exact = 0.5 * a[i] - 0.25 * b[i] + 3.0 * c[i];
      CHECK(std::abs(out[i] - exact) <= 1e-6 * (std::abs(a[i]) + std::abs(b[i]) + 3 * std::abs(c[i])));
    }
    // The sum may be written over a term, and without terms it is zero.
    auto in_place = b;
    weighted_sum(in_place, std::vector<weighted_vector>{{a, 0.5F}, {in_place, -0.25F}, {c, 3.0F}});
    CHECK(in_place == out);
    weighted_sum(out, {});
    CHECK(out == std::vector<float>(n, 0.0F));
  }
}

TEST_CASE("terms are added in their order") {
  for (const auto n : sizes) {
    const std::vector<float> large(n, 1e8F), one(n, 1.0F), minus(n, -1e8F);
    std::vector<float> out(n);
    weighted_sum(out, std::vector<weighted_vector>{{large, 1.0F}, {one, 1.0F}, {minus, 1.0F}});
    CHECK(out == std::vector<float>(n, 0.0F)); // 1e8 + 1 rounds to 1e8
    weighted_sum(out, std::vector<weighted_vector>{{large, 1.0F}, {minus, 1.0F}, {one, 1.0F}});
    CHECK(out == one);
  }
}

TEST_CASE("a squared distance is summed in double precision") {
  for (const auto n : sizes) {
    auto a = normals(n, 1), b = normals(n, 2);
    long double exact = 0;
    for (std::size_t i = 0; i < n; ++i)
      exact += std::pow(static_cast<long double>(a[i]) - b[i], 2);
    CHECK(squared_distance(a, b) == doctest::Approx(static_cast<double>(exact)).epsilon(1e-13));
    CHECK(squared_distance(a, a) == 0);
  }
  const std::vector<float> a{1e20F, 0}, b{-1e20F, 0}; // would overflow in float
  CHECK(squared_distance(a, b) == doctest::Approx(4e40).epsilon(1e-6));
}
