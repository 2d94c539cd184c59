#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace rhizome {

/// What random numbers are drawn for. Each purpose has its own numbers, so that drawing more of one never shifts
/// another. Append only: the values are part of what a seed means.
enum class purpose : std::uint32_t {
  partition = 1,      ///< which samples a node gets
  initialisation = 2, ///< initial parameters
  batches = 3,        ///< the order of a node's samples; index = epoch
  dropout = 4,        ///< dropout masks; index = the node's step
  topology = 5,       ///< graphs; index = round
  synthetic_data = 6, ///< samples of a synthetic data set
  evaluation = 7,     ///< which nodes and test samples are evaluated
  algorithm = 8,      ///< choices of a learning algorithm, such as a random peer; index = the node's count
  sharing = 9,        ///< choices of a sharing strategy
  peer_sampling = 10, ///< whom a node asks for further peers; index = round
};

/// A stream of random numbers that is a pure function of (seed, purpose, subject, index): Philox4x32-10 with
/// key = seed and counter = (purpose, subject, index, block). Salmon et al., "Parallel random numbers: as easy as
/// 1, 2, 3", SC'11. Uniform, normal and shuffle are the project's own, because those of the standard library differ
/// between implementations.
class random_stream {
public:
  static constexpr unsigned most_blocks = 16; ///< that are made at once

  random_stream(std::uint64_t seed, purpose what, std::uint32_t subject = 0, std::uint32_t index = 0) noexcept;

  /// 32 random bits.
  std::uint32_t bits32() noexcept {
    if (used_ == made_)
      refill();
    return numbers_[used_++];
  }

  /// 64 random bits.
  std::uint64_t bits64() noexcept;

  /// Uniform in [0, bound), without bias (Lemire's method). `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound) noexcept;

  /// Uniform in [0, 1), 53 bits.
  double uniform() noexcept;

  /// Normal with mean 0 and variance 1 (Box-Muller).
  double normal() noexcept;

  /// Gamma with the given shape and scale 1 (Marsaglia and Tsang, 2000). `shape` is positive.
  double gamma(double shape) noexcept;

  /// A uniformly random order (Fisher-Yates).
  template <class T>
  void shuffle(std::span<T> values) noexcept {
    for (std::size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[below(i)]);
  }

private:
  void refill() noexcept;

  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4 * most_blocks> numbers_{};
  unsigned used_ = 0;
  unsigned made_ = 0;
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

} // namespace rhizome
