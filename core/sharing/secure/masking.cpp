#include "core/sharing/secure/masking.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <stdexcept>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>

#include "core/sharing/secure/shamir.hpp"
#include "core/vectorised.hpp"

namespace rhizome::sharing::secure {

namespace {

static_assert(std::endian::native == std::endian::little, "words are written as they are");

constexpr std::size_t block_bytes = 16384; // a block and its masks stay in the first-level cache
constexpr std::size_t chacha_block = 64;

template <class Word>
constexpr std::size_t block_words = block_bytes / sizeof(Word);

template <class Word>
using block = std::array<Word, block_words<Word>>;

/// The largest magnitude; NaN is overlooked.
RHIZOME_VECTORISED float largest_magnitude(const float* x, std::size_t n) {
  std::array<float, 16> lanes{};
  std::size_t i = 0;
  for (; i + lanes.size() <= n; i += lanes.size())
    for (std::size_t lane = 0; lane < lanes.size(); ++lane)
      lanes[lane] = std::max(lanes[lane], std::abs(x[i + lane]));
  for (; i < n; ++i)
    lanes[0] = std::max(lanes[0], std::abs(x[i]));
  return std::ranges::max(lanes);
}

template <class Word>
void to_words(const float* x, double scale, Word* words, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    words[i] = static_cast<Word>(std::llrint(scale * static_cast<double>(x[i])));
}

template <class Word>
void to_floats(const Word* words, double scale, float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    x[i] = static_cast<float>(static_cast<double>(static_cast<std::make_signed_t<Word>>(words[i])) * scale);
}

template <class Word>
void add(Word* sum, const Word* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    sum[i] += x[i];
}

template <class Word>
void subtract(Word* sum, const Word* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    sum[i] -= x[i];
}

/// Puts the masks on n words of which the first one has the index `first`, the begin of a block.
template <class Word>
void apply(std::span<const left_over> masks, std::size_t first, Word* words, std::size_t n) {
  static constexpr std::array<std::uint8_t, crypto_stream_chacha20_ietf_NONCEBYTES> no_nonce{};
  alignas(64) block<Word> stream;
  const auto counter = static_cast<std::uint32_t>(first * sizeof(Word) / chacha_block);
  for (const auto& mask : masks) {
    std::fill_n(stream.begin(), n, Word{0});
    auto* bytes = reinterpret_cast<unsigned char*>(stream.data());
    crypto_stream_chacha20_ietf_xor_ic(bytes, bytes, n * sizeof(Word), no_nonce.data(), counter, mask.mask.data());
    mask.added ? add(words, stream.data(), n) : subtract(words, stream.data(), n);
  }
}

template <class Word>
class masking final : public learning::encoder {
public:
  masking(const fixed_point& format, double weight, group g, std::shared_ptr<const key_ring> keys)
      : format_(format), weight_(weight), group_(std::move(g)), keys_(std::move(keys)),
        self_(group_.place_of(keys_->self()).value()) {}

  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    const auto x = in.front()->values();
    const float largest = largest_magnitude(x.data(), x.size());
    if (static_cast<double>(largest) > format_.range && std::isfinite(largest))
      throw std::runtime_error(fmt::format("an entry of the model is {:g}, beyond sharing.range = {:g}; a larger range "
                                           "needs fewer fraction_bits or more modulus_bits",
                                           largest, format_.range));
    std::vector<left_over> masks;
    for (const node_id other : group_.senders)
      if (other != keys_->self())
        masks.push_back({keys_->mask(other, group_.sum), keys_->self() < other});
    const std::size_t words = x.size() * sizeof(Word);
    std::vector<std::byte> bytes(words + group_.tail_size());
    const double scale = std::ldexp(weight_, static_cast<int>(format_.fraction_bits));
    alignas(64) block<Word> values;
    for (std::size_t first = 0; first < x.size(); first += values.size()) {
      const std::size_t n = std::min(values.size(), x.size() - first);
      to_words(x.data() + first, scale, values.data(), n);
      apply<Word>(masks, first, values.data(), n);
      std::memcpy(bytes.data() + first * sizeof(Word), values.data(), n * sizeof(Word));
    }
    if (group_.shares_keys())
      share_keys(masks, std::span(bytes).subspan(words));
    return learning::bytes_payload(std::move(bytes));
  }

private:
  void share_keys(std::span<const left_over> masks, std::span<std::byte> tail) const {
    std::vector<std::vector<std::uint8_t>> contents(group_.holders());
    for (std::size_t other = 0; other < group_.senders.size(); ++other) {
      if (other == self_)
        continue;
      const key& mask = masks[place_without(self_, other)].mask;
      const auto check = check_of(mask);
      std::memcpy(tail.data(), check.data(), check.size());
      tail = tail.subspan(check.size());
      const auto random =
          key_stream(keys_->sharing(group_.senders[other], group_.sum), (group_.needed() - 1) * mask.size());
      const auto shares = split(mask, contents.size(), group_.needed(), random);
      for (std::size_t holder = 0; holder < contents.size(); ++holder) {
        const key value = holder == other ? key{} : shares[holder].value; // it has the key itself
        contents[holder].insert(contents[holder].end(), value.begin(), value.end());
      }
    }
    for (std::size_t holder = 0; holder < contents.size(); ++holder) {
      const auto with = keys_->box(keys_->self(), group_.senders[holder], group_.sum);
      const auto box = seal(with, contents[holder], group_.context());
      std::memcpy(tail.data(), box.data(), box.size());
      tail = tail.subspan(box.size());
    }
  }

