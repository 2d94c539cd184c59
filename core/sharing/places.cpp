#include "core/sharing/places.hpp"

#include <bit>

namespace rhizome::sharing {

namespace {

constexpr std::size_t longest = 256; // a gap that is longer goes on with another draw: a geometric law has no memory
constexpr unsigned guess_bits = 8;

/// Without those at these positions, which are ascending.
void remove_at(std::vector<std::uint32_t>& places, std::span<const std::uint32_t> positions) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!positions.empty() && positions.front() == i)
      positions = positions.subspan(1);
    else
      places[kept++] = places[i];
  }
  places.resize(kept);
}

/// With more of [0, size): the places that are not there yet are counted from 0; these numbers, ascending, are added.
std::vector<std::uint32_t> with_others(std::span<const std::uint32_t> places, std::span<const std::uint32_t> others,
                                       std::size_t size) {
  std::vector<std::uint32_t> all;
  all.reserve(places.size() + others.size());
  for (std::size_t i = 0; i <= places.size(); ++i) {
    const auto place = i < places.size() ? places[i] : static_cast<std::uint32_t>(size);
    // Below this place there are i of `places`, and so place - i others.
    for (; !others.empty() && others.front() < place - i; others = others.subspan(1))
      all.push_back(static_cast<std::uint32_t>(others.front() + i));
    if (i < places.size())
      all.push_back(place);
  }
  return all;
}

} // namespace

place_sampler::place_sampler(double alpha) : guess_(std::size_t{1} << guess_bits) {
  at_least_.push_back(0xFFFFFFFFU); // all
  double share = 0x1p32;
  for (std::size_t k = 1; k <= longest; ++k) {
    share *= 1 - alpha;
    at_least_.push_back(share < 0x1p32 ? static_cast<std::uint32_t>(share) : 0xFFFFFFFFU);
  }
  for (std::size_t i = 0; i < guess_.size(); ++i) { // of the largest number that begins so
    const auto last = ((i + 1) << (32 - guess_bits)) - 1;
    std::uint16_t k = 0;
    while (k < longest && last < at_least_[k + 1U])
      ++k;
    guess_[i] = k;
  }
}

std::uint64_t place_sampler::gap(random_stream& random) const {
  for (std::uint64_t before = 0;; before += longest) {
    const std::uint32_t u = random.bits32();
    std::size_t k = guess_[u >> (32 - guess_bits)];
    while (k < longest && u < at_least_[k + 1])
      ++k;
    if (k < longest)
      return before + k;
  }
}

void place_sampler::draw(random_stream& random, std::size_t offset, std::size_t size,
                         std::vector<std::uint32_t>& places) const {
  for (std::uint64_t next = gap(random); next < size; next += 1 + gap(random))
    places.push_back(static_cast<std::uint32_t>(offset + next));
}

std::vector<std::uint32_t> place_sampler::draw_exactly(random_stream& random, std::size_t count,
                                                       std::size_t size) const {
  std::vector<std::uint32_t> places;
  places.reserve(count + count / 16);
  draw(random, 0, size, places);
  // Sets of one size are equally likely, and remain so when a random part of them goes or a random part of the rest
  // comes in.
  if (places.size() > count)
    remove_at(places, draw_places(random, places.size() - count, places.size()));
  else if (places.size() < count)
    places = with_others(places, draw_places(random, count - places.size(), size - places.size()), size);
  return places;
}

std::vector<std::uint32_t> draw_places(random_stream& random, std::size_t count, std::size_t size) {
  // R. Floyd's algorithm (Bentley and Floyd, "Programming pearls: a sample of brilliance", 1987), in a set of bits,
  // which is in order by itself.
  std::vector<std::uint64_t> chosen((size + 63) / 64);
  const auto is_chosen = [&](std::uint64_t i) { return (chosen[i / 64] >> (i % 64) & 1) != 0; };
  for (std::uint64_t last = size - count; last < size; ++last) {
    const auto drawn = random.below(last + 1);
    const auto place = is_chosen(drawn) ? last : drawn;
    chosen[place / 64] |= std::uint64_t{1} << (place % 64);
  }
  std::vector<std::uint32_t> places;
  places.reserve(count);
  for (std::size_t word = 0; word < chosen.size(); ++word)
    for (auto set = chosen[word]; set != 0; set &= set - 1)
      places.push_back(static_cast<std::uint32_t>(64 * word + static_cast<unsigned>(std::countr_zero(set))));
  return places;
}

std::vector<float> pick(std::span<const float> values, std::span<const std::uint32_t> places) {
  std::vector<float> chosen(places.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    chosen[i] = values[places[i]];
  return chosen;
}

} // namespace rhizome::sharing
