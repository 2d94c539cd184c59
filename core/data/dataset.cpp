#include "core/data/dataset.hpp"

namespace rhizome::data {

std::size_t dataset::features() const {
  std::size_t product = 1;
  for (const auto extent : shape)
    product *= static_cast<std::size_t>(extent);
  return product;
}

} // namespace rhizome::data
