#include "core/network/cluster.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/config/print.hpp"
#include "core/config/sections.hpp"
#include "core/learning/registry.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::network;

namespace {

using texts = std::vector<std::string>;
using reals = std::vector<double>;
using settings = std::initializer_list<std::pair<std::string, config::value>>;

config::section cluster_section(settings given) {
  auto s = config::defaults(cluster_schema());
  for (const auto& [name, value] : given) {
    REQUIRE(s.has(name));
    s.set(name, value);
  }
  return s;
}

/// 8 nodes of the default algorithm.
config::document document(settings given, const std::string& algorithm = "d-psgd") {
  config::document doc;
  auto experiment = config::defaults(config::experiment_schema());
  experiment.set("nodes", std::int64_t{8});
  doc.set("experiment", experiment);
  doc.set("algorithm", config::defaults(learning::algorithm_schema(), algorithm));
  doc.set("cluster", cluster_section(given));
  return doc;
}

/// The problems that the check finds, as "key: sentence".
texts problems(settings given, const std::string& algorithm = "d-psgd") {
  texts result;
  for (const auto& p : cluster_schema().check(document(given, algorithm)))
    result.push_back(p.key + ": " + p.sentence);
  return result;
}

const texts two{"a:1", "b:1"};

} // namespace

TEST_CASE("without [cluster] everything runs in this process") {
  CHECK(problems({}).empty());
  const auto options = cluster_options::from(cluster_section({}));
  CHECK(options.hosts.empty());
  CHECK(options.host_count() == 1);
  CHECK(options.carriers() == std::vector<host_id>{0});
  CHECK_FALSE(options.tls());
  CHECK(options.chunk == 256 * 1024);
  CHECK(options.window == 8);
  CHECK(options.liveness.count() == 10);
  CHECK(options.join_timeout.count() == 60);
  CHECK(options.retry.count() == 5);
  const auto placed = options.place(8, {});
  REQUIRE(placed);
  CHECK(placed->subtrees(0) == std::vector<subtree>{{3, 0}});
}

TEST_CASE("what is set arrives") {
  const auto options = cluster_options::from(cluster_section({{"hosts", two},
                                                              {"local", false},
                                                              {"placement", std::string("weighted")},
                                                              {"weights", reals{1, 3}},
                                                              {"tls_ca", std::string("ca")},
                                                              {"tls_certificate", std::string("c")},
                                                              {"tls_key", std::string("k")},
                                                              {"allow_mixed", true},
                                                              {"chunk", std::int64_t{1024}},
                                                              {"window", std::int64_t{32}}}));
  CHECK(options.hosts == std::vector<endpoint>{{"a", 1}, {"b", 1}});
  CHECK(options.carriers() == std::vector<host_id>{1, 2});
  CHECK(options.tls());
  CHECK(options.allow_mixed);
  CHECK(options.chunk == 1 << 20);
  CHECK(options.window == 32);
  CHECK(options.place(8, {})->hosts_of_nodes() == std::vector<host_id>{1, 1, 2, 2, 2, 2, 2, 2});
}

TEST_CASE("nodes are placed as the file says") {
  const std::vector<std::uint32_t> cores{2, 4, 2};
  const auto placed = [&](settings given) {
    auto s = cluster_section(given);
    s.set("hosts", two);
    return cluster_options::from(s).place(8, cores)->hosts_of_nodes();
  };
  using hosts = std::vector<host_id>;
  CHECK(placed({}) == hosts{0, 0, 0, 1, 1, 1, 2, 2});
  CHECK(placed({{"placement", std::string("round-robin")}}) == hosts{0, 1, 2, 0, 1, 2, 0, 1});
  CHECK(placed({{"placement", std::string("weighted")}}) == hosts{0, 0, 1, 1, 1, 1, 2, 2});
  CHECK(placed({{"placement", std::string("weighted")}, {"local", false}}) == hosts{1, 1, 1, 1, 1, 2, 2, 2});
  CHECK(placed({{"placement", std::string("explicit")}, {"map", texts{"7", "", "0-6"}}}) ==
        hosts{2, 2, 2, 2, 2, 2, 2, 0});
}

