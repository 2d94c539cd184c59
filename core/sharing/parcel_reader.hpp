#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/sharing/wire.hpp"

namespace rhizome::sharing {

namespace detail {
struct fragment_header;
class payload_hash;
} // namespace detail

/// Puts a parcel together from the chunks in which it comes, of any sizes, straight into a vector of the pool.
///
/// Whatever a peer sends, it ends in a parcel or in an error that says what was wrong. Headers are checked as soon as
/// they are complete; only then is there memory for a payload, and never more than the limits allow. What the payload
/// says is believed once its checksum is right.
class parcel_reader {
public:
  /// The limits and the pool outlive the reader. Vectors come from the pool; a dense one has its
  /// vector size, unless the limits say otherwise.
  parcel_reader(const wire_limits& limits, learning::vector_pool& pool);
  ~parcel_reader();

  parcel_reader(parcel_reader&&) noexcept;
  parcel_reader& operator=(parcel_reader&&) = delete;

  /// The next bytes of the parcel. After an error nothing else comes of this parcel: every later call repeats it.
  [[nodiscard]] result<void> append(std::span<const std::byte> chunk);

  /// All bytes are there, and finish() will say whether they are right.
  [[nodiscard]] bool complete() const noexcept { return refusal_ == nullptr && payload_known_ && left_ == 0; }

  /// The parcel. An error if it is not complete or its checksum is wrong. Called once.
  [[nodiscard]] result<parcel> finish();

private:
  /// What is to be read into `head_` next.
  [[nodiscard]] std::size_t head_size() const noexcept;
  /// Why the parcel is refused; null: it is not.
  [[nodiscard]] const char* take(std::span<const std::byte> chunk);
  [[nodiscard]] const char* check_parcel_header();
  [[nodiscard]] const char* check_receivers();
  [[nodiscard]] const char* check_fragment_header(const detail::fragment_header& h) const;
  [[nodiscard]] const char* open_payload();
  void store(std::span<const std::byte> payload);

  const wire_limits* limits_;
  learning::vector_pool* pool_;
  const char* refusal_ = nullptr;
  std::vector<std::byte> head_; ///< what has come of everything before the payload
  std::uint64_t size_ = 0;      ///< of the parcel; 0: its header has not come
  bool payload_known_ = false;  ///< the fragment's header is right
  std::uint64_t left_ = 0;      ///< bytes of the payload that have not come
  parcel parcel_;
  std::shared_ptr<learning::payload> body_;
  std::array<std::span<std::byte>, 3> open_{}; ///< the parts of scalars, values, buffers that are not written yet
  std::unique_ptr<detail::payload_hash> hash_;
};

} // namespace rhizome::sharing
