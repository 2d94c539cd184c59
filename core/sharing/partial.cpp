#include "core/sharing/partial.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/sharing/places.hpp"

namespace rhizome::sharing {

namespace {

/// The first byte of a partial payload.
enum class form : std::uint8_t { entries = 0, whole = 1 };

learning::payload_ptr make_payload(form f, const std::vector<std::byte>& encoded) {
  std::vector<std::byte> bytes;
  bytes.reserve(1 + encoded.size());
  bytes.push_back(static_cast<std::byte>(f));
  bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  return learning::bytes_payload(std::move(bytes));
}

/// A magnitude as a number with the same order; NaN is greater than all.
std::uint32_t magnitude(float value) {
  return std::bit_cast<std::uint32_t>(value) & 0x7FFFFFFFU;
}

constexpr unsigned low_bits = 18; // of a magnitude; 13 others: the exponent and five bits of the significand

/// The places of the values whose magnitudes share or exceed the highest bits of the count-th greatest one: the `count`
/// greatest and a few more.
struct candidate_places {
  std::vector<std::uint32_t> places;
  std::uint32_t least = 0; ///< magnitude of any: those highest bits, the lower ones 0
};

/// `count` is at least 1 and at most the number of values.
candidate_places find_candidates(std::span<const float> values, std::size_t count) {
  constexpr std::size_t bins = std::size_t{1} << (31 - low_bits);
  std::vector<std::uint32_t> sizes(2 * bins); // two of each, by turns: neighbours are often alike
  for (std::size_t i = 0; i < values.size(); ++i)
    ++sizes[(magnitude(values[i]) >> low_bits) * 2 + i % 2];
  std::size_t bin = bins;
  std::size_t found = 0;
  while (found < count) {
    --bin;
    found += sizes[2 * bin] + sizes[2 * bin + 1];
  }
  const auto least = static_cast<std::uint32_t>(bin << low_bits);
  std::vector<std::uint32_t> places(found + 1);
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    places[next] = i; // without a branch: the next one that counts overwrites it
    next += magnitude(values[i]) >= least ? 1 : 0;
  }
  places.pop_back();
  return {std::move(places), least};
}

/// Of magnitudes from `least` on, those that share its highest bits.
std::vector<std::uint32_t> take_lowest(std::span<const float> values, const candidate_places& from) {
  std::vector<std::uint32_t> lowest(from.places.size() + 1);
  std::size_t n = 0;
  for (const auto place : from.places) {
    lowest[n] = magnitude(values[place]);
    n += lowest[n] - from.least < std::uint32_t{1} << low_bits ? 1 : 0;
  }
  lowest.resize(n);
  return lowest;
}

class partial_payload_decoder final : public learning::decoder {
public:
  partial_payload_decoder(codec_ptr with, partial_use use) : codec_(std::move(with)), use_(use) {}

  result<void> decode(const learning::payload& body, std::span<const float> own, std::span<float> out) const override {
    const auto size = static_cast<std::uint32_t>(out.size());
    std::span<const std::byte> bytes(body.bytes);
    if (bytes.empty() || bytes.front() > static_cast<std::byte>(form::whole))
      return fail(error_kind::bad_data, "it is neither some entries of a model nor all of them");
    const auto f = static_cast<form>(bytes.front());
    bytes = bytes.subspan(1);
    if (f == form::whole) {
      const auto values = codec_->decode_values(bytes, size);
      if (!values)
        return fail(values);
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = apply(own[i], (*values)[i]);
      return {};
    }
    const auto some = codec_->decode(bytes, size);
    if (!some)
      return fail(some);
    std::ranges::copy(own, out.begin());
    for (std::size_t i = 0; i < some->indices.size(); ++i)
      out[some->indices[i]] = apply(own[some->indices[i]], some->values[i]);
    return {};
  }

private:
  float apply(float own, float value) const {
    return use_ == partial_use::complete ? value : use_ == partial_use::clear ? 0.0F : own + 1.0F;
  }

  codec_ptr codec_;
  partial_use use_;
};

/// Values at places that both sides know.
class known_places_codec final : public learning::encoder, public learning::decoder {
public:
  known_places_codec(codec_ptr with, known_places::places_function places, node_id sender, round_number round)
      : codec_(std::move(with)), places_(std::move(places)), sender_(sender), round_(round) {}

  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    const auto model = in.front()->values();
    return learning::bytes_payload(codec_->encode_values(pick(model, places_(sender_, round_, model.size()))));
  }

