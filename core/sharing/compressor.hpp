#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/sharing/codec.hpp"
#include "core/sharing/strategy.hpp"
#include "core/types.hpp"

namespace rhizome::sharing {

/// A lossy operator C on vectors, as CHOCO-SGD and quantization use it. Const: shared by all nodes and threads. What is
/// random in it is a function of (seed, sender, round).
class compressor {
public:
  virtual ~compressor() = default;

  /// C(v) as bytes.
  [[nodiscard]] virtual std::vector<std::byte> compress(std::span<const float> v, node_id sender,
                                                        round_number round) const = 0;
  /// out += weight x C(v). bad_data: the bytes are not those of a vector of out's size.
  [[nodiscard]] virtual result<void> add(std::span<const std::byte> bytes, node_id sender, round_number round,
                                         float weight, std::span<float> out) const = 0;
};
using compressor_ptr = std::shared_ptr<const compressor>;

/// An encoder of one vector: C(v).
[[nodiscard]] std::shared_ptr<const learning::encoder> compressing_encoder(compressor_ptr with, node_id sender,
                                                                           round_number round);

/// One C(v) of a sum.
struct compressed_term {
  learning::payload_ptr body;
  node_id sender = 0;
  float weight = 1;
};

/// A decoder that makes own + sum of weight x C(v) over these terms of one round, whatever payload it is given.
[[nodiscard]] std::shared_ptr<const learning::decoder> summing_decoder(compressor_ptr with, round_number round,
                                                                       std::vector<compressed_term> terms);

/// The round(alpha d) entries of greatest magnitude.
[[nodiscard]] compressor_ptr top_k_compressor(codec_ptr with, double alpha);
/// round(alpha d) entries at places that the seed draws; nothing but their values is sent.
[[nodiscard]] compressor_ptr random_k_compressor(codec_ptr with, double alpha, std::uint64_t seed);
/// (||v||_1 / d) sign(v): one bit an entry.
[[nodiscard]] compressor_ptr sign_compressor();
/// QSGD (Alistarh et al., 2017) with s = 2^bits - 1 levels: ||v|| sgn(v_k) xi_k / s, where xi_k is s |v_k| / ||v||
/// rounded up or down at random, so that the mean is right; bits + 1 bits an entry. `damped` divides by 1 + omega,
/// omega = min(d / s^2, sqrt(d) / s), as CHOCO asks for.
[[nodiscard]] compressor_ptr qsgd_compressor(unsigned bits, std::uint64_t seed, bool damped);
/// To the nearest of 2^bits - 1 values between -max|v| and max|v|, 0 among them; `bits` bits an entry.
[[nodiscard]] compressor_ptr uniform_compressor(unsigned bits);
/// Every entry by the codec's values alone.
[[nodiscard]] compressor_ptr value_compressor(codec_ptr with);

} // namespace rhizome::sharing
