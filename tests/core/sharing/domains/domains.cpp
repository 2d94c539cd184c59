#include "core/sharing/domains/domain.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/random.hpp"
#include "tests/core/sharing/domains/bases.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::test;

namespace {

std::vector<float> some_vector(std::size_t entries) {
  random_stream random(1, purpose::synthetic_data, static_cast<std::uint32_t>(entries));
  std::vector<float> x(entries);
  for (auto& value : x)
    value = static_cast<float>(random.normal());
  return x;
}

std::vector<float> image(const learning::transform& t, const std::vector<float>& x) {
  std::vector<float> y(t.size());
  t.apply(x, y);
  return y;
}

template <class A, class B>
double distance(const A& a, const B& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return largest;
}

double squared_norm(const std::vector<float>& x) {
  double sum = 0;
  for (const double value : x)
    sum += value * value;
  return sum;
}

constexpr std::size_t large_odd = 83'755;

} // namespace

TEST_CASE("each wavelet's inverse gives the vector back and keeps its length, whatever the number of entries") {
  for (const std::string name : {"haar", "db2", "sym2"})
    for (const unsigned levels : {1U, 4U, 32U})
      for (std::size_t entries = 1; entries <= 71; ++entries) {
        const auto d = entries == 71 ? large_odd : entries;
        CAPTURE(name);
        CAPTURE(levels);
        CAPTURE(d);
        const auto basis = sharing::wavelet_domain(d, name, levels);
        const auto x = some_vector(d);
        const auto y = image(*basis.forward, x);
        CHECK(y.size() == d);
        CHECK(distance(image(*basis.inverse, y), x) < 4e-6);
        CHECK(squared_norm(y) == doctest::Approx(squared_norm(x)).epsilon(1e-5));
      }
}

TEST_CASE("wavelet coefficients are those of the filters over a periodic signal") {
  for (const std::string name : {"haar", "db2", "sym2"})
    for (const unsigned levels : {1U, 3U, 32U})
      for (std::size_t d = 1; d <= 40; ++d) {
        CAPTURE(name);
        CAPTURE(levels);
        CAPTURE(d);
        const auto x = some_vector(d);
        const auto expected = dense_wavelet(d, name, levels).forward({x.begin(), x.end()});
        CHECK(distance(image(*sharing::wavelet_domain(d, name, levels).forward, x), expected) < 4e-6);
      }
}

TEST_CASE("a wavelet with two vanishing moments has no details in a straight line, but where it begins again") {
  std::vector<float> line(64);
  for (std::size_t i = 0; i < line.size(); ++i)
    line[i] = static_cast<float>(i);
  const auto y = image(*sharing::wavelet_domain(line.size(), "db2", 1).forward, line);
  for (std::size_t k = 32; k < 63; ++k)
    CHECK(std::abs(y[k]) < 1e-4);
  CHECK(std::abs(y[63]) > 1);
}

TEST_CASE("the inverse Fourier transform gives the vector back for even and odd numbers of entries") {
  for (std::size_t entries = 1; entries <= 71; ++entries) {
    const auto d = entries == 71 ? large_odd : entries;
    CAPTURE(d);
    const auto basis = sharing::fourier_domain(d);
    const auto x = some_vector(d);
    CHECK(distance(image(*basis.inverse, image(*basis.forward, x)), x) < 4e-6);
  }
}

TEST_CASE("Fourier coefficients are those of the vector with zeros up to a number that has small factors") {
  const auto padded = [](std::size_t d) { return sharing::fourier_domain(d).forward->size() - 2; };
  CHECK(padded(1) == 2);
  CHECK(padded(12) == 12);
  CHECK(padded(13) == 16);
  CHECK(padded(83'754) == 86'400);
  for (std::size_t d = 1; d <= 40; ++d) {
    CAPTURE(d);
    const auto x = some_vector(d);
    const auto basis = dense_fourier(d, padded(d));
    const auto y = basis.forward({x.begin(), x.end()});
    CHECK(distance(image(*sharing::fourier_domain(d).forward, x), y) < 4e-6);
    CHECK(distance(basis.inverse(y), x) < 1e-12);
  }
}

TEST_CASE("threads and vectors of other sizes between them do not change a Fourier transform") {
  const auto small = sharing::fourier_domain(30), large = sharing::fourier_domain(100);
  const auto x = some_vector(30);
  const auto once = image(*small.forward, x);
  static_cast<void>(image(*large.forward, some_vector(100)));
  CHECK(image(*small.forward, x) == once);
  std::vector<float> elsewhere;
  std::thread([&] { elsewhere = image(*small.forward, x); }).join();
  CHECK(elsewhere == once);
}
