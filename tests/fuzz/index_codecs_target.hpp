#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>

#include "core/sharing/codecs/index_codec.hpp"

namespace rhizome::test {

/// The function under fuzz. An input: which codec, the vector's size and the number of places (two bytes each, the
/// lower first), then what the codec reads. Whatever it is, decoding ends with places as index_codec says or refuses;
/// what is accepted comes back from its own encoding. Returns whether it was accepted. Throws std::logic_error where
/// one of these does not hold.
inline bool read_fuzzed_indices(std::span<const std::uint8_t> input) {
  const auto require = [](bool holds, const char* what) {
    if (!holds)
      throw std::logic_error(what);
  };
  const auto& kinds = sharing::index_codecs();
  if (input.size() < 5 || input[0] >= kinds.size())
    return false;
  const auto number = [&](std::size_t at) { return static_cast<std::uint32_t>(input[at] | input[at + 1] << 8); };
  const auto size = number(1);
  const auto count = std::min(size, number(3));
  const auto codec = kinds[input[0]].make();
  const auto places = codec->decode(std::as_bytes(input.subspan(5)), size, count);
  if (!places)
    return false;
  require(places->size() == count, "there are more or fewer places than asked for");
  require(places->empty() || places->back() < size, "a place is not in the vector");
  require(std::ranges::adjacent_find(*places, std::greater_equal<>()) == places->end(), "places are not ascending");
  const auto again = codec->decode(codec->encode(size, *places), size, count);
  require(again && *again == *places, "other places come back");
  return true;
}

} // namespace rhizome::test
