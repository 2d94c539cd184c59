#include "topologies/spectrum.hpp"

#include <cmath>
#include <numbers>

#include "tests/topologies/support.hpp"

using namespace rhizome;
using namespace rhizome::topologies;
using doctest::Approx;

namespace {

double rho(const graph& g, mixing_rule rule) {
  const auto weights = mix(g, rule);
  REQUIRE(weights.has_value());
  const auto found = find_spectrum(g, *weights);
  CHECK(found.converged);
  return found.rho;
}

/// w (1 + 2 cos(2 pi / n)) for weights w = 1/3.
double ring_rho(std::size_t n) {
  return (1 + 2 * std::cos(2 * std::numbers::pi / static_cast<double>(n))) / 3;
}

constexpr mixing_rule metropolis{};

} // namespace

TEST_CASE("a ring's spectrum is 1/3 + 2/3 cos(2 pi k / n)") {
  for (const std::size_t n : {3, 4, 5, 16, 101, 500})
    CHECK(rho(*draw("ring", n), metropolis) == Approx(ring_rho(n)).epsilon(1e-12));
}

TEST_CASE("a large ring's tiny gap is found by sparse factorization") {
  for (const std::size_t n : {501, 1024, 8192}) {
    const double gap = 1 - rho(*draw("ring", n), metropolis);
    CHECK(gap / (1 - ring_rho(n)) == Approx(1).epsilon(1e-4));
  }
}

TEST_CASE("a complete graph with uniform weights averages at once") {
  for (const std::size_t n : {2, 3, 64, 600})
    CHECK(std::abs(rho(*draw("complete", n), {.weights = weight_rule::uniform})) < 1e-12);
}

TEST_CASE("a hypercube of dimension m has the eigenvalues 1 - 2 k / (m + 1)") {
  for (const unsigned m : {2u, 3u, 6u, 10u})
    CHECK(rho(*draw("hypercube", std::size_t{1} << m), metropolis) == Approx(1 - 2.0 / (m + 1)).epsilon(1e-8));
}

TEST_CASE("a torus has the eigenvalues of both its rings") {
  const auto torus_rho = [](double side) { return (1 + 2 + 2 * std::cos(2 * std::numbers::pi / side)) / 5; };
  CHECK(rho(*draw("torus", 64), metropolis) == Approx(torus_rho(8)).epsilon(1e-12));
  CHECK(rho(*draw("torus", 32 * 32), metropolis) == Approx(torus_rho(32)).epsilon(1e-8));
  CHECK(rho(*draw("torus", 128 * 128), metropolis) == Approx(torus_rho(128)).epsilon(1e-7));
}

TEST_CASE("a star's slowest direction decays with its smallest weight") {
  // Metropolis-Hastings: leaves keep 1 - 1/n; differences between leaves decay by that.
  CHECK(rho(*draw("star", 10), metropolis) == Approx(0.9).epsilon(1e-12));
  CHECK(rho(*draw("star", 800), metropolis) == Approx(1 - 1.0 / 800).epsilon(1e-9));
}

TEST_CASE("the best constant balances both ends of the spectrum") {
  // Complete: a = 1/n averages at once. Path of 3: Laplacian eigenvalues 0, 1, 3, so a = 1/2 and rho = 1/2.
  CHECK(rho(*draw("complete", 12), {.weights = weight_rule::best_constant}) < 1e-12);
  CHECK(rho(*draw("path", 3), {.weights = weight_rule::best_constant}) == Approx(0.5).epsilon(1e-12));
  // Ring of even n: eigenvalues 2 - 2 cos(2 pi k / n) up to 4.
  for (const std::size_t n : {8, 64, 600, 4096}) {
    const double smallest = 2 - 2 * std::cos(2 * std::numbers::pi / static_cast<double>(n));
    const double gap = 1 - rho(*draw("ring", n), {.weights = weight_rule::best_constant});
    CHECK(gap / (2 * smallest / (4 + smallest)) == Approx(1).epsilon(1e-4));
  }
}

TEST_CASE("lazy weights move the spectrum into [0, 1]") {
  const auto g = draw("ring", 16);
  CHECK(rho(*g, {.weights = weight_rule::metropolis_hastings, .lazy = true}) ==
        Approx((1 + ring_rho(16)) / 2).epsilon(1e-12));
}

TEST_CASE("a matrix that is not symmetric has the second largest magnitude of its eigenvalues") {
  // Star with uniform weights: similar to a symmetric matrix with eigenvalues 1, 1/2 (n - 2 times) and 1/n - 1/2.
  CHECK(rho(*draw("star", 10), {.weights = weight_rule::uniform}) == Approx(0.5).epsilon(1e-9));
  // Directed ring with w = 1/2: (1 + exp(2 pi i / n)) / 2, whose magnitude is cos(pi / n).
  for (const std::size_t n : {7, 700}) {
    std::vector<edge> edges;
    for (node_id node = 0; node < n; ++node)
      edges.push_back({node, static_cast<node_id>((node + 1) % n)});
    const auto g = graph::directed(n, edges);
    const auto weights = mix(*g, {.weights = weight_rule::uniform});
    CHECK(find_spectrum(*g, *weights).rho ==
          Approx(std::cos(std::numbers::pi / static_cast<double>(n))).epsilon(n == 7 ? 1e-12 : 1e-3));
  }
  // Large and without structure: dense and iterative methods agree.
  const auto small = draw(settings("barabasi-albert"), 500);
  const auto large = draw(settings("barabasi-albert"), 501);
  CHECK(rho(*small, {.weights = weight_rule::uniform}) ==
        Approx(rho(*large, {.weights = weight_rule::uniform})).epsilon(0.05));
}

TEST_CASE("a large random regular graph is close to the Alon-Boppana bound") {
  // Friedman: second adjacency eigenvalue about 2 sqrt(d - 1) almost surely; here d = 5 and W = (A + I) / 6.
  const double found = rho(*draw("regular", 4096), metropolis);
  CHECK(found == Approx((1 + 2 * std::sqrt(4.0)) / 6).epsilon(0.02));
}

TEST_CASE("one node needs no averaging") {
  CHECK(rho(*draw("complete", 1), metropolis) == 0);
  CHECK(rho(*draw("complete", 1), {.weights = weight_rule::best_constant}) == 0);
}
