#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <vector>

#include "core/sharing/codecs/fpzip_reader.hpp"
#include "core/sharing/codecs/value_codec.hpp"

namespace rhizome::test {

/// How exact the codecs are that can be asked for it.
inline sharing::value_precision fuzzed_precision(std::uint8_t choice) {
  return {.packed_bits = 2U + choice % 15U, .significant_bits = 2U + choice % 30U};
}

/// The function under fuzz. An input: which codec, its precision, the number of values (two bytes, the lower first),
/// then what the codec reads. Behind the last codec comes fpzip's reader alone, without the checksum before it, which
/// no fuzzer guesses. Whatever it is, decoding gives so many values or refuses; what is accepted can be encoded and
/// comes back, without loss to the bit. Returns whether it was accepted. Throws std::logic_error where one of these
/// does not hold.
inline bool read_fuzzed_values(std::span<const std::uint8_t> input) {
  const auto require = [](bool holds, const char* what) {
    if (!holds)
      throw std::logic_error(what);
  };
  const auto& kinds = sharing::value_codecs();
  if (input.size() < 4 || input[0] > kinds.size())
    return false;
  std::vector<float> values(static_cast<std::size_t>(input[2] | (input[3] & 15) << 8));
  if (input[0] == kinds.size())
    return sharing::detail::read_fpzip(std::as_bytes(input.subspan(4)), 2 + input[1] % 31, values);
  const auto codec = kinds[input[0]].make(fuzzed_precision(input[1]));
  if (!codec->decode(std::as_bytes(input.subspan(4)), values))
    return false;
  std::vector<float> again(values.size());
  require(codec->decode(codec->encode(values), again).has_value(), "a codec refuses what it has written");
  require(codec->lossy() || values.empty() ||
              std::memcmp(values.data(), again.data(), values.size() * sizeof(float)) == 0,
          "a lossless codec gives back other values");
  return true;
}

} // namespace rhizome::test
