#include "topologies/report.hpp"

#include <nlohmann/json.hpp>

#include "tests/topologies/support.hpp"
#include "topologies/export.hpp"
#include "topologies/layout.hpp"
#include "topologies/registry.hpp"

using namespace rhizome;
using namespace rhizome::topologies;

namespace {

std::size_t count(const std::string& text, std::string_view thing) {
  std::size_t found = 0;
  for (auto at = text.find(thing); at != std::string::npos; at = text.find(thing, at + 1))
    ++found;
  return found;
}

const graph one_way = *graph::directed(3, std::vector<edge>{{0, 1}, {1, 2}, {2, 0}}, std::vector<double>{0.5, 0.25, 1});

} // namespace

TEST_CASE("the report of a regular topology reads like this") {
  const auto found = inspect(settings("complete"), 4, 1, 0);
  REQUIRE(found.has_value());
  CHECK(describe(found->facts) == "topology      complete, the same in each round\n"
                                  "nodes         4\n"
                                  "edges         6, undirected\n"
                                  "degree        min 3, mean 3, max 3\n"
                                  "components    1\n"
                                  "diameter      1\n"
                                  "weights       metropolis-hastings (symmetric, doubly stochastic: the average is "
                                  "kept)\n"
                                  "rho           0.000000\n"
                                  "spectral gap  1\n");
}

TEST_CASE("degrees that differ come with a histogram") {
  const auto found = inspect(settings("star", {{"weights", std::string("uniform")}}), 5, 1, 0);
  const auto text = describe(found->facts);
  CHECK(says(text, "min 1, mean 1.6, max 4\n                      1       4 nodes ####"));
  CHECK(says(text, "uniform (not symmetric, rows sum to 1, columns do not: the average is not kept)"));
  CHECK(says(describe(inspect(settings("barabasi-albert"), 2000, 1, 0)->facts), "nodes #"));
}

TEST_CASE("the report of a dynamic topology is that of the round") {
  const auto section = settings("erdos-renyi", {{"dynamic", true}});
  const auto third = inspect(section, 64, 1, 3);
  CHECK(says(describe(third->facts), "erdos-renyi, a fresh graph each round; round 3"));
  CHECK(*third->g == **graph_sequence::make(section, 64, 1)->at(3));
  CHECK(third->facts.edges != inspect(section, 64, 1, 4)->facts.edges);
}

TEST_CASE("the report as JSON has the same numbers") {
  const auto json = to_json(inspect(settings("hypercube"), 8, 1, 0)->facts);
  CHECK(json["topology"] == "hypercube");
  CHECK(json["edges"] == 12);
  CHECK(json["in_degree"]["histogram"][0]["nodes"] == 8);
  CHECK(json["diameter_max"] == 3);
  CHECK(json["spectral_gap"].get<double>() == doctest::Approx(0.5));
}

TEST_CASE("a wrong topology has no report but a sentence") {
  CHECK(says(inspect(settings("regular"), 5, 1, 0).error().message, "among 5 nodes"));
}

TEST_CASE("DOT names every node and each edge once") {
  CHECK(to_dot(*draw("path", 3)) == "graph topology {\n  0;\n  1;\n  2;\n  0 -- 1;\n  1 -- 2;\n}\n");
  CHECK(says(to_dot(one_way), "digraph topology {"));
  CHECK(says(to_dot(one_way), "  1 -> 2 [weight=0.25];\n"));
}

TEST_CASE("an SVG has a disc a node, a line an edge, and numbers only on small graphs") {
  const auto small = *to_svg(*draw("torus", 36));
  CHECK(count(small, "<circle ") == 36);
  CHECK(count(small, "<line ") == 72);
  CHECK(count(small, "<text ") == 36);
  CHECK(count(small, "marker") == 0);
  const auto large = *to_svg(*draw("regular", 1200));
  CHECK(count(large, "<line ") == 3000);
  CHECK(count(large, "<text ") == 0);
  CHECK(says(*to_svg(one_way), "marker-end"));
  CHECK(says(to_svg(*draw("ring", 5001)).error().message, "at most 5,000 nodes"));
}

TEST_CASE("a layout is the same each time, finite, and keeps nodes apart") {
  for (const auto* name : {"ring", "regular", "star", "complete", "hypercube", "binary-tree", "grid"}) {
    CAPTURE(name);
    const auto g = draw(name, 64);
    const auto places = lay_out(*g);
    const auto again = lay_out(*g);
    for (std::size_t a = 0; a < 64; ++a) {
      CHECK((std::isfinite(places[a].x) && places[a].x == again[a].x && places[a].y == again[a].y));
      for (std::size_t b = 0; b < a; ++b)
        CHECK(std::hypot(places[a].x - places[b].x, places[a].y - places[b].y) > 1e-3);
    }
  }
  CHECK(lay_out(*draw("complete", 1)).size() == 1);
}
