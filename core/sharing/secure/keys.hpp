#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/types.hpp"

namespace rhizome::sharing::secure {

/// A secret or public key, a seed or a share of one.
using key = std::array<std::uint8_t, 32>;

/// The public key of a secret one: X25519 (RFC 7748).
[[nodiscard]] key public_key_of(const key& secret);

/// The point that two nodes have in common: X25519 of one's secret key and the other's public one. Throws
/// std::invalid_argument for a public key that nobody can have made, one of a point of small order.
[[nodiscard]] key shared_point(const key& secret, const key& other);

/// A key made of another one: BLAKE2b with the label, of at most 16 characters, as its personal string.
[[nodiscard]] key derive(const key& from, std::string_view label, std::span<const std::uint32_t> context);

/// Bytes of a ChaCha20 stream (RFC 8439) with a nonce of zeros: each key is used for one stream only.
[[nodiscard]] std::vector<std::uint8_t> key_stream(const key& from, std::size_t size);

/// What only the holder of the key can have written, and nobody else can read (ChaCha20-Poly1305, RFC 8439); bound to
/// `context`, which the reader must know. A key seals one box only.
inline constexpr std::size_t seal_size = 16; ///< bytes that a box is longer than its content
[[nodiscard]] std::vector<std::uint8_t> seal(const key& with, std::span<const std::uint8_t> content,
                                             std::span<const std::uint8_t> context);
/// The content; nothing if the box, its key or its context is another one.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> open(const key& with, std::span<const std::uint8_t> box,
                                                            std::span<const std::uint8_t> context);

/// A node's secret key as a function of the run's seed, so that every byte of a run can be made again. Who knows the
/// seed knows all keys: docs/security.md says what that means.
[[nodiscard]] key simulated_secret(std::uint64_t seed, node_id node);

/// Where a node finds the public keys of others.
using directory = std::function<key(node_id)>;
[[nodiscard]] directory simulated_directory(std::uint64_t seed);

/// The sum that a key is for: of the models that a receiver gets in a round.
struct sum_id {
  node_id receiver = 0;
  round_number round = 0;

  friend bool operator==(const sum_id&, const sum_id&) = default;
};

/// The keys of one node. What it has in common with another node is computed once. It can be asked from any thread.
class key_ring {
public:
  key_ring(node_id self, const key& secret, directory others);

  [[nodiscard]] node_id self() const noexcept { return self_; }
  /// Of the mask that this node and another one put on their models for one sum: both have the same.
  [[nodiscard]] key mask(node_id other, sum_id sum) const;
  /// Of the box that `from` fills for `to`, one of whom is this node.
  [[nodiscard]] key box(node_id from, node_id to, sum_id sum) const;
  /// Of the random numbers by which this node shares the key of its mask with `other`.
  [[nodiscard]] key sharing(node_id other, sum_id sum) const;

private:
  [[nodiscard]] key in_common(node_id other) const;

  node_id self_;
  key secret_;
  directory others_;
  mutable std::mutex mutex_;
  mutable std::map<node_id, key> known_;
};

} // namespace rhizome::sharing::secure
