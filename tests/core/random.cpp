#include "core/random.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "tests/support/doctest.hpp"

using rhizome::purpose;
using rhizome::random_stream;

TEST_CASE("a stream is a function of seed, purpose, subject and index") {
  const auto first = [](auto... args) { return random_stream(args...).bits64(); };
  const auto reference = first(1u, purpose::batches, 2u, 3u);
  CHECK(first(1u, purpose::batches, 2u, 3u) == reference);
  CHECK(first(2u, purpose::batches, 2u, 3u) != reference);
  CHECK(first(1u, purpose::dropout, 2u, 3u) != reference);
  CHECK(first(1u, purpose::batches, 3u, 3u) != reference);
  CHECK(first(1u, purpose::batches, 2u, 4u) != reference);
}

TEST_CASE("bounded numbers are uniform") {
  random_stream random(7, purpose::topology);
  std::vector<int> counts(10);
  for (int i = 0; i < 100'000; ++i)
    ++counts[random.below(10)];
  for (const int count : counts)
    CHECK(std::abs(count - 10'000) < 500);
}

TEST_CASE("normal and gamma numbers have their moments") {
  random_stream random(7, purpose::synthetic_data);
  constexpr int n = 200'000;
  double sum = 0, squares = 0, gammas = 0, small_gammas = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
    gammas += random.gamma(3);
    small_gammas += random.gamma(0.2);
  }
  CHECK(sum / n == doctest::Approx(0).epsilon(0.01));
  CHECK(squares / n == doctest::Approx(1).epsilon(0.01));
  CHECK(gammas / n == doctest::Approx(3).epsilon(0.01));
  CHECK(small_gammas / n == doctest::Approx(0.2).epsilon(0.03));
}

TEST_CASE("a shuffle keeps every element") {
  std::vector<int> values(100);
  std::iota(values.begin(), values.end(), 0);
  auto shuffled = values;
  random_stream(3, purpose::batches).shuffle(std::span(shuffled));
  CHECK(shuffled != values);
  std::sort(shuffled.begin(), shuffled.end());
  CHECK(shuffled == values);
}
