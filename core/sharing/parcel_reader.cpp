#include "core/sharing/parcel_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/sharing/wire_header.hpp"

namespace rhizome::sharing {

namespace {

using detail::fragment_header;
using detail::parcel_header;

tl::unexpected<error> refuse(const char* why) {
  return fail(error_kind::failed, "a fragment was refused: {}.", why);
}

/// The struct at this place.
template <class T>
T read_at(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Moves the first bytes of `from`, as many as fit, to the front of `to`; both go on behind them.
void fill(std::span<std::byte>& to, std::span<const std::byte>& from) {
  const auto count = std::min(to.size(), from.size());
  if (count == 0)
    return;
  std::memcpy(to.data(), from.data(), count);
  to = to.subspan(count);
  from = from.subspan(count);
}

/// Bytes that are hashed and then copied while they are in the nearest cache.
constexpr std::size_t store_at_once = 16384;

/// Kinds between the common ones and an algorithm's own have no meaning yet.
bool is_kind(std::uint16_t kind) {
  return kind == static_cast<std::uint16_t>(learning::fragment_kind::model) ||
         kind >= static_cast<std::uint16_t>(learning::fragment_kind::first_own);
}

} // namespace

parcel_reader::parcel_reader(const wire_limits& limits, learning::vector_pool& pool)
    : limits_(&limits), pool_(&pool), hash_(std::make_unique<detail::payload_hash>()) {}
parcel_reader::~parcel_reader() = default;
parcel_reader::parcel_reader(parcel_reader&&) noexcept = default;

result<void> parcel_reader::append(std::span<const std::byte> chunk) {
  if (refusal_ == nullptr)
    refusal_ = take(chunk);
  if (refusal_ != nullptr)
    return refuse(refusal_);
  return {};
}

std::size_t parcel_reader::head_size() const noexcept {
  if (size_ == 0)
    return parcel_header_size;
  const auto receivers = read_at<parcel_header>(head_, 0).receivers;
  return parcel_header_size + std::size_t{receivers} * sizeof(node_id) + learning::fragment_header_size;
}

const char* parcel_reader::take(std::span<const std::byte> chunk) {
  while (!payload_known_) {
    const auto count = std::min(chunk.size(), head_size() - head_.size());
    head_.insert(head_.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
    chunk = chunk.subspan(count);
    if (head_.size() < head_size())
      return nullptr;
    if (const char* why = size_ == 0 ? check_parcel_header() : open_payload())
      return why;
  }
  if (chunk.size() > left_)
    return "it goes on behind its end";
  store(chunk);
  return nullptr;
}

const char* parcel_reader::check_parcel_header() {
  const auto h = read_at<parcel_header>(head_, 0);
  if (h.channel > static_cast<std::uint16_t>(parcel_channel::donation) || h.zero != 0)
    return "its channel is unknown";
  if (h.receivers > limits_->nodes)
    return "it has more receivers than the run has nodes";
  if (h.receivers == 0 && h.channel != static_cast<std::uint16_t>(parcel_channel::averager))
    return "it has no receivers";
  const auto least = parcel_header_size + std::uint64_t{h.receivers} * sizeof(node_id) + learning::fragment_header_size;
  const auto most = least + std::uint64_t{limits_->max_scalars} * sizeof(double) +
                    std::uint64_t{pool_->vector_size()} * sizeof(float) + limits_->max_bytes;
  if (h.size < least)
    return "it says that it is smaller than its headers";
  if (h.size > most)
    return "it says that it is larger than this run's fragments";
  size_ = h.size;
  parcel_.channel = static_cast<parcel_channel>(h.channel);
  return nullptr;
}

const char* parcel_reader::check_receivers() {
  auto& receivers = parcel_.receivers;
  receivers.resize(read_at<parcel_header>(head_, 0).receivers);
  auto to = std::as_writable_bytes(std::span(receivers));
  auto from = std::span<const std::byte>(head_).subspan(parcel_header_size);
  fill(to, from);
  for (std::size_t i = 0; i < receivers.size(); ++i) {
    if (receivers[i] >= limits_->nodes)
      return "a receiver is not a node of this run";
    if (i > 0 && receivers[i] <= receivers[i - 1])
      return "its receivers are not in ascending order";
    if (limits_->placed_here && !limits_->placed_here(receivers[i]))
      return "a receiver is not on this machine";
  }
  return nullptr;
}

const char* parcel_reader::check_fragment_header(const fragment_header& h) const {
  if (h.magic != wire_magic)
    return "it does not begin with the magic number";
  if (h.version != wire_version)
    return "it has another version of the format";
  if (!is_kind(h.kind))
    return "its kind is unknown";
  if (h.sender >= limits_->nodes)
    return "its sender is not a node of this run";
  if (limits_->from_peer && !limits_->from_peer(h.sender))
    return "its sender is not on the machine that sent it";
  if ((h.flags & ~(detail::flag_replaceable | detail::flag_payload | detail::flag_buffers)) != 0)
    return "it has unknown flags";
  const auto encoding = static_cast<learning::codec>(h.codec);
  if (encoding > learning::codec::bytes)
    return "its codec is unknown";
  if (h.scalars > limits_->max_scalars || h.bytes > limits_->max_bytes)
    return "it says that it is larger than this run's fragments";
  const bool between_nodes = parcel_.channel == parcel_channel::nodes;
  const bool with_buffers = (h.flags & detail::flag_buffers) != 0;
  if (with_buffers && (!between_nodes || limits_->buffers == 0))
    return "it has buffers, which do not travel apart here";
  const auto dense = between_nodes && limits_->parameters != 0 ? limits_->parameters : pool_->vector_size();
  if (h.values != (encoding == learning::codec::dense ? dense : 0))
    return "its vector has another size than the run's model";
  const auto floats = h.values + (with_buffers ? limits_->buffers : 0);
  const auto payload = h.scalars * sizeof(double) + floats * sizeof(float) + h.bytes;
  if (size_ != head_.size() + payload)
    return "its length is not the one in its header";
  if ((h.flags & detail::flag_payload) == 0 && (payload != 0 || encoding != learning::codec::empty))
    return "it has a payload, which its header denies";
  return nullptr;
}

const char* parcel_reader::open_payload() {
  if (const char* why = check_receivers())
    return why;
  const auto h = read_at<fragment_header>(head_, head_.size() - sizeof(fragment_header));
  if (const char* why = check_fragment_header(h))
    return why;
  payload_known_ = true;
  left_ = size_ - head_.size();
  parcel_.fragment = {h.sender, h.round, static_cast<learning::fragment_kind>(h.kind),
                      (h.flags & detail::flag_replaceable) != 0, nullptr};
  if ((h.flags & detail::flag_payload) == 0)
    return nullptr;
  body_ = std::make_shared<learning::payload>();
  body_->encoding = static_cast<learning::codec>(h.codec);
  body_->scalars.resize(h.scalars);
  open_[0] = std::as_writable_bytes(std::span(body_->scalars));
  if (body_->encoding == learning::codec::dense) {
    auto values = pool_->acquire(h.values);
    open_[1] = std::as_writable_bytes(values->values());
    body_->values = std::move(values);
  }
  if ((h.flags & detail::flag_buffers) != 0) {
    auto buffers = pool_->acquire(limits_->buffers);
    open_[2] = std::as_writable_bytes(buffers->values());
    body_->buffers = std::move(buffers);
  }
  body_->bytes.reserve(h.bytes);
  return nullptr;
}

void parcel_reader::store(std::span<const std::byte> payload) {
  left_ -= payload.size();
  while (!payload.empty()) {
    auto part = payload.first(std::min(payload.size(), store_at_once));
    payload = payload.subspan(part.size());
    hash_->update(part);
    for (auto& to : open_)
      fill(to, part);
    body_->bytes.insert(body_->bytes.end(), part.begin(), part.end());
  }
}

result<parcel> parcel_reader::finish() {
  if (refusal_ == nullptr && !complete())
    refusal_ = "it ended before its end";
  if (refusal_ == nullptr) {
    const auto h = read_at<fragment_header>(head_, head_.size() - sizeof(fragment_header));
    if (detail::checksum(head_, hash_->digest()) != h.checksum)
      refusal_ = "its checksum is wrong";
  }
  if (refusal_ != nullptr)
    return refuse(refusal_);
  parcel_.fragment.body = std::move(body_);
  return std::move(parcel_);
}

} // namespace rhizome::sharing
