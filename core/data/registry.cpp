#include <algorithm>

#include "core/data/source.hpp"

/// The functions under core/data/sources/ that define a data set, one line each.
#define RHIZOME_DATA_SETS(DATA_SET)                                                                                    \
  DATA_SET(fashion_mnist)                                                                                              \
  DATA_SET(mnist)                                                                                                      \
  DATA_SET(cifar10)                                                                                                    \
  DATA_SET(cifar100)                                                                                                   \
  DATA_SET(femnist)                                                                                                    \
  DATA_SET(celeba)                                                                                                     \
  DATA_SET(shakespeare)                                                                                                \
  DATA_SET(npy)                                                                                                        \
  DATA_SET(csv)                                                                                                        \
  DATA_SET(synthetic_classes)                                                                                          \
  DATA_SET(synthetic_images)                                                                                           \
  DATA_SET(synthetic_regression)                                                                                       \
  DATA_SET(reddit)                                                                                                     \
  DATA_SET(movielens)                                                                                                  \
  DATA_SET(text)

#define RHIZOME_DECLARE(name) source name();
#define RHIZOME_CALL(name) sources::name(),

namespace rhizome::data {

namespace sources {

RHIZOME_DATA_SETS(RHIZOME_DECLARE)

} // namespace sources

const std::vector<source>& all_sources() {
  static const std::vector<source> all = {RHIZOME_DATA_SETS(RHIZOME_CALL)};
  return all;
}

const source* find_source(std::string_view name) {
  const auto found =
      std::ranges::find(all_sources(), name, [](const source& s) -> std::string_view { return s.variant.name; });
  return found == all_sources().end() ? nullptr : &*found;
}

task kind_of(const source& which, const config::section& data) {
  if (!data.has("task"))
    return which.kind;
  return data.text("task") == "regression" ? task::regression : task::classification;
}

} // namespace rhizome::data
