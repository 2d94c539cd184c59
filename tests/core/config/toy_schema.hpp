#pragma once

#include "core/config/schema.hpp"

namespace rhizome::tests {

/// A small schema with a key of every type, variants, a nested section and a check over two sections.
inline config::schema toy_schema() {
  using namespace config;
  const std::vector<key> types = {
      {.name = "flag", .default_value = true, .sentence = "A boolean."},
      {.name = "count", .default_value = std::int64_t{4}, .sentence = "An integer.", .minimum = 1, .maximum = 100},
      {.name = "rate",
       .default_value = 0.1,
       .sentence = "A real.",
       .unit = "seconds",
       .minimum = 0,
       .exclusive_minimum = true},
      {.name = "label", .default_value = std::string("a \"b\"\n"), .sentence = "A text."},
      {.name = "mode", .default_value = std::string("fast"), .sentence = "A choice.", .choices = {"fast", "slow"}},
      {.name = "sizes", .default_value = std::vector<std::int64_t>{1, 2}, .sentence = "Integers.", .minimum = 0},
      {.name = "rates", .default_value = std::vector<double>{}, .sentence = "Reals.", .maximum = 1},
      {.name = "tags", .default_value = std::vector<std::string>{"x"}, .sentence = "Texts.", .choices = {"x", "y"}}};
  const section_schema graph = {
      .name = "graph",
      .sentence = "A section with variants.",
      .keys = {{.name = "name",
                .default_value = std::string("ring"),
                .sentence = "Which graph.",
                .choices = {"ring", "regular", "small-world"}},
               {.name = "dynamic", .default_value = false, .sentence = "A fresh graph each round."}},
      .selector = "name",
      .variants = {{.name = "ring", .sentence = "A circle."},
                   {.name = "regular",
                    .sentence = "Equal degrees.",
                    .keys = {{.name = "degree", .default_value = std::int64_t{5}, .sentence = "Neighbours."}}},
                   {.name = "small-world",
                    .sentence = "Short paths | long ones.",
                    .keys = {{.name = "degree", .default_value = std::int64_t{2}, .sentence = "Neighbours at first."},
                             {.name = "rewiring", .default_value = 0.1, .sentence = "Moved edges."}}}},
      .check = [](const document& doc) -> std::vector<problem> {
        if (!doc["graph"].has("degree") || doc["graph"].integer("degree") < doc["types"].integer("count"))
          return {};
        return {{"graph.degree", "must be less than types.count"}, {"types.count", "must be more than graph.degree"}};
      }};
  const section_schema codec = {.name = "graph.codec",
                                .sentence = "A section within a section.",
                                .keys = {{.name = "bits", .default_value = std::int64_t{8}, .sentence = "Bits."}}};
  return {{{.name = "types", .sentence = "A key of every type.", .keys = types}, graph, codec}};
}

} // namespace rhizome::tests
