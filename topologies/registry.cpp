#include "topologies/registry.hpp"

#include <algorithm>

// One line a topology: the name of a function in topologies/generators/.
#define RHIZOME_TOPOLOGIES(add)                                                                                        \
  add(regular);                                                                                                        \
  add(ring);                                                                                                           \
  add(path);                                                                                                           \
  add(star);                                                                                                           \
  add(complete);                                                                                                       \
  add(grid);                                                                                                           \
  add(torus);                                                                                                          \
  add(hypercube);                                                                                                      \
  add(binary_tree);                                                                                                    \
  add(erdos_renyi);                                                                                                    \
  add(watts_strogatz);                                                                                                 \
  add(barabasi_albert);                                                                                                \
  add(random_geometric);                                                                                               \
  add(file)

namespace rhizome::topologies {

namespace generators {

#define RHIZOME_DECLARE(name) topology name()
RHIZOME_TOPOLOGIES(RHIZOME_DECLARE);
#undef RHIZOME_DECLARE

} // namespace generators

std::span<const topology> all() {
  static const auto list = [] {
    std::vector<topology> made;
#define RHIZOME_ADD(name) made.push_back(generators::name())
    RHIZOME_TOPOLOGIES(RHIZOME_ADD);
#undef RHIZOME_ADD
    return made;
  }();
  return list;
}

const topology* find(std::string_view name) {
  const auto list = all();
  const auto found = std::ranges::find(list, name, [](const topology& t) -> std::string_view { return t.schema.name; });
  return found == list.end() ? nullptr : &*found;
}

} // namespace rhizome::topologies
