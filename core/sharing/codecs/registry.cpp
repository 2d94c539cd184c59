#include "core/sharing/codecs/registry.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/sharing/codecs/bits.hpp"

namespace rhizome::sharing {

namespace {

/// Places by one codec, numbers by another. On the wire: how many entries (4 bytes), how many bytes their places take
/// (4 bytes), the places, the numbers.
class paired_codec final : public codec {
public:
  paired_codec(std::unique_ptr<index_codec> indices, std::unique_ptr<value_codec> values)
      : indices_(std::move(indices)), values_(std::move(values)) {}

  std::vector<std::byte> encode(std::uint32_t size, std::span<const std::uint32_t> indices,
                                std::span<const float> values) const override {
    const auto places = indices_->encode(size, indices);
    const auto numbers = values_->encode(values);
    std::vector<std::byte> bytes;
    bytes.reserve(header_size + places.size() + numbers.size());
    detail::append(bytes, static_cast<std::uint32_t>(indices.size()));
    detail::append(bytes, static_cast<std::uint32_t>(places.size()));
    bytes.insert(bytes.end(), places.begin(), places.end());
    bytes.insert(bytes.end(), numbers.begin(), numbers.end());
    return bytes;
  }

  result<entries> decode(std::span<const std::byte> bytes, std::uint32_t size) const override {
    const auto count = detail::take<std::uint32_t>(bytes);
    const auto places = detail::take<std::uint32_t>(bytes);
    if (!count || !places || *places > bytes.size())
      return fail(error_kind::bad_data, "the bytes are too few for indices and values");
    if (*count > size)
      return fail(error_kind::bad_data, "there are {} entries of a vector of {}", *count, size);
    auto indices = indices_->decode(bytes.first(*places), size, *count);
    if (!indices)
      return fail(indices);
    auto values = values_->decode(bytes.subspan(*places), *count);
    if (!values)
      return fail(values);
    return entries{size, std::move(*indices), std::move(*values)};
  }

  std::vector<std::byte> encode_values(std::span<const float> values) const override { return values_->encode(values); }
  result<std::vector<float>> decode_values(std::span<const std::byte> bytes, std::uint32_t count) const override {
    return values_->decode(bytes, count);
  }
  bool lossy() const override { return values_->lossy(); }

private:
  static constexpr std::size_t header_size = 2 * sizeof(std::uint32_t);

  std::unique_ptr<index_codec> indices_;
  std::unique_ptr<value_codec> values_;
};

template <class Kind>
const Kind& find(const std::vector<Kind>& kinds, std::string_view name) {
  const auto found = std::ranges::find(kinds, name, &Kind::name);
  if (found == kinds.end())
    throw std::logic_error("there is no codec " + std::string(name));
  return *found;
}

/// A key whose choices are the registered names; its sentence says what they are.
template <class Kind>
config::key choice_of(std::string name, std::string sentence, std::string default_name,
                      const std::vector<Kind>& kinds) {
  config::key made{.name = std::move(name), .default_value = std::move(default_name), .sentence = {}};
  for (const auto& kind : kinds) {
    made.choices.push_back(kind.name);
    sentence += (&kind == &kinds.front() ? ": \"" : "; \"") + kind.name + "\" is " + kind.sentence;
  }
  made.sentence = std::move(sentence) + ".";
  return made;
}

} // namespace

const std::vector<index_codec_kind>& index_codecs() {
  static const std::vector<index_codec_kind> all{elias_gamma_indices(), raw_indices(), delta_indices(),
                                                 bitmap_indices()};
  return all;
}

const std::vector<value_codec_kind>& value_codecs() {
  static const std::vector<value_codec_kind> all{raw_values(), fp16_values(), bf16_values(), zstd_values(),
                                                 lz4_values()};
  return all;
}

codec_ptr make_codec(std::string_view indices, std::string_view values) {
  return std::make_shared<const paired_codec>(find(index_codecs(), indices).make(),
                                              find(value_codecs(), values).make());
}

codec_ptr make_codec(const config::section& codec) {
  return make_codec(codec.text("indices"), codec.text("values"));
}

config::section_schema codec_schema() {
  return {.name = "sharing.codec",
          .sentence = "How what a sharing strategy sends becomes bytes. The whole model of \"full\" is sent as it is.",
          .keys = {choice_of("indices", "The places of the entries that are sent, where a receiver does not know them",
                             index_codecs().front().name, index_codecs()),
                   choice_of("values", "Their values", value_codecs().front().name, value_codecs())}};
}

} // namespace rhizome::sharing
