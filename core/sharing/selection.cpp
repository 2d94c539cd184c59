#include "core/sharing/selection.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/sharing/partial.hpp"
#include "core/vectorised.hpp"

namespace rhizome::sharing {

namespace {

constexpr float epsilon = 1e-8F;

RHIZOME_VECTORISED void divide_by_magnitude(const float* __restrict change, const float* __restrict model,
                                            std::size_t size, float* __restrict out) {
  for (std::size_t i = 0; i < size; ++i)
    out[i] = change[i] / (std::abs(model[i]) + epsilon);
}

RHIZOME_VECTORISED void square_complex(const float* __restrict values, std::size_t size, float* __restrict out) {
  for (std::size_t i = 0; i < size; ++i)
    out[i] = values[2 * i] * values[2 * i] + values[2 * i + 1] * values[2 * i + 1];
}

/// A number for each coefficient, by whose magnitude they are ranked; `made` holds them where they are not there yet.
std::span<const float> scores(const selection& how, const candidates& from, std::vector<float>& made) {
  const auto ranked = how.by == ranking::magnitude ? from.model : from.change;
  if (how.width == 2) {
    made.resize(ranked.size() / 2);
    square_complex(ranked.data(), made.size(), made.data());
    return made;
  }
  if (how.by == ranking::relative_change) {
    made.resize(ranked.size());
    divide_by_magnitude(ranked.data(), from.model.data(), made.size(), made.data());
    return made;
  }
  return ranked;
}

/// Adds `count` of the places that are not there yet and that `may` allows, or all of these.
template <class Allowed>
void add_random(std::vector<std::uint32_t>& places, std::size_t size, std::size_t count, Allowed may,
                random_stream& random) {
  std::vector<std::uint32_t> others;
  auto taken = places.begin();
  for (std::uint32_t i = 0; i < size; ++i) {
    if (taken != places.end() && *taken == i)
      ++taken;
    else if (may(i))
      others.push_back(i);
  }
  count = std::min(count, others.size());
  for (std::size_t i = 0; i < count; ++i)
    std::swap(others[i], others[i + random.below(others.size() - i)]);
  places.insert(places.end(), others.begin(), others.begin() + static_cast<std::ptrdiff_t>(count));
  std::ranges::sort(places);
}

/// The floats of complex coefficients.
std::vector<std::uint32_t> both_of(const std::vector<std::uint32_t>& coefficients) {
  std::vector<std::uint32_t> places;
  places.reserve(2 * coefficients.size());
  for (const auto place : coefficients) {
    places.push_back(2 * place);
    places.push_back(2 * place + 1);
  }
  return places;
}

} // namespace

ranking ranking_of(const std::string& name) {
  return name == "magnitude"         ? ranking::magnitude
         : name == "relative-change" ? ranking::relative_change
                                     : ranking::change;
}

std::vector<std::uint32_t> choose(const selection& how, double alpha, const candidates& from, random_stream random) {
  std::vector<float> made;
  const auto ranked = scores(how, from, made);
  if (!how.parts.empty())
    return find_largest(ranked, alpha, how.parts);
  const auto count = count_for(alpha, ranked.size());
  const auto drawn = how.half_random ? count / 2 : 0;
  auto places = find_largest(ranked, count - drawn);
  if (drawn > 0)
    add_random(
        places, ranked.size(), drawn, [](std::uint32_t) { return true; }, random);
  if (how.lower_bound > 0) {
    const auto extra = how.lower_bound * alpha * static_cast<double>(ranked.size());
    const auto due = how.lower_bound * from.rounds;
    add_random(
        places, ranked.size(), static_cast<std::size_t>(std::llround(extra)),
        [&](std::uint32_t i) { return from.counts[i] < due; }, random);
  }
  return how.width == 2 ? both_of(places) : places;
}

} // namespace rhizome::sharing
