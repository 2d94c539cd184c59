#include "core/sharing/secure/shamir.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing::secure;

namespace {

std::vector<share> shares_of(const key& secret, std::size_t count, std::size_t threshold, node_id randomness = 0) {
  return split(secret, count, threshold, key_stream(simulated_secret(5, randomness), (threshold - 1) * sizeof(key)));
}

/// The shares whose bits are set.
std::vector<share> chosen(const std::vector<share>& all, unsigned bits) {
  std::vector<share> some;
  for (std::size_t i = 0; i < all.size(); ++i)
    if ((bits >> i & 1U) != 0)
      some.push_back(all[i]);
  return some;
}

} // namespace

TEST_CASE("any shares of the threshold's number give the secret, and fewer do not") {
  const key secret = simulated_secret(3, 1);
  for (std::size_t count = 1; count <= 7; ++count)
    for (std::size_t threshold = 1; threshold <= count; ++threshold) {
      const auto all = shares_of(secret, count, threshold);
      for (unsigned bits = 1; bits < 1U << count; ++bits) {
        const auto some = chosen(all, bits);
        CHECK((join(some) == secret) == (some.size() >= threshold));
      }
    }
}

TEST_CASE("255 shares can be made, and the last ones give the secret") {
  const key secret = simulated_secret(3, 2);
  const auto all = shares_of(secret, 255, 100);
  CHECK(join(std::span(all).last(100)) == secret);
  CHECK(join(std::span(all).last(99)) != secret);
}

TEST_CASE("one share too few says nothing: whatever the secret, it is evenly distributed") {
  // Shares 1 and 2 of 3, with threshold 3, of two secrets: the values of their bytes over many draws.
  for (const unsigned value : {0U, 255U}) {
    key secret;
    secret.fill(static_cast<std::uint8_t>(value));
    std::array<std::array<double, 256>, 2> seen{};
    constexpr std::uint32_t draws = 2000;
    for (node_id draw = 0; draw < draws; ++draw) {
      const auto all = shares_of(secret, 3, 3, draw);
      for (std::size_t i = 0; i < 2; ++i)
        for (const auto byte : all[i].value)
          ++seen[i][byte];
    }
    for (const auto& counts : seen) {
      constexpr double expected = draws * sizeof(key) / 256.0;
      double chi_square = 0;
      for (const double count : counts)
        chi_square += (count - expected) * (count - expected) / expected;
      CHECK(chi_square > 255 - 100); // 4.4 standard deviations of 22.6
      CHECK(chi_square < 255 + 100);
    }
  }
}

TEST_CASE("with one share too few, every secret is possible") {
  // Two shares of threshold 3 and any third value: each gives another secret, so that none is ruled out.
  const auto all = shares_of(simulated_secret(3, 3), 3, 3);
  std::array<bool, 256> possible{};
  for (unsigned guess = 0; guess < 256; ++guess) {
    auto guessed = all;
    guessed[2].value.fill(static_cast<std::uint8_t>(guess));
    possible[join(guessed)[0]] = true;
  }
  CHECK(std::ranges::count(possible, true) == 256);
}

TEST_CASE("a wrong share gives another secret") {
  const key secret = simulated_secret(3, 4);
  auto all = shares_of(secret, 5, 3);
  all[1].value[7] ^= 0x10;
  CHECK(join(chosen(all, 0b10101)) == secret);
  CHECK(join(chosen(all, 0b00111)) != secret);
  CHECK(join(chosen(all, 0b11111)) != secret);
}
