#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/learning/kernels.hpp"
#include "core/learning/optimizer.hpp"
#include "core/random.hpp"
#include "core/sharing/codecs/bits.hpp"
#include "core/sharing/codecs/packing.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/compressor.hpp"
#include "core/sharing/partial.hpp"
#include "core/sharing/places.hpp"
#include "core/vectorised.hpp"

namespace rhizome::sharing {

namespace {

tl::unexpected<error> wrong_size(std::size_t size) {
  return fail(error_kind::bad_data, "the bytes are not those of a vector of {} entries", size);
}

class top_k_operator final : public compressor {
public:
  top_k_operator(codec_ptr with, double alpha) : codec_(std::move(with)), alpha_(alpha) {}

  std::vector<std::byte> compress(std::span<const float> v, node_id, round_number) const override {
    const auto places = find_largest(v, count_for(alpha_, v.size()));
    return codec_->encode(static_cast<std::uint32_t>(v.size()), places, pick(v, places));
  }

  result<void> add(std::span<const std::byte> bytes, node_id, round_number, float weight,
                   std::span<float> out) const override {
    const auto some = codec_->decode(bytes, static_cast<std::uint32_t>(out.size()));
    if (!some)
      return fail(some);
    for (std::size_t i = 0; i < some->indices.size(); ++i)
      out[some->indices[i]] += weight * some->values[i];
    return {};
  }

private:
  codec_ptr codec_;
  double alpha_;
};

class random_k_operator final : public compressor {
public:
  random_k_operator(codec_ptr with, double alpha, std::uint64_t seed)
      : codec_(std::move(with)), alpha_(alpha), seed_(seed), sampler_(alpha) {}

  std::vector<std::byte> compress(std::span<const float> v, node_id sender, round_number round) const override {
    return codec_->encode_values(pick(v, draw(v.size(), sender, round)));
  }

  result<void> add(std::span<const std::byte> bytes, node_id sender, round_number round, float weight,
                   std::span<float> out) const override {
    const auto places = draw(out.size(), sender, round);
    const auto values = codec_->decode_values(bytes, static_cast<std::uint32_t>(places.size()));
    if (!values)
      return fail(values);
    for (std::size_t i = 0; i < places.size(); ++i)
      out[places[i]] += weight * (*values)[i];
    return {};
  }

private:
  [[nodiscard]] std::vector<std::uint32_t> draw(std::size_t size, node_id sender, round_number round) const {
    random_stream random(seed_, purpose::sharing, sender, round);
    return sampler_.draw_exactly(random, count_for(alpha_, size), size);
  }

  codec_ptr codec_;
  double alpha_;
  std::uint64_t seed_;
  place_sampler sampler_;
};

/// Numbers of entries that are made or read at a time: whole bytes, however many bits they have.
constexpr std::size_t block = 1024;

/// A float, then a number of a few bits for each entry; `to_numbers` makes those of at most a block of entries.
template <class ToNumbers>
std::vector<std::byte> pack(float scale, std::span<const float> v, unsigned bits, ToNumbers to_numbers) {
  std::vector<std::byte> bytes(sizeof scale + detail::packed_size(v.size(), bits));
  std::memcpy(bytes.data(), &scale, sizeof scale);
  auto rest = std::span(bytes).subspan(sizeof scale);
  std::array<std::uint32_t, block> numbers;
  for (; !v.empty(); v = v.subspan(std::min(block, v.size()))) {
    const auto some = v.first(std::min(block, v.size()));
    to_numbers(numbers.data(), some);
    detail::pack(std::span(numbers).first(some.size()), bits, rest);
    rest = rest.subspan(detail::packed_size(some.size(), bits));
  }
  return bytes;
}

RHIZOME_VECTORISED void add_values(float* __restrict out, const std::uint32_t* __restrict numbers, std::size_t n,
                                   const float* __restrict values) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] += values[numbers[i]];
}

/// Adds to each entry what its number stands for: `value` makes that once for every number that there is.
template <class Value>
result<void> add_packed(std::span<const std::byte> bytes, unsigned bits, std::span<float> out, Value value) {
  const auto scale = detail::take<float>(bytes);
  if (!scale || bytes.size() != detail::packed_size(out.size(), bits))
    return wrong_size(out.size());
  std::vector<float> values(std::size_t{1} << bits);
  for (std::uint32_t number = 0; number < values.size(); ++number)
    values[number] = value(*scale, number);
  std::array<std::uint32_t, block> numbers;
  while (!out.empty()) {
    const auto n = std::min(block, out.size());
    detail::unpack(bytes, bits, std::span(numbers).first(n));
    add_values(out.data(), numbers.data(), n, values.data());
    bytes = bytes.subspan(detail::packed_size(n, bits));
    out = out.subspan(n);
  }
  return {};
}

RHIZOME_VECTORISED void signs_of(std::uint32_t* __restrict numbers, const float* __restrict v, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    numbers[i] = std::bit_cast<std::uint32_t>(v[i]) >> 31;
}

class sign_operator final : public compressor {
public:
  std::vector<std::byte> compress(std::span<const float> v, node_id, round_number) const override {
    double sum = 0;
    for (const float x : v)
      sum += std::abs(static_cast<double>(x));
    return pack(
        static_cast<float>(sum / static_cast<double>(v.size())), v, 1,
        [](std::uint32_t* numbers, std::span<const float> some) { signs_of(numbers, some.data(), some.size()); });
  }

  result<void> add(std::span<const std::byte> bytes, node_id, round_number, float weight,
                   std::span<float> out) const override {
    return add_packed(bytes, 1, out, [&](float scale, std::uint32_t number) {
      return number != 0 ? -(weight * scale) : weight * scale;
    });
  }
};

