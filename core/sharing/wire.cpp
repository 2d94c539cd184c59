#include "core/sharing/wire.hpp"

#include "core/sharing/parcel_reader.hpp"
#include "core/sharing/parcel_writer.hpp"

namespace rhizome::sharing {

std::vector<std::byte> encode(const parcel& p) {
  const parcel_writer writer(p);
  std::vector<std::byte> bytes(writer.size());
  writer.read(0, bytes);
  return bytes;
}

result<parcel> decode(std::span<const std::byte> bytes, const wire_limits& limits, learning::vector_pool& pool) {
  parcel_reader reader(limits, pool);
  if (auto taken = reader.append(bytes); !taken)
    return fail(taken);
  return reader.finish();
}

std::size_t parcel_wire_size(const learning::fragment& f, std::size_t receivers) noexcept {
  return parcel_header_size + receivers * sizeof(node_id) + f.wire_size();
}

} // namespace rhizome::sharing
