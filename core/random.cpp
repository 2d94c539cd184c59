#include "core/random.hpp"

#include <cmath>
#include <numbers>

#include <Random123/philox.h>

#include "core/vectorised.hpp"

namespace rhizome {

namespace {

using key_type = std::array<std::uint32_t, 2>;
using counter_type = std::array<std::uint32_t, 4>;

/// N blocks from this counter on. With N known the compiler makes them in the lanes of vectors.
template <unsigned N>
[[gnu::always_inline]] inline void make_blocks(std::uint32_t* __restrict out, key_type key, counter_type counter) {
  for (unsigned i = 0; i < N; ++i) {
    const auto block = r123::Philox4x32{}({{counter[0], counter[1], counter[2], counter[3] + i}}, {{key[0], key[1]}});
    for (unsigned j = 0; j < 4; ++j)
      out[4 * i + j] = block[j];
  }
}

RHIZOME_VECTORISED void make_many_blocks(std::uint32_t* __restrict out, key_type key, counter_type counter) {
  make_blocks<random_stream::most_blocks>(out, key, counter);
}

} // namespace

random_stream::random_stream(std::uint64_t seed, purpose what, std::uint32_t subject, std::uint32_t index) noexcept
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{static_cast<std::uint32_t>(what), subject, index, 0} {}

void random_stream::refill() noexcept {
  // Many streams are asked for a number or two; whoever comes back gets many blocks at a time.
  const unsigned blocks = counter_[3] == 0 ? 1 : most_blocks;
  if (blocks == 1)
    make_blocks<1>(numbers_.data(), key_, counter_);
  else
    make_many_blocks(numbers_.data(), key_, counter_);
  counter_[3] += blocks;
  used_ = 0;
  made_ = 4 * blocks;
}

std::uint64_t random_stream::bits64() noexcept {
  const std::uint64_t low = bits32();
  return low | (static_cast<std::uint64_t>(bits32()) << 32);
}

std::uint64_t random_stream::below(std::uint64_t bound) noexcept {
  // Lemire, "Fast random integer generation in an interval", 2019: the high half of a product, rejecting the few
  // low halves that would make some values more likely.
  for (;;) {
    __extension__ using wide = unsigned __int128;
    const wide product = static_cast<wide>(bits64()) * bound;
    // Those that are rejected are below 2^64 mod bound, and so below bound: the division is seldom needed.
    const auto low = static_cast<std::uint64_t>(product);
    if (low >= bound || low >= (0 - bound) % bound)
      return static_cast<std::uint64_t>(product >> 64);
  }
}

double random_stream::uniform() noexcept {
  return static_cast<double>(bits64() >> 11) * 0x1.0p-53;
}

double random_stream::normal() noexcept {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_normal_ = true;
  return radius * std::cos(angle);
}

double random_stream::gamma(double shape) noexcept {
  if (shape < 1) // boost: Gamma(a) = Gamma(a + 1) * U^(1/a)
    return gamma(shape + 1) * std::pow(1 - uniform(), 1 / shape);
  const double d = shape - 1.0 / 3.0;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(1 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v))
      return d * v;
  }
}

} // namespace rhizome
