#include "cli/hosts_table.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/results/format.hpp"

namespace rhizome::cli {

namespace {

using actors::host_figures;
using actors::link_figures;
using results::format_bytes;
using results::format_count;

/// Cells by line; the first line has the headings. A line may end early, and its last cell then takes what it needs.
using cells = std::vector<std::vector<std::string>>;

/// Texts are aligned to the left and numbers to the right, with two spaces between columns.
std::string align(const cells& lines, std::size_t text_columns) {
  const auto columns = lines.front().size();
  std::vector<std::size_t> widths(columns, 0);
  for (const auto& line : lines)
    for (std::size_t c = 0; c < line.size(); ++c)
      if (c + 1 < line.size() || line.size() == columns)
        widths[c] = std::max(widths[c], line[c].size());
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t c = 0; c < line.size(); ++c)
      text +=
          c < text_columns ? fmt::format("{:<{}}  ", line[c], widths[c]) : fmt::format("{:>{}}  ", line[c], widths[c]);
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string bytes(std::uint64_t count) {
  return format_bytes(static_cast<double>(count));
}

std::vector<std::string> host_line(const std::string& host, const host_figures& f) {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  for (const auto& link : f.links) {
    sent += link.bytes_sent;
    received += link.bytes_received;
  }
  return {host,
          f.state,
          f.run.empty() ? "-" : f.run,
          format_count(f.nodes),
          format_count(f.round),
          format_count(f.cores),
          fmt::format("{:.2f}", f.load),
          bytes(f.memory_bytes),
          format_count(f.jobs_waiting),
          format_count(f.failures),
          format_count(f.links.size()),
          bytes(sent),
          bytes(received)};
}

std::vector<std::string> link_line(const std::string& host, const link_figures& l) {
  return {host,
          l.peer,
          bytes(l.bytes_sent),
          bytes(l.bytes_received),
          format_count(l.fragments_sent),
          format_count(l.fragments_received),
          format_count(l.fragments_queued),
          format_count(l.fragments_refused)};
}

nlohmann::ordered_json link_json(const link_figures& l) {
  return {{"peer", l.peer},
          {"bytes_sent", l.bytes_sent},
          {"bytes_received", l.bytes_received},
          {"fragments_sent", l.fragments_sent},
          {"fragments_received", l.fragments_received},
          {"fragments_refused", l.fragments_refused},
          {"fragments_queued", l.fragments_queued}};
}

nlohmann::ordered_json host_json(const std::string& host, const host_figures& f) {
  auto links = nlohmann::ordered_json::array();
  for (const auto& link : f.links)
    links.push_back(link_json(link));
  return {{"host", host},
          {"state", f.state},
          {"run", f.run},
          {"nodes", f.nodes},
          {"round", f.round},
          {"cores", f.cores},
          {"load", f.load},
          {"memory_bytes", f.memory_bytes},
          {"jobs_done", f.jobs_done},
          {"jobs_waiting", f.jobs_waiting},
          {"failures", f.failures},
          {"links", std::move(links)}};
}

} // namespace

std::string to_table(const std::vector<host_answer>& hosts) {
  cells lines{{"host", "state", "run", "nodes", "round", "cores", "load", "memory", "waiting", "failures", "links",
               "sent", "received"}};
  cells links{{"from", "to", "sent", "received", "fragments out", "in", "queued", "refused"}};
  for (const auto& [host, figures] : hosts) {
    lines.push_back(figures ? host_line(host, *figures) : std::vector{host, figures.error().message});
    if (figures)
      for (const auto& link : figures->links)
        links.push_back(link_line(host, link));
  }
  auto out = align(lines, 3);
  if (links.size() > 1)
    out += "\n" + align(links, 2);
  return out;
}

std::string to_json(const std::vector<host_answer>& hosts) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& [host, figures] : hosts)
    out.push_back(figures ? host_json(host, *figures)
                          : nlohmann::ordered_json{{"host", host}, {"error", figures.error().message}});
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace rhizome::cli