  fixed_point format_;
  double weight_;
  group group_;
  std::shared_ptr<const key_ring> keys_;
  std::size_t self_;
};

template <class Word>
class summing final : public learning::decoder {
public:
  summing(const fixed_point& format, double own_weight, std::size_t tail_size,
          std::vector<learning::payload_ptr> payloads, std::vector<left_over> masks)
      : format_(format), own_weight_(own_weight), tail_size_(tail_size), payloads_(std::move(payloads)),
        masks_(std::move(masks)) {
    for (auto& mask : masks_)
      mask.added = !mask.added; // to take it off
  }

  result<void> decode(const learning::payload&, std::span<const float> own, std::span<float> out) const override {
    for (const auto& body : payloads_)
      if (body->bytes.size() != out.size() * sizeof(Word) + tail_size_)
        return fail(error_kind::bad_data, "{} bytes are not a masked model of {} entries", body->bytes.size(),
                    out.size());
    if (const float largest = largest_magnitude(own.data(), own.size());
        !(static_cast<double>(largest) <= format_.range))
      return fail(error_kind::failed, "an entry of the own model is {:g}, beyond sharing.range = {:g}", largest,
                  format_.range);
    const int shift = static_cast<int>(format_.fraction_bits);
    const double scale = std::ldexp(own_weight_, shift);
    alignas(64) block<Word> sum;
    alignas(64) block<Word> received;
    for (std::size_t first = 0; first < out.size(); first += sum.size()) {
      const std::size_t n = std::min(sum.size(), out.size() - first);
      to_words(own.data() + first, scale, sum.data(), n);
      for (const auto& body : payloads_) {
        std::memcpy(received.data(), body->bytes.data() + first * sizeof(Word), n * sizeof(Word));
        add(sum.data(), received.data(), n);
      }
      apply<Word>(masks_, first, sum.data(), n);
      to_floats(sum.data(), std::ldexp(1.0, -shift), out.data() + first, n);
    }
    return {};
  }

private:
  fixed_point format_;
  double own_weight_;
  std::size_t tail_size_;
  std::vector<learning::payload_ptr> payloads_;
  std::vector<left_over> masks_;
};

} // namespace

bool fixed_point::fits() const noexcept {
  return std::ldexp(range * most_weight, static_cast<int>(fraction_bits)) <=
         std::ldexp(1.0, static_cast<int>(bits) - 1);
}

std::size_t group::holders() const noexcept {
  return std::min(senders.size(), most_holders);
}

std::size_t group::needed() const noexcept {
  const auto others = holders() - 1;
  const auto wanted = static_cast<std::size_t>(std::ceil(threshold * static_cast<double>(others)));
  return std::clamp<std::size_t>(wanted, 2, others);
}

std::optional<std::size_t> group::place_of(node_id sender) const noexcept {
  const auto found = std::ranges::lower_bound(senders, sender);
  if (found == senders.end() || *found != sender)
    return std::nullopt;
  return static_cast<std::size_t>(found - senders.begin());
}

std::size_t group::box_size() const noexcept {
  return (senders.size() - 1) * sizeof(key) + seal_size;
}

std::size_t group::tail_size() const noexcept {
  return shares_keys() ? (senders.size() - 1) * check_size + holders() * box_size() : 0;
}

std::span<const std::uint8_t> group::context() const noexcept {
  return {reinterpret_cast<const std::uint8_t*>(senders.data()), senders.size() * sizeof(node_id)};
}

std::array<std::uint8_t, check_size> check_of(const key& mask) {
  const auto hash = derive(mask, "rhizome check", {});
  std::array<std::uint8_t, check_size> check;
  std::copy_n(hash.begin(), check.size(), check.begin());
  return check;
}

std::span<const std::uint8_t> tail_view::check(std::size_t other) const {
  const auto part = tail_.subspan(place_without(from_, other) * check_size, check_size);
  return {reinterpret_cast<const std::uint8_t*>(part.data()), part.size()};
}

std::span<const std::uint8_t> tail_view::box(std::size_t holder) const {
  const auto boxes = tail_.subspan((group_->senders.size() - 1) * check_size);
  const auto part = boxes.subspan(holder * group_->box_size(), group_->box_size());
  return {reinterpret_cast<const std::uint8_t*>(part.data()), part.size()};
}

std::shared_ptr<const learning::encoder> masking_encoder(const fixed_point& format, double weight, group g,
                                                         std::shared_ptr<const key_ring> keys) {
  if (format.bits == 32)
    return std::make_shared<masking<std::uint32_t>>(format, weight, std::move(g), std::move(keys));
  return std::make_shared<masking<std::uint64_t>>(format, weight, std::move(g), std::move(keys));
}

std::shared_ptr<const learning::decoder> summing_decoder(const fixed_point& format, double own_weight,
                                                         std::size_t tail_size,
                                                         std::vector<learning::payload_ptr> payloads,
                                                         std::vector<left_over> masks) {
  if (format.bits == 32)
    return std::make_shared<summing<std::uint32_t>>(format, own_weight, tail_size, std::move(payloads),
                                                    std::move(masks));
  return std::make_shared<summing<std::uint64_t>>(format, own_weight, tail_size, std::move(payloads), std::move(masks));
}

} // namespace rhizome::sharing::secure
