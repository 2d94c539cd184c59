#include <cmath>

#include "core/data/sources/synthetic.hpp"
#include "core/random.hpp"

namespace rhizome::data::sources {

namespace {

/// Prototypes are made of square patches of so many pixels: a convolution can see them.
constexpr std::size_t patch = 4;

struct image_shape {
  std::size_t channels, height, width;
  [[nodiscard]] std::size_t size() const { return channels * height * width; }
};

/// One class's image: patches of uniformly random brightness.
std::vector<std::uint8_t> prototype(const image_shape& shape, std::uint32_t label, std::uint64_t seed) {
  random_stream random(seed, purpose::synthetic_data, static_cast<std::uint32_t>(synthetic_draw::truth), label);
  const std::size_t across = (shape.width + patch - 1) / patch;
  std::vector<std::uint8_t> pixels;
  pixels.reserve(shape.size());
  std::vector<std::uint8_t> row_of_patches(across);
  for (std::size_t line = 0; line < shape.channels * shape.height; ++line) {
    if (line % shape.height % patch == 0)
      for (auto& brightness : row_of_patches)
        brightness = static_cast<std::uint8_t>(random.bits32());
    for (std::size_t x = 0; x < shape.width; ++x)
      pixels.push_back(row_of_patches[x / patch]);
  }
  return pixels;
}

/// pixel = ((256 - weight) x prototype + weight x uniform byte) / 256. Four bytes from each random number: the whole
/// set of 16,384 nodes takes a second.
void draw_image(std::span<const std::uint8_t> clean, unsigned weight, random_stream random,
                std::span<std::uint8_t> out) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < out.size(); ++i, bits >>= 8) {
    if (i % 4 == 0)
      bits = random.bits32();
    out[i] = static_cast<std::uint8_t>(((256 - weight) * clean[i] + weight * (bits & 255U)) >> 8);
  }
}

samples draw_samples(const std::vector<std::vector<std::uint8_t>>& prototypes, unsigned weight, std::uint32_t count,
                     std::uint64_t seed, synthetic_draw part) {
  const std::size_t size = prototypes.front().size();
  std::vector<std::uint8_t> pixels(count * size);
  samples drawn;
  drawn.count = count;
  drawn.labels.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t label = i % prototypes.size();
    draw_image(prototypes[label], weight,
               random_stream(seed, purpose::synthetic_data, static_cast<std::uint32_t>(part), i),
               std::span(pixels).subspan(i * size, size));
    drawn.labels[i] = static_cast<std::int32_t>(label);
  }
  drawn.features = std::move(pixels);
  return drawn;
}

result<dataset> load_synthetic_images(const load_request& request) {
  const auto& extents = request.keys.integers("shape");
  if (extents.size() != 3)
    return fail(error_kind::invalid_input, "data.shape has {} numbers, expected three: channels, height, width.",
                extents.size());
  const image_shape shape{static_cast<std::size_t>(extents[0]), static_cast<std::size_t>(extents[1]),
                          static_cast<std::size_t>(extents[2])};
  const auto counts = count_samples(request, shape.size());
  if (!counts)
    return fail(counts);
  std::vector<std::vector<std::uint8_t>> prototypes;
  for (std::uint32_t label = 0; label < request.keys.integer("classes"); ++label)
    prototypes.push_back(prototype(shape, label, request.seed));
  const double noise = request.keys.real("noise");
  const auto weight = static_cast<unsigned>(std::lround(noise * 256));

  dataset set;
  set.shape = extents;
  set.classes = request.keys.integer("classes");
  set.scale = 1.0F / 255;
  // A uniform byte / 255 has mean 1/2 and variance 1/12; prototype and noise are independent.
  set.mean = {0.5F};
  set.deviation = {static_cast<float>(std::sqrt(((1 - noise) * (1 - noise) + noise * noise) / 12))};
  set.train = draw_samples(prototypes, weight, counts->train, request.seed, synthetic_draw::train);
  set.test = draw_samples(prototypes, weight, counts->test, request.seed, synthetic_draw::test);
  return set;
}

std::vector<config::problem> check_shape(const config::section& data) {
  if (data.integers("shape").size() == 3)
    return {};
  return {{"data.shape", "has to be three numbers: channels, height, width"}};
}

} // namespace

source synthetic_images() {
  return {.variant = {"synthetic-images",
                      "Images as uint8: sample i belongs to class i mod classes and is that class's patchwork picture "
                      "mixed with noise.",
                      {{.name = "shape",
                        .default_value = std::vector<std::int64_t>{1, 28, 28},
                        .sentence = "Channels, height and width of an image.",
                        .minimum = 1,
                        .maximum = 1024},
                       {.name = "classes",
                        .default_value = std::int64_t{10},
                        .sentence = "Number of classes.",
                        .minimum = 2,
                        .maximum = 1000},
                       samples_per_node_key(),
                       {.name = "noise",
                        .default_value = 0.5,
                        .sentence = "Share of uniform noise in each pixel.",
                        .minimum = 0,
                        .maximum = 1}}},
          .load = load_synthetic_images,
          .check = check_shape,
          .generated = true};
}

} // namespace rhizome::data::sources
