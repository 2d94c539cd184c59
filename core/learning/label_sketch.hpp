#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/types.hpp"

namespace rhizome::learning {

// What a node tells others of its labels, and how alike two nodes are by it.

/// Numbers of each label as they are, with noise, or a sketch of a few bits.
enum class reveal : std::uint8_t { histogram, noisy, sketch };

struct reveal_options {
  reveal what = reveal::histogram;
  double epsilon = 1;      ///< of the noise
  std::uint32_t bits = 64; ///< of a sketch
};

/// A histogram as float32 bits, or the bits of a sketch. All nodes' are of the same size.
using descriptor = std::vector<std::uint32_t>;

/// The descriptor of a node with so many samples of each label. Noise is of a Laplace distribution of scale 1/epsilon:
/// one sample more or less changes one count by 1, so this is epsilon-differentially private (Dwork et al., 2006)
/// towards those who do not know the seed. Bit b of a sketch says on which side of the b-th of some random planes, the
/// same for all nodes, the histogram lies (Charikar, "Similarity estimation techniques from rounding algorithms",
/// 2002).
[[nodiscard]] descriptor describe(const reveal_options& how, const std::vector<std::uint64_t>& counts,
                                  std::uint64_t seed, node_id node);

/// The cosine of the angle between two histograms, or what their sketches say of it.
[[nodiscard]] double similarity(const reveal_options& how, const descriptor& a, const descriptor& b);

/// Whether such numbers have a similarity to others: infinities and NaN have none.
[[nodiscard]] bool is_comparable(const reveal_options& how, std::span<const std::uint32_t> numbers);

} // namespace rhizome::learning
