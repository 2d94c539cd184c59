#include "topologies/graph_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

namespace rhizome::topologies {

namespace {

struct numbered_line {
  std::size_t number = 0; ///< from 1
  std::vector<std::string_view> fields;
};

std::vector<std::string_view> split_fields(std::string_view line) {
  constexpr std::string_view blanks = " \t\r,";
  std::vector<std::string_view> fields;
  for (std::size_t start = line.find_first_not_of(blanks); start != std::string_view::npos;
       start = line.find_first_not_of(blanks, start)) {
    const std::size_t end = std::min(line.find_first_of(blanks, start), line.size());
    fields.push_back(line.substr(start, end - start));
    start = end;
  }
  return fields;
}

/// The lines that say something.
std::vector<numbered_line> split_lines(std::string_view text) {
  std::vector<numbered_line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line = line.substr(0, std::min(line.find('#'), line.size()));
    if (auto fields = split_fields(line); !fields.empty())
      lines.push_back({number, std::move(fields)});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size())
    return {};
  return value;
}

/// A field as it stands in a message: short and printable.
std::string quoted(std::string_view field) {
  std::string shown;
  for (const char c : field.substr(0, 40))
    shown += c >= ' ' && c <= '~' ? c : '?';
  return "\"" + shown + (field.size() > 40 ? "...\"" : "\"");
}

class reader {
public:
  reader(const std::string& name, const graph_file_options& options) : name_(name), options_(options) {}

  result<graph> read(std::string_view text) {
    auto lines = split_lines(text);
    return read_header(lines)
        .and_then([&] { return options_.format == graph_format::edges ? read_edges(lines) : read_adjacency(lines); })
        .and_then([&] { return make(); });
  }

private:
  template <class... Args>
  [[nodiscard]] tl::unexpected<error> fail_at(std::size_t line, fmt::format_string<Args...> format, Args&&... args) {
    return fail(error_kind::bad_data, "{}:{}: {}", name_, line, fmt::format(format, std::forward<Args>(args)...));
  }

  /// Takes the first line away if it is the number of nodes. In an adjacency list it can only be told from a node with
  /// one neighbour by the number of lines.
  result<void> read_header(std::vector<numbered_line>& lines) {
    if (lines.empty() || lines[0].fields.size() != 1)
      return {};
    if (options_.format == graph_format::adjacency && lines.size() <= options_.nodes)
      return {};
    const auto count = to_number<std::size_t>(lines[0].fields[0]);
    if (!count)
      return fail_at(lines[0].number, "expected an edge or the number of nodes, found {}", quoted(lines[0].fields[0]));
    if (*count != options_.nodes)
      return fail_at(lines[0].number, "the graph has {} nodes, but experiment.nodes is {}; make them equal", *count,
                     options_.nodes);
    lines.erase(lines.begin());
    return {};
  }

  result<void> read_edges(const std::vector<numbered_line>& lines) {
    for (const auto& [number, fields] : lines) {
      if (fields.size() != 2 && fields.size() != 3)
        return fail_at(number, "expected `u v` or `u v weight`, found {} fields", fields.size());
      const auto from = read_node(number, fields[0]);
      if (!from)
        return fail(from);
      if (auto read = read_edge(number, *from, fields[1], fields.size() == 3 ? fields[2] : ""); !read)
        return read;
    }
    return {};
  }

  result<void> read_adjacency(const std::vector<numbered_line>& lines) {
    if (lines.size() != options_.nodes)
      return fail(
          error_kind::bad_data,
          "{}: expected {} adjacency lines, one for each node in order, found {}; make experiment.nodes and the "
          "file agree",
          name_, options_.nodes, lines.size());
    for (std::size_t node = 0; node < lines.size(); ++node) {
      for (const std::string_view field : lines[node].fields) {
        const std::size_t colon = std::min(field.find(':'), field.size());
        const std::string_view weight = field.substr(std::min(colon + 1, field.size()));
        if (colon < field.size() && weight.empty())
          return fail_at(lines[node].number, "expected a weight after the colon of {}", quoted(field));
        if (auto read = read_edge(lines[node].number, static_cast<node_id>(node), field.substr(0, colon), weight);
            !read)
          return read;
      }
    }
    return {};
  }

