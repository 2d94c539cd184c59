#include "core/sharing/secure/keys.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <sodium.h>

namespace rhizome::sharing::secure {

namespace {

static_assert(crypto_scalarmult_BYTES == sizeof(key) && crypto_stream_chacha20_ietf_KEYBYTES == sizeof(key) &&
              crypto_aead_chacha20poly1305_ietf_KEYBYTES == sizeof(key));
static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == seal_size);

/// Each key seals one box and makes one stream.
constexpr std::array<std::uint8_t, crypto_aead_chacha20poly1305_ietf_NPUBBYTES> no_nonce{};

/// libsodium chooses its code for this processor.
void prepare() {
  static const bool ready = sodium_init() >= 0;
  if (!ready)
    throw std::runtime_error("libsodium cannot be initialised");
}

} // namespace

key public_key_of(const key& secret) {
  prepare();
  key made;
  crypto_scalarmult_base(made.data(), secret.data());
  return made;
}

key shared_point(const key& secret, const key& other) {
  prepare();
  key made;
  if (crypto_scalarmult(made.data(), secret.data(), other.data()) != 0)
    throw std::invalid_argument("a public key is of a point of small order");
  return made;
}

key derive(const key& from, std::string_view label, std::span<const std::uint32_t> context) {
  prepare();
  std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> personal{};
  if (label.size() > personal.size())
    throw std::invalid_argument("the label of a key is too long");
  std::ranges::copy(label, personal.begin());
  const auto bytes = std::as_bytes(context);
  key made;
  crypto_generichash_blake2b_salt_personal(made.data(), made.size(),
                                           reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                                           from.data(), from.size(), nullptr, personal.data());
  return made;
}

std::vector<std::uint8_t> key_stream(const key& from, std::size_t size) {
  prepare();
  std::vector<std::uint8_t> stream(size);
  if (size > 0) // a null pointer is not taken
    crypto_stream_chacha20_ietf(stream.data(), size, no_nonce.data(), from.data());
  return stream;
}

std::vector<std::uint8_t> seal(const key& with, std::span<const std::uint8_t> content,
                               std::span<const std::uint8_t> context) {
  prepare();
  std::vector<std::uint8_t> box(content.size() + seal_size);
  crypto_aead_chacha20poly1305_ietf_encrypt(box.data(), nullptr, content.data(), content.size(), context.data(),
                                            context.size(), nullptr, no_nonce.data(), with.data());
  return box;
}

std::optional<std::vector<std::uint8_t>> open(const key& with, std::span<const std::uint8_t> box,
                                              std::span<const std::uint8_t> context) {
  prepare();
  if (box.size() < seal_size)
    return std::nullopt;
  std::vector<std::uint8_t> content(box.size() - seal_size);
  if (crypto_aead_chacha20poly1305_ietf_decrypt(content.data(), nullptr, nullptr, box.data(), box.size(),
                                                context.data(), context.size(), no_nonce.data(), with.data()) != 0)
    return std::nullopt;
  return content;
}

key simulated_secret(std::uint64_t seed, node_id node) {
  const std::array<std::uint32_t, 3> who{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U),
                                         node};
  return derive({}, "rhizome node", who);
}

directory simulated_directory(std::uint64_t seed) {
  return [seed](node_id node) { return public_key_of(simulated_secret(seed, node)); };
}

key_ring::key_ring(node_id self, const key& secret, directory others)
    : self_(self), secret_(secret), others_(std::move(others)) {}

key key_ring::mask(node_id other, sum_id sum) const {
  return derive(in_common(other), "rhizome mask", std::array{sum.receiver, sum.round});
}

key key_ring::box(node_id from, node_id to, sum_id sum) const {
  return derive(in_common(from == self_ ? to : from), "rhizome box", std::array{sum.receiver, sum.round, from, to});
}

key key_ring::sharing(node_id other, sum_id sum) const {
  return derive(secret_, "rhizome shares", std::array{sum.receiver, sum.round, other});
}

key key_ring::in_common(node_id other) const {
  const std::scoped_lock lock(mutex_);
  const auto [place, added] = known_.try_emplace(other);
  if (added) {
    const auto [low, high] = std::minmax(self_, other);
    place->second = derive(shared_point(secret_, others_(other)), "rhizome pair", std::array{low, high});
  }
  return place->second;
}

} // namespace rhizome::sharing::secure