/// floor(s |v| / norm + u), at most s, below a bit for the sign; u = random / 2^32.
RHIZOME_VECTORISED void qsgd_numbers(std::uint32_t* __restrict numbers, const float* __restrict v,
                                     const std::uint32_t* __restrict random, std::size_t n, double s, double norm,
                                     unsigned bits) {
  const double levels = norm > 0 ? s : 0; // norm may be 0 or NaN
  const double divisor = norm > 0 ? norm : 1;
  for (std::size_t i = 0; i < n; ++i) {
    const double up = levels * std::abs(static_cast<double>(v[i])) / divisor + random[i] * 0x1p-32;
    const double capped = up < s ? up : s;
    const double level = up >= 0 ? capped : 0; // NaN: 0
    numbers[i] = (std::bit_cast<std::uint32_t>(v[i]) >> 31) << bits |
                 static_cast<std::uint32_t>(static_cast<std::int32_t>(level));
  }
}

class qsgd_operator final : public compressor {
public:
  qsgd_operator(unsigned bits, std::uint64_t seed, bool damped) : bits_(bits), seed_(seed), damped_(damped) {}

  std::vector<std::byte> compress(std::span<const float> v, node_id sender, round_number round) const override {
    const auto norm = std::sqrt(learning::squared_norm(v));
    const auto d = static_cast<double>(v.size());
    const auto s = static_cast<double>(levels());
    const auto omega = damped_ ? std::min(d / (s * s), std::sqrt(d) / s) : 0;
    random_stream random(seed_, purpose::sharing, sender, round);
    std::array<std::uint32_t, block> draws;
    return pack(static_cast<float>(norm / (1 + omega)), v, bits_ + 1,
                [&](std::uint32_t* numbers, std::span<const float> some) {
                  for (std::size_t i = 0; i < some.size(); ++i)
                    draws[i] = random.bits32();
                  qsgd_numbers(numbers, some.data(), draws.data(), some.size(), s, norm, bits_);
                });
  }

  result<void> add(std::span<const std::byte> bytes, node_id, round_number, float weight,
                   std::span<float> out) const override {
    return add_packed(bytes, bits_ + 1, out, [&](float norm, std::uint32_t number) {
      const auto level = static_cast<float>(number & levels());
      const float value = weight * (norm * level / static_cast<float>(levels()));
      return number >> bits_ != 0 ? -value : value;
    });
  }

private:
  [[nodiscard]] std::uint32_t levels() const { return (1U << bits_) - 1; }

  unsigned bits_;
  std::uint64_t seed_;
  bool damped_;
};

class all_values final : public compressor {
public:
  explicit all_values(codec_ptr with) : codec_(std::move(with)) {}

  std::vector<std::byte> compress(std::span<const float> v, node_id, round_number) const override {
    return codec_->encode_values(v);
  }

  result<void> add(std::span<const std::byte> bytes, node_id, round_number, float weight,
                   std::span<float> out) const override {
    const auto values = codec_->decode_values(bytes, static_cast<std::uint32_t>(out.size()));
    if (!values)
      return fail(values);
    learning::weighted_sum(out, std::vector<learning::weighted_vector>{{out, 1}, {*values, weight}});
    return {};
  }

private:
  codec_ptr codec_;
};

class compressed_payload_encoder final : public learning::encoder {
public:
  compressed_payload_encoder(compressor_ptr with, node_id sender, round_number round)
      : compressor_(std::move(with)), sender_(sender), round_(round) {}

  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    return learning::bytes_payload(compressor_->compress(in.front()->values(), sender_, round_));
  }

private:
  compressor_ptr compressor_;
  node_id sender_;
  round_number round_;
};

class sum_of_terms final : public learning::decoder {
public:
  sum_of_terms(compressor_ptr with, round_number round, std::vector<compressed_term> terms)
      : compressor_(std::move(with)), round_(round), terms_(std::move(terms)) {}

  result<void> decode(const learning::payload&, std::span<const float> own, std::span<float> out) const override {
    std::ranges::copy(own, out.begin());
    for (const auto& [body, sender, weight] : terms_)
      if (auto added = compressor_->add(body->bytes, sender, round_, weight, out); !added)
        return added;
    return {};
  }

private:
  compressor_ptr compressor_;
  round_number round_;
  std::vector<compressed_term> terms_;
};

} // namespace

std::shared_ptr<const learning::decoder> summing_decoder(compressor_ptr with, round_number round,
                                                         std::vector<compressed_term> terms) {
  return std::make_shared<sum_of_terms>(std::move(with), round, std::move(terms));
}

std::shared_ptr<const learning::encoder> compressing_encoder(compressor_ptr with, node_id sender, round_number round) {
  return std::make_shared<compressed_payload_encoder>(std::move(with), sender, round);
}

compressor_ptr top_k_compressor(codec_ptr with, double alpha) {
  return std::make_shared<top_k_operator>(std::move(with), alpha);
}
compressor_ptr random_k_compressor(codec_ptr with, double alpha, std::uint64_t seed) {
  return std::make_shared<random_k_operator>(std::move(with), alpha, seed);
}
compressor_ptr sign_compressor() {
  return std::make_shared<sign_operator>();
}
compressor_ptr qsgd_compressor(unsigned bits, std::uint64_t seed, bool damped) {
  return std::make_shared<qsgd_operator>(bits, seed, damped);
}
compressor_ptr uniform_compressor(unsigned bits) {
  return value_compressor(make_codec("raw", "packed", {.packed_bits = bits}));
}
compressor_ptr value_compressor(codec_ptr with) {
  return std::make_shared<all_values>(std::move(with));
}

} // namespace rhizome::sharing
