#include "actors/host_figures.hpp"

#include "tests/support/doctest.hpp"

using namespace rhizome;

TEST_CASE("a process knows its memory and its machine's load") {
  CHECK(actors::resident_memory() > 100'000);
  CHECK(actors::resident_memory() < 1'000'000'000'000);
  CHECK(actors::load_average() >= 0);
}
