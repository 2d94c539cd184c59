#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace rhizome::sharing::detail {

/// Appends the bytes of a number or of an array of numbers, little-endian as this program's machines are.
template <class T>
void append(std::vector<std::byte>& bytes, std::span<const T> values) {
  const auto raw = std::as_bytes(values);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}
template <class T>
void append(std::vector<std::byte>& bytes, const T& value) {
  append(bytes, std::span<const T>(&value, 1));
}

/// Takes a number from the front; nothing where there are too few bytes.
template <class T>
[[nodiscard]] std::optional<T> take(std::span<const std::byte>& bytes) {
  if (bytes.size() < sizeof(T))
    return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes = bytes.subspan(sizeof value);
  return value;
}

/// Writes bits, the first one into the highest bit of the first byte.
class bit_writer {
public:
  /// `expected`: about so many bytes will be written.
  explicit bit_writer(std::size_t expected = 0) { bytes_.reserve(expected + sizeof(std::uint32_t)); }

  /// The lowest `count` bits of `value`, the highest of them first; at most 32. The bits above them are 0.
  void write(std::uint64_t value, unsigned count) {
    pending_ = pending_ << count | value;
    held_ += count;
    if (held_ >= 32) {
      held_ -= 32;
      append(bytes_, __builtin_bswap32(static_cast<std::uint32_t>(pending_ >> held_)));
    }
  }
  /// A number as append() writes it, before any bits.
  template <class T>
  void write_bytes(const T& value) {
    append(bytes_, value);
  }
  /// All bytes, the last one filled up with zeros.
  [[nodiscard]] std::vector<std::byte> take() {
    pending_ <<= (8 - held_ % 8) % 8;
    for (held_ = (held_ + 7) / 8 * 8; held_ > 0; held_ -= 8)
      bytes_.push_back(static_cast<std::byte>(pending_ >> (held_ - 8)));
    return std::move(bytes_);
  }

private:
  std::vector<std::byte> bytes_;
  std::uint64_t pending_ = 0;
  unsigned held_ = 0; ///< bits of it that are not yet in bytes_: below 32 between calls
};

/// Reads what a bit_writer has written. Behind the end there are zeros.
class bit_reader {
public:
  explicit bit_reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// The next `count` bits; at most 32.
  [[nodiscard]] std::uint32_t read(unsigned count) {
    const auto value = static_cast<std::uint32_t>(peek() >> (64 - count));
    skip(count);
    return count == 0 ? 0 : value;
  }
  /// How many of the next bits are 0 before the first 1, at most 32; those zeros are taken.
  [[nodiscard]] unsigned skip_zeros() {
    const auto zeros = std::min(32, std::countl_zero(peek()));
    skip(static_cast<unsigned>(zeros));
    return static_cast<unsigned>(zeros);
  }
  /// The next number in Elias' gamma code: n - 1 zeros, then its n bits. 0 where there is none below 2^28.
  [[nodiscard]] std::uint32_t read_gamma() {
    auto zeros = static_cast<unsigned>(std::countl_zero(word_));
    if (2 * zeros + 1 > held_) { // from memory only when the word has no more of them
      word_ = peek();
      held_ = 64 - position_ % 8;
      zeros = static_cast<unsigned>(std::countl_zero(word_));
    }
    if (zeros > 27)
      return 0;
    const unsigned length = 2 * zeros + 1;
    const auto value = static_cast<std::uint32_t>(word_ >> (64 - length));
    word_ <<= length;
    held_ -= length;
    position_ += length;
    return value;
  }
  /// Whether more was read than there is.
  [[nodiscard]] bool is_over() const { return position_ > bytes_.size() * 8; }
  /// Bytes that were read, the last one perhaps in part.
  [[nodiscard]] std::size_t bytes_read() const { return (position_ + 7) / 8; }
  /// Whether the bits of the last byte that were not read are 0.
  [[nodiscard]] bool rest_is_zero() const {
    const auto used = position_ % 8;
    return used == 0 || (std::to_integer<unsigned>(bytes_[position_ / 8]) & (0xFFU >> used)) == 0;
  }

private:
  void skip(unsigned count) {
    position_ += count;
    word_ = 0;
    held_ = 0;
  }
  /// The next bits at the top; at least 57 of them.
  [[nodiscard]] std::uint64_t peek() const {
    const auto first = position_ / 8;
    std::uint64_t word = 0;
    if (first + 8 <= bytes_.size()) {
      std::memcpy(&word, bytes_.data() + first, 8);
      word = __builtin_bswap64(word);
    } else {
      for (std::size_t i = 0; i < 8; ++i)
        word = word << 8 | (first + i < bytes_.size() ? std::to_integer<std::uint64_t>(bytes_[first + i]) : 0);
    }
    return word << (position_ % 8);
  }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0; ///< bits
  std::uint64_t word_ = 0;   ///< the bits from there on, at the top
  std::size_t held_ = 0;     ///< how many of these are in it
};

} // namespace rhizome::sharing::detail
