#include "topologies/lattice.hpp"

namespace rhizome::topologies {

static std::size_t largest_divisor_up_to_root(std::size_t nodes) {
  std::size_t found = 1;
  for (std::size_t divisor = 2; divisor * divisor <= nodes; ++divisor)
    if (nodes % divisor == 0)
      found = divisor;
  return found;
}

std::vector<config::key> lattice_keys() {
  return {{.name = "rows",
           .default_value = std::int64_t{0},
           .sentence = "Number of rows; 0 takes what fits columns and experiment.nodes, as square as possible.",
           .minimum = 0},
          {.name = "columns",
           .default_value = std::int64_t{0},
           .sentence = "Number of columns; 0 takes what fits rows and experiment.nodes, as square as possible.",
           .minimum = 0}};
}

result<lattice> find_lattice(const config::section& parameters, std::size_t nodes) {
  auto rows = static_cast<std::size_t>(parameters.integer("rows"));
  auto columns = static_cast<std::size_t>(parameters.integer("columns"));
  if (rows == 0 && columns == 0)
    rows = largest_divisor_up_to_root(nodes);
  if (rows == 0 && nodes % columns == 0)
    rows = nodes / columns;
  if (columns == 0 && nodes % rows == 0)
    columns = nodes / rows;
  if (rows == 0 || columns == 0)
    return fail(error_kind::invalid_input,
                "{} nodes cannot be laid out in {} {}; choose a divisor of experiment.nodes, or 0", nodes,
                rows + columns, rows == 0 ? "columns" : "rows");
  if (nodes % rows != 0 || nodes / rows != columns)
    return fail(error_kind::invalid_input,
                "{} rows and {} columns are not {} nodes; change experiment.nodes, or leave one of the two out", rows,
                columns, nodes);
  return lattice{rows, columns};
}

std::vector<position> positions(const lattice& l) {
  std::vector<position> made;
  for (std::size_t row = 0; row < l.rows; ++row)
    for (std::size_t column = 0; column < l.columns; ++column)
      made.push_back({static_cast<double>(column), static_cast<double>(row)});
  return made;
}

} // namespace rhizome::topologies