TEST_CASE("hosts are endpoints, each once, and somebody carries the nodes") {
  CHECK(problems({{"hosts", two}}).empty());
  CHECK(problems({{"hosts", two}, {"local", false}}).empty());
  CHECK(problems({{"hosts", texts{"a:1", "a", "a:1", "b:0"}}}) ==
        texts{"cluster.hosts: \"a\" is not an address: expected HOST:PORT, such as \"a:4711\", \"10.0.0.1:4711\" or "
              "\"[::1]:4711\"",
              "cluster.hosts: \"a:1\" stands there twice", "cluster.hosts: \"b:0\" has no port to connect to"});
  CHECK(problems({{"local", false}}) ==
        texts{"cluster.local: no machine would carry nodes; name some in cluster.hosts, "
              "or let this one carry them with true"});
}

TEST_CASE("weights fit the machines that carry nodes") {
  const std::string weighted = "weighted";
  CHECK(problems({{"hosts", two}, {"placement", weighted}}).empty());
  CHECK(problems({{"hosts", two}, {"placement", weighted}, {"weights", reals{1, 0, 2}}}).empty());
  CHECK(problems({{"hosts", two}, {"placement", weighted}, {"weights", reals{1, 2}}}) ==
        texts{"cluster.weights: 2 were given; expected 3: one for this machine (cluster.local), then one for each of "
              "cluster.hosts"});
  CHECK(problems({{"hosts", two}, {"local", false}, {"placement", weighted}, {"weights", reals{1}}}) ==
        texts{"cluster.weights: 1 were given; expected 2, one for each of cluster.hosts"});
  CHECK(problems({{"weights", reals{1}}}) == texts{"cluster.weights: it is only for cluster.placement = \"weighted\""});
  CHECK(problems({{"placement", weighted}, {"weights", reals{0}}}) ==
        texts{"cluster.weights: no machine would carry nodes; at least one weight is above 0"});
  CHECK(problems({{"placement", weighted}, {"weights", reals{std::numeric_limits<double>::infinity()}}}) ==
        texts{"cluster.weights: expected finite numbers"});
}

TEST_CASE("a map fits the machines and the nodes of all roles") {
  const std::string by_map = "explicit";
  CHECK(problems({{"hosts", two}, {"placement", by_map}, {"map", texts{"0-1", "2-5", "6,7"}}}).empty());
  CHECK(problems({{"hosts", two}, {"placement", by_map}}) ==
        texts{"cluster.map: 0 texts were given; cluster.placement = \"explicit\" expects 3: one for this machine "
              "(cluster.local), then one for each of cluster.hosts"});
  CHECK(problems({{"placement", by_map}, {"map", texts{"0-6"}}}) ==
        texts{"cluster.map: node 7 is placed nowhere; every node is placed once"});
  CHECK(problems({{"map", texts{"0-7"}}}) == texts{"cluster.map: it is only for cluster.placement = \"explicit\""});
  CHECK(problems({{"placement", by_map}, {"map", texts{"0"}}}, "centralized").empty()); // one node in the stead of 8
}

TEST_CASE("TLS takes all of its files") {
  const auto file = std::string("f");
  CHECK(problems({{"tls_ca", file}, {"tls_certificate", file}, {"tls_key", file}}).empty());
  CHECK(problems({{"tls_ca", file}}) ==
        texts{"cluster.tls_certificate: TLS takes all of tls_ca, tls_certificate and tls_key, or none of them",
              "cluster.tls_key: TLS takes all of tls_ca, tls_certificate and tls_key, or none of them"});
}

TEST_CASE("a link holds at most 32 MiB") {
  CHECK(problems({{"chunk", std::int64_t{1024}}, {"window", std::int64_t{32}}}).empty());
  CHECK(problems({{"chunk", std::int64_t{1024}}, {"window", std::int64_t{33}}}) ==
        texts{"cluster.window: 33 chunks of 1024 KiB are more than the 32 MiB that a link may hold; expected at most "
              "32"});
  CHECK(problems({{"chunk", std::int64_t{1}}, {"window", std::int64_t{32768}}}).empty());
}

TEST_CASE("where a run's nodes are does not change its hash") {
  const config::schema schema{{config::experiment_schema(), cluster_schema()}};
  const auto hash = [&](settings given) { return config::config_hash(document(given), schema); };
  CHECK(hash({{"hosts", two}, {"placement", std::string("round-robin")}}) == hash({}));
}
