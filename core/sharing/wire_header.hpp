#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include <xxhash.h>
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h> // the same sums by the widest vectors that the processor has: twice as fast and more
#endif

#include "core/sharing/wire.hpp"

// The headers of wire.hpp as structs: for the writer and the reader only.
namespace rhizome::sharing::detail {

static_assert(std::endian::native == std::endian::little, "the wire format is little-endian, written by memcpy");
static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4 && sizeof(double) == 8);

struct parcel_header {
  std::uint32_t receivers = 0;
  std::uint16_t channel = 0;
  std::uint16_t zero = 0;
  std::uint64_t size = 0;
};
static_assert(sizeof(parcel_header) == parcel_header_size);

struct fragment_header {
  std::uint32_t magic = wire_magic;
  std::uint16_t version = wire_version;
  std::uint16_t kind = 0;
  std::uint16_t codec = 0;
  std::uint16_t flags = 0;
  std::uint32_t sender = 0;
  std::uint32_t round = 0;
  std::uint32_t scalars = 0;
  std::uint64_t values = 0;
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(fragment_header) == learning::fragment_header_size);

inline constexpr std::uint16_t flag_replaceable = 1;
inline constexpr std::uint16_t flag_payload = 2;
inline constexpr std::uint16_t flag_buffers = 4;

/// The xxh3 of a payload that comes in pieces; the same however it is cut.
class payload_hash {
public:
  payload_hash() : state_(XXH3_createState()) { XXH3_64bits_reset(state_.get()); }
  void update(std::span<const std::byte> piece) {
    if (!piece.empty())
      XXH3_64bits_update(state_.get(), piece.data(), piece.size());
  }
  [[nodiscard]] std::uint64_t digest() const { return XXH3_64bits_digest(state_.get()); }

private:
  struct release {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, release> state_;
};

/// The checksum of a parcel: `head` is all that comes before the payload, the checksum's own place at its end included.
inline std::uint64_t checksum(std::span<const std::byte> head, std::uint64_t payload) {
  return XXH3_64bits_withSeed(head.data(), head.size() - sizeof(std::uint64_t), payload);
}

} // namespace rhizome::sharing::detail
