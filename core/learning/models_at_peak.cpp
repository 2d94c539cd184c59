#include "core/learning/models_at_peak.hpp"

#include <cmath>

namespace rhizome::learning {

double models_at_peak(double neighbours) {
  if (!(neighbours > 0))
    return 1;
  const double share = std::pow(1 / (neighbours + 1), 1 / neighbours); // where the derivative is 0
  return 1 + share - std::pow(share, neighbours + 1);
}

} // namespace rhizome::learning
