#include "topologies/export.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "topologies/layout.hpp"

namespace rhizome::topologies {

namespace {

constexpr double side = 800;
constexpr double margin = 30;

/// Calls visit(edge, weight or NaN) for each directed edge, or once for each pair of an undirected graph.
template <class Visit>
void each_line(const graph& g, Visit visit) {
  const auto weights = g.out_weights();
  std::size_t i = 0;
  for (const edge& e : g.edges()) {
    const double weight = weights.empty() ? std::nan("") : weights[i++];
    if (!g.is_undirected() || e.from < e.to)
      visit(e, weight);
  }
}

/// Moves and scales places into the drawing, in the middle, with one scale for both axes.
std::vector<position> fit(std::vector<position> places) {
  const auto [left, right] = std::ranges::minmax(places, {}, &position::x);
  const auto [top, bottom] = std::ranges::minmax(places, {}, &position::y);
  const double extent = std::max({right.x - left.x, bottom.y - top.y, 1e-9});
  const double scale = (side - 2 * margin) / extent;
  const position middle{(left.x + right.x) / 2, (top.y + bottom.y) / 2};
  for (position& p : places)
    p = {side / 2 + scale * (p.x - middle.x), side / 2 + scale * (p.y - middle.y)};
  return places;
}

struct look {
  double radius; ///< of nodes, in pixels
  double width;  ///< of lines
  double opacity;
  bool labels;
};

look look_of(const graph& g) {
  const auto nodes = static_cast<double>(g.size());
  const double lines = static_cast<double>(g.edge_count()) / (g.is_undirected() ? 2 : 1);
  return {.radius = std::clamp(90 / std::sqrt(nodes), 1.5, 14.0),
          .width = std::clamp(12 / std::sqrt(lines + 1), 0.3, 1.6),
          .opacity = std::clamp(20 / std::sqrt(lines + 1), 0.08, 0.8),
          .labels = g.size() <= 100};
}

std::string header(const graph& g, const look& l) {
  std::string text =
      fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{0}\" viewBox=\"0 0 {0} {0}\">\n"
                  "<rect width=\"{0}\" height=\"{0}\" fill=\"#ffffff\"/>\n",
                  side);
  if (!g.is_undirected())
    text += "<defs><marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" markerWidth=\"7\" "
            "markerHeight=\"7\" orient=\"auto\"><path d=\"M 0 1 L 10 5 L 0 9 z\" fill=\"#334155\"/></marker></defs>\n";
  return text + fmt::format("<g stroke=\"#334155\" stroke-width=\"{:.2f}\" stroke-opacity=\"{:.2f}\"{}>\n", l.width,
                            l.opacity, g.is_undirected() ? "" : " marker-end=\"url(#head)\"");
}

/// The point on the way from `from` to `to` that lies `gap` before the end.
position before(position from, position to, double gap) {
  const double length = std::max(std::hypot(to.x - from.x, to.y - from.y), 1e-9);
  const double part = std::max(0.0, 1 - gap / length);
  return {from.x + part * (to.x - from.x), from.y + part * (to.y - from.y)};
}

} // namespace

std::string to_dot(const graph& g) {
  const bool undirected = g.is_undirected();
  std::string text = undirected ? "graph topology {\n" : "digraph topology {\n";
  for (node_id node = 0; node < g.size(); ++node)
    text += fmt::format("  {};\n", node);
  each_line(g, [&](edge e, double weight) {
    text += fmt::format("  {} {} {}", e.from, undirected ? "--" : "->", e.to);
    text += std::isnan(weight) ? ";\n" : fmt::format(" [weight={}];\n", weight);
  });
  return text + "}\n";
}

result<std::string> to_svg(const graph& g) {
  if (g.size() > 5'000 || g.edge_count() > 200'000)
    return fail(
        error_kind::invalid_input,
        "a drawing of {} nodes and {} edges would show nothing: at most 5,000 nodes and 100,000 edges; write DOT "
        "or an edge list for other programs",
        g.size(), g.edge_count() / (g.is_undirected() ? 2 : 1));
  const look l = look_of(g);
  const auto places = fit(lay_out(g));
  std::string text = header(g, l);
  const auto out = std::back_inserter(text);
  each_line(g, [&](edge e, double) {
    const position from = places[e.from];
    const position to = g.is_undirected() ? places[e.to] : before(from, places[e.to], l.radius);
    fmt::format_to(out, "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", from.x, from.y, to.x,
                   to.y);
  });
  fmt::format_to(out, "</g>\n<g fill=\"#2563eb\" stroke=\"#ffffff\" stroke-width=\"{:.2f}\">\n", l.radius / 8);
  for (const auto& [x, y] : places)
    fmt::format_to(out, "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>\n", x, y, l.radius);
  text += "</g>\n";
  if (l.labels) {
    fmt::format_to(out, "<g fill=\"#ffffff\" font-family=\"sans-serif\" font-size=\"{:.1f}\" text-anchor=\"middle\">\n",
                   l.radius);
    for (node_id node = 0; node < g.size(); ++node)
      fmt::format_to(out, "<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", places[node].x,
                     places[node].y + 0.36 * l.radius, node);
    text += "</g>\n";
  }
  return text + "</svg>\n";
}

} // namespace rhizome::topologies
