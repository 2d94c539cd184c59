#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/sharing/parcel_reader.hpp"
#include "core/sharing/wire.hpp"
#include "tests/support/parcels.hpp"

namespace rhizome::test {

/// What comes before the parcel in an input: how it is cut into chunks, and whether its checksum is made right, since
/// no fuzzer would ever guess one.
struct fuzz_control {
  std::uint8_t cuts = 0;
  std::uint8_t repair = 0;
};

/// What a fuzzed reader accepts: the parcels of parcels_of_every_form.
inline sharing::wire_limits fuzz_limits() {
  return {.nodes = 10,
          .max_bytes = 64,
          .max_scalars = 4,
          .from_peer = [](node_id id) { return id < 5; },
          .placed_here = [](node_id id) { return id >= 5; }};
}

/// The bytes through a reader in chunks of 0 to `largest` bytes.
inline result<sharing::parcel> read_in_chunks(std::span<const std::byte> bytes, const sharing::wire_limits& limits,
                                              learning::vector_pool& pool, random_stream random, std::size_t largest) {
  sharing::parcel_reader reader(limits, pool);
  while (!bytes.empty()) {
    const auto chunk = bytes.first(std::min<std::size_t>(bytes.size(), random.below(largest + 1)));
    if (auto taken = reader.append(chunk); !taken)
      return fail(taken);
    bytes = bytes.subspan(chunk.size());
  }
  return reader.finish();
}

/// The function under fuzz: whatever the input, the reader neither crashes nor takes more memory than its limits say;
/// how the bytes are cut makes no difference; what is accepted is the one encoding of what it says. Returns whether it
/// was accepted. Throws std::logic_error where one of these does not hold.
inline bool read_fuzzed_parcel(std::span<const std::uint8_t> input) {
  static const auto limits = fuzz_limits();
  static const auto pool = learning::vector_pool::make(odd_floats().size());
  const auto require = [](bool holds, const char* what) {
    if (!holds)
      throw std::logic_error(what);
  };
  if (input.size() < sizeof(fuzz_control))
    return false;
  const fuzz_control control{input[0], input[1]};
  const auto given = std::as_bytes(input.subspan(sizeof(fuzz_control)));
  std::vector<std::byte> bytes(given.begin(), given.end());
  if (control.repair % 2 == 1)
    repair_checksum(bytes);

  const auto whole = sharing::decode(bytes, limits, *pool);
  const auto cut = read_in_chunks(bytes, limits, *pool, {control.cuts, purpose::evaluation}, 1 + control.cuts % 64);
  require(whole.has_value() == cut.has_value(), "the chunks decide whether a parcel is accepted");
  require(pool->peak() <= 2, "vectors were taken beyond one a reader");
  if (!whole) {
    require(whole.error().message == cut.error().message, "the chunks decide why a parcel is refused");
    return false;
  }
  require(same(*whole, *cut), "the chunks decide what a parcel holds");
  require(sharing::encode(*whole) == bytes, "an accepted parcel is not the encoding of what it holds");
  const auto& [fragment, channel, receivers] = *whole;
  require(limits.from_peer(fragment.sender), "the sender is not the peer's");
  require(std::ranges::all_of(receivers, limits.placed_here), "a receiver is not here");
  return true;
}

} // namespace rhizome::test
