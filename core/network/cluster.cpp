#include "core/network/cluster.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/config/describe.hpp"
#include "core/learning/registry.hpp"

namespace rhizome::network {

namespace {

using config::problem;
using namespace std::string_literals;

constexpr std::int64_t kib = 1024;
constexpr std::int64_t largest_chunk = 1024;      // KiB
constexpr std::int64_t largest_window = 32 * kib; // KiB: what a link may hold
constexpr double longest_wait = 1e7;              // seconds

constexpr std::array<std::pair<std::string_view, placement_kind>, 4> placements{{
    {"blocks", placement_kind::blocks},
    {"round-robin", placement_kind::round_robin},
    {"weighted", placement_kind::weighted},
    {"explicit", placement_kind::by_map},
}};

/// Nodes of all roles: an algorithm may have a server beside its `experiment.nodes`, or one node in their stead.
std::uint32_t count_nodes(const config::document& doc) {
  const auto& algorithm = learning::find_algorithm(doc["algorithm"].text("name"));
  std::uint32_t count = 0;
  for (const auto& role : algorithm.roles(static_cast<std::uint32_t>(doc["experiment"].integer("nodes"))))
    count += role.count;
  return count;
}

std::size_t count_carriers(const config::section& s) {
  return s.texts("hosts").size() + (s.boolean("local") ? 1 : 0);
}

void check_hosts(const config::section& s, std::vector<problem>& out) {
  std::vector<endpoint> seen;
  for (const auto& text : s.texts("hosts")) {
    const auto host = parse_endpoint(text);
    if (!host)
      out.push_back({"cluster.hosts", host.error().message});
    else if (host->port == 0)
      out.push_back({"cluster.hosts", fmt::format("{} has no port to connect to", config::quoted(text))});
    else if (std::ranges::find(seen, *host) != seen.end())
      out.push_back({"cluster.hosts", fmt::format("{} stands there twice", config::quoted(text))});
    else
      seen.push_back(*host);
  }
  if (count_carriers(s) == 0)
    out.push_back({"cluster.local", "no machine would carry nodes; name some in cluster.hosts, or let this one carry "
                                    "them with true"});
}

/// How many machines carry nodes, and which, for messages.
std::string carriers_in_words(const config::section& s) {
  const auto hosts = s.texts("hosts").size();
  if (!s.boolean("local"))
    return fmt::format("{}, one for each of cluster.hosts", hosts);
  return fmt::format("{}: one for this machine (cluster.local), then one for each of cluster.hosts", hosts + 1);
}

void check_weights(const config::section& s, std::vector<problem>& out) {
  const auto& weights = s.reals("weights");
  if (weights.empty())
    return;
  if (s.text("placement") != "weighted")
    out.push_back({"cluster.weights", "it is only for cluster.placement = \"weighted\""});
  else if (weights.size() != count_carriers(s))
    out.push_back({"cluster.weights", fmt::format("{} were given; expected {}", weights.size(), carriers_in_words(s))});
  else if (!std::ranges::all_of(weights, [](double w) { return std::isfinite(w); }))
    out.push_back({"cluster.weights", "expected finite numbers"});
  else if (std::ranges::all_of(weights, [](double w) { return w == 0; }))
    out.push_back({"cluster.weights", "no machine would carry nodes; at least one weight is above 0"});
}

void check_map(const config::document& doc, std::vector<problem>& out) {
  const auto& s = doc["cluster"];
  const auto& map = s.texts("map");
  const bool wanted = s.text("placement") == "explicit";
  if (wanted && map.size() != count_carriers(s))
    out.push_back({"cluster.map", fmt::format("{} texts were given; cluster.placement = \"explicit\" expects {}",
                                              map.size(), carriers_in_words(s))});
  else if (!wanted && !map.empty())
    out.push_back({"cluster.map", "it is only for cluster.placement = \"explicit\""});
  else if (wanted) {
    cluster_options options;
    options.hosts.resize(s.texts("hosts").size());
    options.local = s.boolean("local");
    options.kind = placement_kind::by_map;
    options.map = map;
    if (const auto placed = options.place(count_nodes(doc), {}); !placed)
      out.push_back({"cluster.map", placed.error().message});
  }
}

void check_tls(const config::section& s, std::vector<problem>& out) {
  const std::array keys{"tls_ca"s, "tls_certificate"s, "tls_key"s};
  const auto given = std::ranges::count_if(keys, [&](const auto& key) { return !s.text(key).empty(); });
  if (given == 0 || given == std::ssize(keys))
    return;
  for (const auto& key : keys)
    if (s.text(key).empty())
      out.push_back({"cluster." + key, "TLS takes all of tls_ca, tls_certificate and tls_key, or none of them"});
}

std::vector<problem> check(const config::document& doc) {
  const auto& s = doc["cluster"];
  std::vector<problem> out;
  check_hosts(s, out);
  check_weights(s, out);
  check_map(doc, out);
  check_tls(s, out);
  if (s.integer("chunk") * s.integer("window") > largest_window)
    out.push_back(
        {"cluster.window", fmt::format("{} chunks of {} KiB are more than the 32 MiB that a link may hold; "
                                       "expected at most {}",
                                       s.integer("window"), s.integer("chunk"), largest_window / s.integer("chunk"))});
  return out;
}

config::key file_key(std::string name, std::string sentence) {
  return {.name = std::move(name), .default_value = ""s, .sentence = std::move(sentence)};
}

config::key time_key(std::string name, double seconds, std::string sentence) {
  return {.name = std::move(name),
          .default_value = seconds,
          .sentence = std::move(sentence),
          .unit = "seconds",
          .minimum = 0,
          .maximum = longest_wait,
          .exclusive_minimum = true};
}

config::key placement_key() {
  config::key key{.name = "placement",
                  .default_value = std::string(placements.front().first),
                  .sentence =
                      "Which nodes a machine carries: consecutive ones, equally many each; in turns; as many as "
                      "weights or cores say; or as map says."};
  for (const auto& [name, kind] : placements)
    key.choices.emplace_back(name);
  return key;
}

} // namespace

config::section_schema cluster_schema() {
  return {
      .name = "cluster",
      .sentence = "The machines that a run is spread over, and the links between them. No result depends on it.",
      .keys = {{.name = "hosts",
                .default_value = std::vector<std::string>{},
                .sentence = "Lent machines, as \"HOST:PORT\" at which `rhizome host` listens; none: everything runs "
                            "in this process."},
               {.name = "local",
                .default_value = true,
                .sentence = "Whether the machine that starts the run carries nodes too."},
               placement_key(),
               {.name = "weights",
                .default_value = std::vector<double>{},
                .sentence = "With placement = \"weighted\": a weight for each machine that carries nodes, this one "
                            "first if it does; none: its cores.",
                .minimum = 0},
               {.name = "map",
                .default_value = std::vector<std::string>{},
                .sentence = "With placement = \"explicit\": the nodes of each machine that carries some, such as "
                            "\"0-15,32\", this one first if it does."},
               time_key("liveness", 10, "A machine that was silent for so long is taken for dead."),
               time_key("join_timeout", 60, "How long the machines may take to join the run."),
               time_key("retry", 5, "From one attempt to win back a lost machine to the next."),
               file_key("tls_ca", "File with the cluster's own certificate authority; empty: no TLS."),
               file_key("tls_certificate", "File with this machine's certificate, signed by that authority."),
               file_key("tls_key", "File with this machine's private key."),
               {.name = "allow_mixed",
                .default_value = false,
                .sentence = "Let machines join whose program, instruction set or libraries differ; results may "
                            "then differ in their last bits."},
               {.name = "chunk",
                .default_value = std::int64_t{256},
                .sentence = "The largest piece of a model in one message.",
                .unit = "KiB",
                .minimum = 1,
                .maximum = largest_chunk},
               {.name = "window",
                .default_value = std::int64_t{8},
                .sentence = "Chunks of a link on their way at once; with their size it bounds what a link holds, at "
                            "most 32 MiB.",
                .unit = "chunks",
                .minimum = 1,
                .maximum = largest_window}},
      .check = check};
}

cluster_options cluster_options::from(const config::section& s) {
  cluster_options options;
  for (const auto& text : s.texts("hosts")) {
    auto host = parse_endpoint(text);
    if (!host)
      throw std::logic_error(host.error().message);
    options.hosts.push_back(std::move(*host));
  }
  const auto kind =
      std::ranges::find(placements, s.text("placement"), &std::pair<std::string_view, placement_kind>::first);
  if (kind == placements.end())
    throw std::logic_error("there is no placement " + s.text("placement"));
  options.local = s.boolean("local");
  options.kind = kind->second;
  options.weights = s.reals("weights");
  options.map = s.texts("map");
  options.liveness = std::chrono::duration<double>(s.real("liveness"));
  options.join_timeout = std::chrono::duration<double>(s.real("join_timeout"));
  options.retry = std::chrono::duration<double>(s.real("retry"));
  options.tls_ca = s.text("tls_ca");
  options.tls_certificate = s.text("tls_certificate");
  options.tls_key = s.text("tls_key");
  options.allow_mixed = s.boolean("allow_mixed");
  options.chunk = static_cast<std::size_t>(s.integer("chunk") * kib);
  options.window = static_cast<std::uint32_t>(s.integer("window"));
  return options;
}

std::vector<host_id> cluster_options::carriers() const {
  std::vector<host_id> result;
  for (host_id host = local ? 0 : 1; host < host_count(); ++host)
    result.push_back(host);
  return result;
}

result<placement> cluster_options::place(std::uint32_t nodes, std::span<const std::uint32_t> cores) const {
  const auto on = carriers();
  switch (kind) {
  case placement_kind::blocks:
    return place_blocks(nodes, host_count(), on);
  case placement_kind::round_robin:
    return place_round_robin(nodes, host_count(), on);
  case placement_kind::by_map:
    return place_by_map(nodes, host_count(), on, map);
  case placement_kind::weighted:
    break;
  }
  if (!weights.empty())
    return place_weighted(nodes, host_count(), on, weights);
  std::vector<double> by_cores;
  by_cores.reserve(on.size());
  for (const auto host : on)
    by_cores.push_back(std::max(1U, cores[host]));
  return place_weighted(nodes, host_count(), on, by_cores);
}

} // namespace rhizome::network
