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
  paired_codec(std::unique_ptr<index_codec> indices, std::unique_ptr<value_codec> values, bool sends_floats)
      : indices_(std::move(indices)), values_(std::move(values)), sends_floats_(sends_floats) {}

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
    std::vector<float> values(*count);
    if (auto decoded = values_->decode(bytes.subspan(*places), values); !decoded)
      return fail(decoded);
    return entries{size, std::move(*indices), std::move(values)};
  }

  std::vector<std::byte> encode_values(std::span<const float> values) const override { return values_->encode(values); }
  result<std::vector<float>> decode_values(std::span<const std::byte> bytes, std::uint32_t count) const override {
    std::vector<float> values(count);
    if (auto decoded = values_->decode(bytes, values); !decoded)
      return fail(decoded);
    return values;
  }
  [[nodiscard]] bool sends_floats() const { return sends_floats_; }
  bool lossy() const override { return values_->lossy(); }

private:
  static constexpr std::size_t header_size = 2 * sizeof(std::uint32_t);

  std::unique_ptr<index_codec> indices_;
  std::unique_ptr<value_codec> values_;
  bool sends_floats_;
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
  static const std::vector<value_codec_kind> all{raw_values(), fp16_values(),   bf16_values(),  zstd_values(),
                                                 lz4_values(), packed_values(), fpzip_values(), fpzip_lossy_values()};
  return all;
}

codec_ptr make_codec(std::string_view indices, std::string_view values, const value_precision& precision) {
  const auto& value_kind = find(value_codecs(), values);
  return std::make_shared<const paired_codec>(find(index_codecs(), indices).make(), value_kind.make(precision),
                                              &value_kind == &value_codecs().front());
}

bool sends_floats(const codec& with) {
  const auto* paired = dynamic_cast<const paired_codec*>(&with);
  return paired != nullptr && paired->sends_floats();
}

codec_ptr make_codec(const config::section& codec) {
  value_precision precision;
  if (codec.has("bits"))
    precision.packed_bits = static_cast<unsigned>(codec.integer("bits"));
  if (codec.has("precision"))
    precision.significant_bits = static_cast<unsigned>(codec.integer("precision"));
  return make_codec(codec.text("indices"), codec.text("values"), precision);
}

config::section_schema codec_schema() {
  config::section_schema made{
      .name = "sharing.codec",
      .sentence = "How what a sharing strategy sends becomes bytes.",
      .keys = {choice_of("indices",
                         "The places of the entries that are sent. Where a seed or the round tells them (\"random\", "
                         "\"round-robin\", random-k of \"choco\") receivers draw them, and none are sent",
                         index_codecs().front().name, index_codecs()),
               choice_of("values", "Their values, also those of a whole model", value_codecs().front().name,
                         value_codecs())},
      .selector = "values"};
  for (const auto& kind : value_codecs())
    made.variants.push_back({kind.name, "Values are " + kind.sentence + ".", kind.keys});
  return made;
}

} // namespace rhizome::sharing
