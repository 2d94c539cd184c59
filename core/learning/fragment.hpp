#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/learning/flat_vector.hpp"
#include "core/types.hpp"

namespace rhizome::learning {

/// What a fragment is, within its algorithm. An algorithm numbers further kinds from `first_own` on.
enum class fragment_kind : std::uint16_t {
  model = 0,      ///< a model, or the part of it that the sharing strategy sends; without a payload: "nothing this
                  ///< round" (the sender is isolated, or does not take part)
  first_own = 16, ///< the first number that algorithms may use as they like
};

/// How a payload's bytes are to be read on the wire.
enum class codec : std::uint16_t {
  empty = 0, ///< no payload
  dense = 1, ///< all values, float32, little-endian
  bytes = 2, ///< a form of its own, which the run's sharing strategy or algorithm can read
};

/// What a fragment carries: immutable, encoded once whoever receives it, shared by reference inside a process.
struct payload {
  codec encoding = codec::empty;
  snapshot values;              ///< dense: the vector itself
  std::vector<std::byte> bytes; ///< codec::bytes: the encoded form
  std::vector<double> scalars;  ///< small side values, such as a push-sum weight
  snapshot buffers = {};        ///< the sender's float buffers, where they travel apart from what is shared

  /// Size of the payload on the wire in bytes, without the fragment's header.
  [[nodiscard]] std::size_t wire_size() const noexcept;
};
using payload_ptr = std::shared_ptr<const payload>;

/// A payload that is the vector itself, by reference.
[[nodiscard]] payload_ptr dense_payload(snapshot values, std::vector<double> scalars = {});

/// A payload in a form of its own.
[[nodiscard]] payload_ptr bytes_payload(std::vector<std::byte> bytes);

/// One message between nodes.
struct fragment {
  node_id sender = 0;
  round_number round = 0; ///< or the sender's own count, in asynchronous algorithms
  fragment_kind kind = fragment_kind::model;
  bool replaceable = false; ///< a later one may take its place in a queue; only asynchronous full models say so
  payload_ptr body;         ///< null: an empty notice

  /// Size on the wire in bytes: header and payload.
  [[nodiscard]] std::size_t wire_size() const noexcept;
};

/// Bytes of a fragment's header on the wire (core/sharing/wire.hpp).
inline constexpr std::size_t fragment_header_size = 48;

} // namespace rhizome::learning
