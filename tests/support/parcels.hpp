#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <xxhash.h>

#include "core/sharing/wire.hpp"

namespace rhizome::test {

/// Bytes of the parcel before its payload, as its own first field says; 0 if it is not even that long.
inline std::size_t head_size(std::span<const std::byte> bytes) {
  std::uint32_t receivers = 0;
  if (bytes.size() < sizeof receivers)
    return 0;
  std::memcpy(&receivers, bytes.data(), sizeof receivers);
  const auto size = std::uint64_t{receivers} * 4 + 16 + 48;
  return size <= bytes.size() ? static_cast<std::size_t>(size) : 0;
}

/// Makes the checksum of a parcel right, as the comment in wire.hpp says and without the code that it tests.
inline void repair_checksum(std::span<std::byte> bytes) {
  const auto head = head_size(bytes);
  if (head == 0)
    return;
  const auto payload = XXH3_64bits(bytes.data() + head, bytes.size() - head);
  const auto sum = XXH3_64bits_withSeed(bytes.data(), head - 8, payload);
  std::memcpy(bytes.data() + head - 8, &sum, sizeof sum);
}

/// The parcel with `value` written over it at `offset`, and the checksum made right again.
template <class T>
std::vector<std::byte> forged(std::vector<std::byte> bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  repair_checksum(bytes);
  return bytes;
}

/// Floats that a careless conversion would change: quiet and signalling NaN with a payload, infinities, -0, denormals.
inline std::vector<float> odd_floats() {
  std::vector<float> result;
  for (const std::uint32_t b : {0x7fc00000U, 0xffc12345U, 0x7f812345U, 0x7f800000U, 0xff800000U, 0x80000000U,
                                0x00000001U, 0x807fffffU, 0x00000000U, 0x7f7fffffU, 0x3f800000U})
    result.push_back(std::bit_cast<float>(b));
  return result;
}

/// One parcel of each form, from senders 0 to 4 to receivers 5 to 9; dense ones hold odd_floats().
inline std::vector<sharing::parcel> parcels_of_every_form(learning::vector_pool& pool) {
  using learning::fragment_kind;
  using sharing::parcel_channel;
  std::vector<sharing::parcel> result;
  const auto add = [&](learning::fragment f, parcel_channel channel, std::vector<node_id> receivers) {
    result.push_back({std::move(f), channel, std::move(receivers)});
  };
  const auto body = [](learning::codec encoding, std::vector<std::byte> bytes, std::vector<double> scalars) {
    return std::make_shared<const learning::payload>(
        learning::payload{encoding, nullptr, std::move(bytes), std::move(scalars)});
  };
  const auto dense = [&](std::vector<double> scalars) {
    return learning::dense_payload(pool.copy(odd_floats()), std::move(scalars));
  };
  const std::vector<std::byte> encoded{std::byte{0}, std::byte{255}, std::byte{7}};
  const std::vector<double> odd_doubles{std::bit_cast<double>(0x7ff4000000000001U), -0.0, 5e-324,
                                        -std::numeric_limits<double>::infinity()};
  add({3, 7, fragment_kind::model, false, dense({})}, parcel_channel::nodes, {5});
  add({3, 7, fragment_kind::model, true, dense({-0.0, 1e-310})}, parcel_channel::nodes, {5, 6, 7, 8, 9});
  add({0, 0, fragment_kind::model, false, nullptr}, parcel_channel::nodes, {9});
  add({4, ~0U, static_cast<fragment_kind>(0xffff), true, nullptr}, parcel_channel::nodes, {6, 8});
  add({1, 2, fragment_kind::first_own, true, std::make_shared<const learning::payload>()}, parcel_channel::nodes, {5});
  add({2, 3, fragment_kind::model, false, body(learning::codec::empty, {}, odd_doubles)}, parcel_channel::nodes, {7});
  add({2, 3, fragment_kind::model, false, body(learning::codec::bytes, encoded, {1})}, parcel_channel::nodes, {7, 9});
  add({2, 3, fragment_kind::model, false, body(learning::codec::bytes, encoded, {})}, parcel_channel::averager, {});
  add({0, 9, fragment_kind::first_own, false, dense({4})}, parcel_channel::averager, {});
  add({4, 1, fragment_kind::model, false, dense({})}, parcel_channel::donation, {5, 8});
  return result;
}

/// The same bits in every field.
inline bool same(const sharing::parcel& a, const sharing::parcel& b) {
  const auto bits = [](const auto& values) {
    const auto bytes = std::as_bytes(std::span(values));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  const auto& f = a.fragment;
  const auto& g = b.fragment;
  if (a.channel != b.channel || a.receivers != b.receivers || f.sender != g.sender || f.round != g.round ||
      f.kind != g.kind || f.replaceable != g.replaceable || !f.body != !g.body)
    return false;
  if (!f.body)
    return true;
  const auto values = [&](const learning::fragment& of) {
    return of.body->values ? bits(of.body->values->values()) : std::vector<std::byte>{};
  };
  return f.body->encoding == g.body->encoding && f.body->bytes == g.body->bytes && values(f) == values(g) &&
         bits(f.body->scalars) == bits(g.body->scalars);
}

} // namespace rhizome::test
