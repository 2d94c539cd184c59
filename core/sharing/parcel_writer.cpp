#include "core/sharing/parcel_writer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "core/sharing/wire_header.hpp"

namespace rhizome::sharing {

namespace {

detail::fragment_header header_of(const learning::fragment& f) {
  detail::fragment_header h;
  h.kind = static_cast<std::uint16_t>(f.kind);
  h.flags =
      static_cast<std::uint16_t>((f.replaceable ? detail::flag_replaceable : 0) | (f.body ? detail::flag_payload : 0) |
                                 (f.body && f.body->buffers ? detail::flag_buffers : 0));
  h.sender = f.sender;
  h.round = f.round;
  if (!f.body)
    return h;
  h.codec = static_cast<std::uint16_t>(f.body->encoding);
  h.scalars = static_cast<std::uint32_t>(f.body->scalars.size());
  h.values = f.body->encoding == learning::codec::dense && f.body->values ? f.body->values->size() : 0;
  h.bytes = f.body->bytes.size();
  return h;
}

} // namespace

parcel_writer::parcel_writer(parcel p) : fragment_(std::move(p.fragment)) {
  auto& receivers = p.receivers;
  std::ranges::sort(receivers);
  receivers.erase(std::unique(receivers.begin(), receivers.end()), receivers.end());

  auto header = header_of(fragment_);
  if (fragment_.body) {
    const auto& body = *fragment_.body;
    pieces_[1] = std::as_bytes(std::span(body.scalars));
    if (header.values > 0)
      pieces_[2] = std::as_bytes(body.values->values());
    if (body.buffers)
      pieces_[3] = std::as_bytes(body.buffers->values());
    pieces_[4] = body.bytes;
  }
  size_ = parcel_wire_size(fragment_, receivers.size());
  detail::payload_hash payload;
  for (const auto& piece : pieces_)
    payload.update(piece);

  const detail::parcel_header front{static_cast<std::uint32_t>(receivers.size()), static_cast<std::uint16_t>(p.channel),
                                    0, size_};
  const auto append = [this](std::span<const std::byte> bytes) {
    head_.insert(head_.end(), bytes.begin(), bytes.end());
  };
  head_.reserve(size_ - (fragment_.body ? fragment_.body->wire_size() : 0));
  append(std::as_bytes(std::span(&front, 1)));
  append(std::as_bytes(std::span(receivers)));
  append(std::as_bytes(std::span(&header, 1)));
  header.checksum = detail::checksum(head_, payload.digest());
  std::memcpy(head_.data() + head_.size() - sizeof header, &header, sizeof header);
  pieces_[0] = head_;
}

std::array<std::span<const std::byte>, 5> parcel_writer::pieces(std::size_t offset, std::size_t size) const {
  assert(offset <= size_ && size <= size_ - offset);
  std::array<std::span<const std::byte>, 5> result;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto skipped = std::min(offset, pieces_[i].size());
    offset -= skipped;
    result[i] = pieces_[i].subspan(skipped);
    result[i] = result[i].first(std::min(size, result[i].size()));
    size -= result[i].size();
  }
  return result;
}

void parcel_writer::read(std::size_t offset, std::span<std::byte> out) const {
  for (const auto& piece : pieces(offset, out.size())) {
    std::ranges::copy(piece, out.begin());
    out = out.subspan(piece.size());
  }
}

} // namespace rhizome::sharing