  result<void> decode(const learning::payload& body, std::span<const float> own, std::span<float> out) const override {
    const auto places = places_(sender_, round_, out.size());
    const auto values = codec_->decode_values(body.bytes, static_cast<std::uint32_t>(places.size()));
    if (!values)
      return fail(values);
    std::ranges::copy(own, out.begin());
    for (std::size_t i = 0; i < places.size(); ++i)
      out[places[i]] = (*values)[i];
    return {};
  }

private:
  codec_ptr codec_;
  known_places::places_function places_;
  node_id sender_;
  round_number round_;
};

} // namespace

std::size_t count_for(double alpha, std::size_t size) {
  const auto count = static_cast<std::size_t>(std::llround(alpha * static_cast<double>(size)));
  return std::clamp<std::size_t>(count, 1, size);
}

std::vector<std::uint32_t> find_largest(std::span<const float> values, std::size_t count) {
  if (count >= values.size()) {
    std::vector<std::uint32_t> all(values.size());
    std::iota(all.begin(), all.end(), 0U);
    return all;
  }
  if (count == 0)
    return {};
  auto candidates = find_candidates(values, count);
  auto lowest = take_lowest(values, candidates);
  auto places = std::move(candidates.places);
  // All others are among the greatest; of these there are as many as are left, and of equal ones the first.
  const auto wanted = count - (places.size() - lowest.size());
  const auto last = lowest.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
  std::ranges::nth_element(lowest, last, std::greater<>());
  const auto threshold = *last;
  auto equal =
      wanted - static_cast<std::size_t>(std::count_if(lowest.begin(), last, [&](auto m) { return m > threshold; }));
  std::erase_if(places, [&](std::uint32_t place) {
    const auto m = magnitude(values[place]);
    if (m == threshold && equal > 0) {
      --equal;
      return false;
    }
    return m <= threshold;
  });
  return places;
}

std::vector<std::uint32_t> find_largest(std::span<const float> values, double alpha,
                                        std::span<const std::size_t> parts) {
  std::vector<std::uint32_t> places;
  std::uint32_t offset = 0;
  for (const auto size : parts) {
    for (const auto place : find_largest(values.subspan(offset, size), size == 0 ? 0 : count_for(alpha, size)))
      places.push_back(offset + place);
    offset += static_cast<std::uint32_t>(size);
  }
  return places;
}

learning::payload_ptr partial_payload(const codec& with, std::span<const float> values,
                                      std::span<const std::uint32_t> places) {
  const auto chosen = pick(values, places);
  return make_payload(form::entries, with.encode(static_cast<std::uint32_t>(values.size()), places, chosen));
}

learning::payload_ptr whole_payload(const codec& with, std::span<const float> values) {
  return make_payload(form::whole, with.encode_values(values));
}

std::shared_ptr<const learning::decoder> partial_decoder(codec_ptr with, partial_use use) {
  return std::make_shared<partial_payload_decoder>(std::move(with), use);
}

std::vector<outgoing> to_all(const learning::round_view& view, learning::payload_ptr body) {
  if (view.out.empty())
    return {};
  outgoing all{std::move(body), {}};
  for (const auto& neighbour : view.out)
    all.receivers.push_back(neighbour.id);
  return {std::move(all)};
}

config::key alpha_key(double default_value) {
  return {.name = "alpha",
          .default_value = default_value,
          .sentence = "The share of the model's entries that is sent; at least one entry is.",
          .minimum = 0,
          .maximum = 1,
          .exclusive_minimum = true};
}

// -- known_places ----------------------------------------------------------------------------------------------------

void known_places::plan_send(learning::job_builder& job, learning::slot model, const learning::round_view& view) {
  if (!view.out.empty())
    job.encode({model}, std::make_shared<known_places_codec>(codec_, places_, job.node(), job.round()));
}

std::vector<outgoing> known_places::sends(const learning::job_result& result, const learning::round_view& view) {
  return view.out.empty() ? std::vector<outgoing>() : to_all(view, result.payloads.at(0));
}

learning::slot known_places::decode(learning::job_builder& job, const learning::fragment& from, learning::slot own) {
  const auto out = job.fresh();
  job.add(learning::decode_step{from.body, own, out,
                                std::make_shared<known_places_codec>(codec_, places_, from.sender, from.round)});
  return out;
}

} // namespace rhizome::sharing
