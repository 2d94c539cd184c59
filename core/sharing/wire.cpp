#include "core/sharing/wire.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include <xxhash.h>

namespace rhizome::sharing {

static_assert(std::endian::native == std::endian::little, "the wire format is little-endian, written by memcpy");
static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4 && sizeof(double) == 8);

namespace {

using learning::fragment_header_size;

struct header {
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
static_assert(sizeof(header) == fragment_header_size);

constexpr std::uint16_t flag_replaceable = 1;
constexpr std::uint16_t flag_payload = 2;
constexpr std::size_t checksum_offset = 40;

std::uint64_t checksum(std::span<const std::byte> message) {
  const auto seed = XXH3_64bits(message.data(), checksum_offset);
  return XXH3_64bits_withSeed(message.data() + fragment_header_size, message.size() - fragment_header_size, seed);
}

} // namespace

std::vector<std::byte> encode(const learning::fragment& f) {
  std::vector<std::byte> message(f.wire_size());
  header h;
  h.kind = static_cast<std::uint16_t>(f.kind);
  h.flags = static_cast<std::uint16_t>((f.replaceable ? flag_replaceable : 0) | (f.body ? flag_payload : 0));
  h.sender = f.sender;
  h.round = f.round;
  auto* to = message.data() + fragment_header_size;
  const auto append = [&to](const void* from, std::size_t size) {
    if (size > 0)
      std::memcpy(to, from, size);
    to += size;
  };
  if (f.body) {
    const auto& body = *f.body;
    h.codec = static_cast<std::uint16_t>(body.encoding);
    h.scalars = static_cast<std::uint32_t>(body.scalars.size());
    h.bytes = body.bytes.size();
    append(body.scalars.data(), body.scalars.size() * sizeof(double));
    if (body.encoding == learning::codec::dense && body.values) {
      h.values = body.values->size();
      append(body.values->values().data(), body.values->size() * sizeof(float));
    }
    append(body.bytes.data(), body.bytes.size());
  }
  std::memcpy(message.data(), &h, sizeof h);
  h.checksum = checksum(message);
  std::memcpy(message.data(), &h, sizeof h);
  return message;
}

result<learning::fragment> decode(std::span<const std::byte> bytes, const wire_limits& limits,
                                  learning::vector_pool& pool) {
  const auto refuse = [](const char* why) { return fail(error_kind::failed, "a fragment was refused: {}.", why); };
  if (bytes.size() < fragment_header_size)
    return refuse("it is shorter than a header");
  header h;
  std::memcpy(&h, bytes.data(), sizeof h);
  if (h.magic != wire_magic)
    return refuse("it does not begin with the magic number");
  if (h.version != wire_version)
    return refuse("it has another version of the format");
  if (h.sender >= limits.nodes)
    return refuse("its sender is not a node of this run");
  if ((h.flags & ~(flag_replaceable | flag_payload)) != 0)
    return refuse("it has unknown flags");
  const auto encoding = static_cast<learning::codec>(h.codec);
  if (encoding > learning::codec::bytes)
    return refuse("its codec is unknown");
  if (h.scalars > limits.max_scalars || h.bytes > limits.max_bytes)
    return refuse("it says that it is larger than this run's fragments");
  if (h.values != (encoding == learning::codec::dense ? pool.vector_size() : 0))
    return refuse("its vector has another size than the run's model");
  const auto size = fragment_header_size + h.scalars * sizeof(double) + h.values * sizeof(float) + h.bytes;
  if (bytes.size() != size)
    return refuse("its length is not the one in its header");
  if ((h.flags & flag_payload) == 0 && (size != fragment_header_size || encoding != learning::codec::empty))
    return refuse("it has a payload, which its header denies");
  if (checksum(bytes) != h.checksum)
    return refuse("its checksum is wrong");

  learning::fragment f{h.sender, h.round, static_cast<learning::fragment_kind>(h.kind),
                       (h.flags & flag_replaceable) != 0, nullptr};
  if ((h.flags & flag_payload) == 0)
    return f;
  auto body = std::make_shared<learning::payload>();
  body->encoding = encoding;
  const auto* from = bytes.data() + fragment_header_size;
  const auto extract = [&from](void* to, std::size_t count) {
    if (count > 0)
      std::memcpy(to, from, count);
    from += count;
  };
  body->scalars.resize(h.scalars);
  extract(body->scalars.data(), h.scalars * sizeof(double));
  if (encoding == learning::codec::dense) {
    auto values = pool.acquire();
    extract(values->values().data(), h.values * sizeof(float));
    body->values = std::move(values);
  }
  body->bytes.resize(h.bytes);
  extract(body->bytes.data(), h.bytes);
  f.body = std::move(body);
  return f;
}

} // namespace rhizome::sharing
