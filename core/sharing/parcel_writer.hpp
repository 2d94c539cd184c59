#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/sharing/wire.hpp"

namespace rhizome::sharing {

/// The bytes of a parcel, in chunks of any size and without a copy of the whole: a model is gathered straight from its
/// vector. Holds the fragment's payload by reference.
class parcel_writer {
public:
  /// Puts the receivers in order and computes the checksum, in one pass over the payload.
  explicit parcel_writer(parcel p);

  parcel_writer(parcel_writer&&) noexcept = default;
  parcel_writer& operator=(parcel_writer&&) noexcept = default;

  /// Bytes of the whole parcel.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Where the bytes [offset, offset + size) lie, which are within size(); valid as long as the writer.
  [[nodiscard]] std::array<std::span<const std::byte>, 5> pieces(std::size_t offset, std::size_t size) const;

  /// Copies the bytes [offset, offset + out.size()), which lie within size().
  void read(std::size_t offset, std::span<std::byte> out) const;

  [[nodiscard]] const learning::fragment& fragment() const noexcept { return fragment_; }

private:
  learning::fragment fragment_;
  std::vector<std::byte> head_;                        ///< everything before the payload
  std::array<std::span<const std::byte>, 5> pieces_{}; ///< head, scalars, values, buffers, encoded bytes
  std::size_t size_ = 0;
};

} // namespace rhizome::sharing
