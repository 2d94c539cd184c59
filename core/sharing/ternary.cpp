#include "core/sharing/ternary.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "core/sharing/codecs/bits.hpp"
#include "core/sharing/codecs/index_codec.hpp"
#include "core/sharing/partial.hpp"

namespace rhizome::sharing {

namespace {

std::size_t bytes_of(std::uint32_t bits) {
  return (std::size_t{bits} + 7) / 8;
}

class ternary_operator final : public compressor {
public:
  ternary_operator(std::unique_ptr<index_codec> indices, double alpha) : indices_(std::move(indices)), alpha_(alpha) {}

  std::vector<std::byte> compress(std::span<const float> v, node_id, round_number) const override {
    const auto places = find_largest(v, count_for(alpha_, v.size()));
    double sum = 0;
    detail::bit_writer signs;
    for (const auto place : places) {
      sum += std::abs(static_cast<double>(v[place]));
      signs.write(std::signbit(v[place]) ? 1 : 0, 1);
    }
    std::vector<std::byte> bytes;
    detail::append(bytes, static_cast<std::uint32_t>(places.size()));
    detail::append(bytes, static_cast<float>(sum / static_cast<double>(places.size())));
    for (const auto& part : {signs.take(), indices_->encode(static_cast<std::uint32_t>(v.size()), places)})
      bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
  }

  result<void> add(std::span<const std::byte> bytes, node_id, round_number, float weight,
                   std::span<float> out) const override {
    const auto size = static_cast<std::uint32_t>(out.size());
    const auto count = detail::take<std::uint32_t>(bytes);
    const auto mean = detail::take<float>(bytes);
    if (!count || !mean || *count > size || bytes_of(*count) > bytes.size())
      return fail(error_kind::bad_data, "the bytes are not those of a ternary vector of {} entries", size);
    const auto places = indices_->decode(bytes.subspan(bytes_of(*count)), size, *count);
    if (!places)
      return fail(places);
    detail::bit_reader signs(bytes);
    const float step = weight * *mean;
    for (const auto place : *places)
      out[place] += signs.read(1) != 0 ? -step : step;
    return {};
  }

private:
  std::unique_ptr<index_codec> indices_;
  double alpha_;
};

} // namespace

compressor_ptr ternary_compressor(std::string_view indices, double alpha) {
  const auto found = std::ranges::find(index_codecs(), indices, &index_codec_kind::name);
  if (found == index_codecs().end())
    throw std::logic_error("there is no index codec " + std::string(indices));
  return std::make_shared<ternary_operator>(found->make(), alpha);
}

} // namespace rhizome::sharing
