#include "cli/schema.hpp"

#include "core/config/sections.hpp"
#include "core/data/schema.hpp"
#include "core/learning/registry.hpp"
#include "core/learning/training.hpp"
#include "core/sharing/registry.hpp"
#include "models/schema.hpp"
#include "topologies/schema.hpp"

namespace rhizome::cli {

const config::schema& full_schema() {
  static const config::schema all{{
      config::experiment_schema(),
      data::schema(),
      models::schema(),
      learning::training_schema(),
      learning::algorithm_schema(),
      topologies::schema(),
      sharing::schema(),
      learning::aggregation_schema(),
      config::evaluation_schema(),
      config::runtime_schema(),
  }};
  return all;
}

} // namespace rhizome::cli
