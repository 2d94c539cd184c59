#include "core/sharing/selection.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/config/schema.hpp"
#include "core/learning/registry.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/registry.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing;

namespace {

using places = std::vector<std::uint32_t>;

const std::vector<float> change = {1, -4, 2, 3};
const std::vector<float> model = {10, 8, -0.5, 6};

random_stream any_stream(std::uint32_t index = 0) {
  return {1, purpose::sharing, 0, index};
}

} // namespace

TEST_CASE("places are ranked by change, by magnitude, or by their ratio") {
  const candidates from{change, model};
  CHECK(choose({.by = ranking::change}, 0.5, from, any_stream()) == places{1, 3});
  CHECK(choose({.by = ranking::magnitude}, 0.5, from, any_stream()) == places{0, 1});
  CHECK(choose({.by = ranking::relative_change}, 0.5, from, any_stream()) == places{1, 2}); // 0.1, 0.5, 4, 0.5
  CHECK(choose({.by = ranking::change, .parts = {3, 1}}, 0.1, from, any_stream()) == places{1, 3});
}

TEST_CASE("an entry at 0 that has changed is first in proportion to its magnitude, one that has not is last") {
  const std::vector<float> moved = {1, 1e-6F, 0}, at = {1, 0, 0};
  CHECK(choose({.by = ranking::relative_change}, 0.3, {moved, at}, any_stream()) == places{1});
  CHECK(choose({.by = ranking::relative_change}, 0.6, {moved, at}, any_stream()) == places{0, 1});
}

TEST_CASE("complex coefficients are ranked by their magnitude and chosen as a whole") {
  const std::vector<float> y = {3, 0, 2.5F, 2.5F, 0, -1};
  CHECK(choose({.width = 2}, 0.4, {y, y}, any_stream()) == places{2, 3});
  CHECK(choose({.width = 2}, 0.7, {y, y}, any_stream()) == places{0, 1, 2, 3});
}

TEST_CASE("half of the places are drawn from those that are not among the greatest, all alike") {
  std::vector<int> drawn(4);
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const auto chosen = choose({.half_random = true}, 0.5, {change, model}, any_stream(i));
    REQUIRE(chosen.size() == 2);
    CHECK(std::ranges::is_sorted(chosen));
    for (const auto place : chosen)
      ++drawn[place];
  }
  CHECK(drawn[1] == 3000);
  for (const std::size_t place : {0U, 2U, 3U})
    CHECK(drawn[place] == doctest::Approx(1000).epsilon(0.1));
}

TEST_CASE("a lower bound adds places that were sent in less than its share of the rounds") {
  const std::vector<float> counts = {4, 0, 5, 4};
  const selection how{.lower_bound = 0.5};
  CHECK(choose(how, 0.5, {change, model, counts, 10}, any_stream()) ==
        places{0, 1, 3});                                                            // 0.5 x 0.5 x 4 = 1; 2 is not due
  CHECK(choose(how, 0.5, {change, model, counts, 8}, any_stream()) == places{1, 3}); // none is due
}

TEST_CASE("selection by magnitude is refused with a memory of changes") {
  for (const std::string name : {"top-k", "growing-alpha", "wavelet", "jwins", "fft"})
    for (const std::string accumulation : {"none", "whole"}) {
      CAPTURE(name);
      auto keys = config::defaults(sharing::schema(), name);
      keys.set("selection", std::string("magnitude"));
      keys.set("accumulation", accumulation);
      config::document document;
      document.set("sharing", keys);
      document.set("sharing.codec", config::defaults(sharing::codec_schema()));
      document.set("algorithm", config::defaults(learning::algorithm_schema()));
      const auto problems = sharing::schema().check(document);
      REQUIRE(problems.size() == (accumulation == "none" ? 0 : 1));
      if (!problems.empty())
        CHECK(problems.front().sentence.find("\"magnitude\" does not look at them") != std::string::npos);
    }
}