  result<node_id> read_node(std::size_t line, std::string_view field) {
    const auto node = to_number<node_id>(field);
    if (!node)
      return fail_at(line, "expected a node's number, found {}", quoted(field));
    if (*node >= options_.nodes)
      return fail_at(line, "node {} does not exist: experiment.nodes is {}, and nodes are numbered from 0", *node,
                     options_.nodes);
    return *node;
  }

  result<void> read_edge(std::size_t line, node_id from, std::string_view to_field, std::string_view weight_field) {
    const auto to = read_node(line, to_field);
    if (!to)
      return fail(to);
    if (from == *to)
      return fail_at(line, "node {} has an edge to itself; leave it out, a node always keeps its own model", from);
    const bool weighted = !weight_field.empty();
    if (lines_.empty())
      weighted_ = weighted;
    if (weighted != weighted_)
      return fail_at(line, "this edge has {} weight, but the edges before it have {}; give all edges one, or none",
                     weighted ? "a" : "no", weighted ? "none" : "one");
    double weight = 0;
    if (weighted) {
      const auto parsed = to_number<double>(weight_field);
      if (!parsed || !std::isfinite(*parsed) || *parsed <= 0)
        return fail_at(line, "expected a positive weight, found {}", quoted(weight_field));
      weight = *parsed;
    }
    const auto [place, fresh] = lines_.try_emplace(edge{from, *to}, origin{line, weight});
    if (!fresh)
      return fail_at(line, "the edge {} {} is already in line {}; give it once", from, *to, place->second.line);
    return {};
  }

  result<graph> make() {
    std::vector<edge> edges;
    std::vector<double> weights;
    for (const auto& [e, here] : lines_) {
      if (!options_.directed) {
        const auto mirror = lines_.find({e.to, e.from});
        if (mirror != lines_.end() && mirror->second.weight != here.weight)
          return fail_at(std::max(here.line, mirror->second.line),
                         "the edge between {} and {} has another weight in line {}; make them equal, or set "
                         "topology.directed = true",
                         e.from, e.to, std::min(here.line, mirror->second.line));
        if (mirror != lines_.end() && e.to < e.from)
          continue; // said twice, once from each end
      }
      edges.push_back(e);
      if (weighted_)
        weights.push_back(here.weight);
    }
    return options_.directed ? graph::directed(options_.nodes, edges, weights)
                             : graph::undirected(options_.nodes, edges, weights);
  }

  struct origin {
    std::size_t line;
    double weight;
  };

  const std::string& name_;
  const graph_file_options& options_;
  std::map<edge, origin> lines_;
  bool weighted_ = false;
};

} // namespace

result<graph> parse_graph(std::string_view text, const std::string& name, const graph_file_options& options) {
  return reader(name, options).read(text);
}

result<graph> read_graph(const std::string& path, const graph_file_options& options) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  const bool readable = file && !std::filesystem::is_directory(path);
  if (readable)
    text.assign(std::istreambuf_iterator<char>(file), {});
  if (!readable)
    return fail(error_kind::bad_data, "{} cannot be read; topology.path names the file of the graph", path);
  return parse_graph(text, path, options);
}

std::string to_edge_list(const graph& g) {
  std::string text = fmt::format("{}\n", g.size());
  const auto weights = g.out_weights();
  std::size_t i = 0;
  for (const auto& [from, to] : g.edges()) {
    const std::size_t index = i++;
    if (g.is_undirected() && to < from)
      continue;
    if (weights.empty())
      fmt::format_to(std::back_inserter(text), "{} {}\n", from, to);
    else
      fmt::format_to(std::back_inserter(text), "{} {} {}\n", from, to, weights[index]);
  }
  return text;
}

} // namespace rhizome::topologies
