#include "core/sharing/partial.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "core/random.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing;

namespace {

/// By sorting; of equal magnitudes the first ones.
std::vector<std::uint32_t> first_of_sorted(std::span<const float> values, std::size_t count) {
  std::vector<std::uint32_t> places(values.size());
  std::iota(places.begin(), places.end(), 0U);
  std::ranges::stable_sort(places, [&](auto a, auto b) { return std::abs(values[a]) > std::abs(values[b]); });
  places.resize(count);
  std::ranges::sort(places);
  return places;
}

} // namespace

TEST_CASE("the greatest magnitudes are those that sorting finds, and of equal ones the first") {
  random_stream random(1, purpose::sharing);
  std::vector<float> normal(500), alike(500), few(500), same(500, -2.0F);
  for (std::size_t i = 0; i < normal.size(); ++i) {
    normal[i] = static_cast<float>(random.normal());
    alike[i] = 1 + 1e-6F * static_cast<float>(random.below(1000)); // one exponent, few bits apart
    few[i] = static_cast<float>(random.below(5)) - 2;
  }
  normal[7] = std::numeric_limits<float>::infinity();
  normal[8] = std::numeric_limits<float>::denorm_min();
  for (const auto& values : {normal, alike, few, same, std::vector<float>(500)})
    for (std::size_t count = 0; count <= values.size(); ++count)
      REQUIRE(find_largest(values, count) == first_of_sorted(values, count));
}
