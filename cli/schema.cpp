#include "cli/schema.hpp"

#include <utility>

#include "core/config/sections.hpp"
#include "core/data/schema.hpp"
#include "core/learning/registry.hpp"
#include "core/learning/training.hpp"
#include "core/network/cluster.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/registry.hpp"
#include "models/schema.hpp"
#include "topologies/schema.hpp"

namespace rhizome::cli {

namespace {

/// The graph is checked for algorithms that use it: the others ignore [topology].
config::section_schema topology_schema() {
  auto section = topologies::schema();
  section.check = [check = std::move(section.check)](const config::document& doc) -> std::vector<config::problem> {
    const auto& algorithm = learning::find_algorithm(doc["algorithm"].text("name"));
    if (algorithm.uses(doc["algorithm"]) != learning::graph_use::topology)
      return {};
    return check(doc);
  };
  return section;
}

} // namespace

const config::schema& full_schema() {
  static const config::schema all{{
      config::experiment_schema(),
      data::schema(),
      models::schema(),
      learning::training_schema(),
      learning::algorithm_schema(),
      topology_schema(),
      sharing::schema(),
      sharing::codec_schema(),
      learning::aggregation_schema(),
      config::evaluation_schema(),
      config::runtime_schema(),
      network::cluster_schema(),
  }};
  return all;
}

} // namespace rhizome::cli
