#include "core/sharing/secure/keys.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing::secure;

namespace {

std::vector<std::uint8_t> bytes_of(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

key key_of(const std::string& hex) {
  const auto bytes = bytes_of(hex);
  REQUIRE(bytes.size() == sizeof(key));
  key made;
  std::ranges::copy(bytes, made.begin());
  return made;
}

key_ring ring_of(node_id node) {
  return {node, simulated_secret(7, node), simulated_directory(7)};
}

} // namespace

TEST_CASE("X25519 gives the keys of RFC 7748, section 6.1") {
  const auto alice = key_of("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto bob = key_of("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const auto alice_public = key_of("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const auto bob_public = key_of("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const auto in_common = key_of("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  CHECK(public_key_of(alice) == alice_public);
  CHECK(public_key_of(bob) == bob_public);
  CHECK(shared_point(alice, bob_public) == in_common);
  CHECK(shared_point(bob, alice_public) == in_common);
}

TEST_CASE("a public key of small order is refused") {
  CHECK_THROWS_AS((void)shared_point(simulated_secret(1, 0), key{}), std::invalid_argument);
}

TEST_CASE("ChaCha20 gives the stream of RFC 8439, appendix A.1, vectors 1 and 2") {
  CHECK(key_stream(key{}, 128) == bytes_of("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
                                           "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
                                           "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
                                           "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"));
}

TEST_CASE("both of a pair have the same keys, and each sum its own") {
  const auto a = ring_of(3), b = ring_of(9), c = ring_of(4);
  const sum_id sum{5, 11};
  CHECK(a.mask(9, sum) == b.mask(3, sum));
  CHECK(a.box(3, 9, sum) == b.box(3, 9, sum));
  CHECK(a.box(3, 9, sum) != a.box(9, 3, sum));
  CHECK(a.mask(9, sum) != a.mask(9, {5, 12}));
  CHECK(a.mask(9, sum) != a.mask(9, {6, 11}));
  CHECK(a.mask(9, sum) != a.box(3, 9, sum));
  CHECK(a.mask(9, sum) != c.mask(9, sum));
  CHECK(a.sharing(9, sum) != b.sharing(3, sum)); // a secret of each
  CHECK(simulated_secret(7, 3) != simulated_secret(8, 3));
}

TEST_CASE("a box opens with its key and its context only, and not when a bit has changed") {
  const key with = simulated_secret(1, 1);
  const std::vector<std::uint8_t> content{1, 2, 3}, context{9};
  auto box = seal(with, content, context);
  CHECK(box.size() == content.size() + seal_size);
  CHECK(open(with, box, context) == content);
  CHECK_FALSE(open(simulated_secret(1, 2), box, context));
  CHECK_FALSE(open(with, box, content));
  CHECK_FALSE(open(with, std::span(box).first(seal_size - 1), context));
  for (std::size_t i = 0; i < box.size(); ++i) {
    box[i] ^= 1;
    CHECK_FALSE(open(with, box, context));
    box[i] ^= 1;
  }
}
