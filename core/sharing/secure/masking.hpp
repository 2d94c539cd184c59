#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/sharing/secure/keys.hpp"
#include "core/sharing/strategy.hpp"

namespace rhizome::sharing::secure {

// What a sender sends to one receiver, little-endian:
//
//   entries x word   round(w x 2^f) + sum of the masks shared with later senders - of those with earlier ones, mod
//   2^bits then, of three senders and more, for the case that one is lost: 16 each          for every other sender in
//   order: a check of the key of the mask boxes            for every holder in order: its shares of these keys, in the
//   same order, sealed for it
//
// Senders are counted in order of their ids. The holders are the first `most_holders` of them.

/// How numbers become integers mod 2^bits.
struct fixed_point {
  unsigned bits = 64; ///< of a word: 32 or 64
  unsigned fraction_bits = 32;
  double range = 65536; ///< largest magnitude of an entry

  /// The weights of a sum may have magnitudes that add up to this before it can leave the words.
  static constexpr double most_weight = 4;
  /// Whether such sums fit.
  [[nodiscard]] bool fits() const noexcept;
};

/// The senders whose models add up for one receiver in one round.
struct group {
  static constexpr std::size_t most_holders = 32;

  sum_id sum;
  std::vector<node_id> senders; ///< ascending
  double threshold = 0.5;       ///< the share of the others who must help to open the keys of a lost one

  /// Whether keys are shared: with two senders, the sum that is left without one would be the other's model.
  [[nodiscard]] bool shares_keys() const noexcept { return senders.size() > 2; }
  [[nodiscard]] std::size_t holders() const noexcept;
  /// How many holders must help, at least 2.
  [[nodiscard]] std::size_t needed() const noexcept;
  [[nodiscard]] std::optional<std::size_t> place_of(node_id sender) const noexcept;
  /// Bytes of a box, and of all that comes after the words.
  [[nodiscard]] std::size_t box_size() const noexcept;
  [[nodiscard]] std::size_t tail_size() const noexcept;
  /// The senders as bytes: what boxes are bound to.
  [[nodiscard]] std::span<const std::uint8_t> context() const noexcept;
};

inline constexpr std::size_t check_size = 16;

/// What stands for a key without telling anything of it.
[[nodiscard]] std::array<std::uint8_t, check_size> check_of(const key& mask);

/// What comes after the words, as its writer and its readers see it. `from` and `other` are places among the senders.
class tail_view {
public:
  /// `tail` has tail_size() bytes.
  tail_view(const group& g, std::size_t from, std::span<const std::byte> tail) : group_(&g), from_(from), tail_(tail) {}

  [[nodiscard]] std::span<const std::uint8_t> check(std::size_t other) const;
  [[nodiscard]] std::span<const std::uint8_t> box(std::size_t holder) const;

private:
  const group* group_;
  std::size_t from_;
  std::span<const std::byte> tail_;
};

/// The place of a sender among all but the one at `from`.
[[nodiscard]] constexpr std::size_t place_without(std::size_t from, std::size_t other) noexcept {
  return other - (other > from ? 1 : 0);
}

/// What the node of `keys` sends for the sum: its model, the input, times its weight there. Throws std::runtime_error
/// for an entry out of range; a model with infinities or NaN, which nobody sends, becomes any bytes.
[[nodiscard]] std::shared_ptr<const learning::encoder> masking_encoder(const fixed_point& format, double weight,
                                                                       group g, std::shared_ptr<const key_ring> keys);

/// A mask that is still in the sum because the other one of its pair did not send.
struct left_over {
  key mask{};
  bool added = false; ///< else it was subtracted
};

/// out = round(own_weight x own x 2^f) + the sum of all payloads without the masks that are left over, as floats.
/// bad_data: a payload has another size; failed: own is out of range.
[[nodiscard]] std::shared_ptr<const learning::decoder> summing_decoder(const fixed_point& format, double own_weight,
                                                                       std::size_t tail_size,
                                                                       std::vector<learning::payload_ptr> payloads,
                                                                       std::vector<left_over> masks);

} // namespace rhizome::sharing::secure
