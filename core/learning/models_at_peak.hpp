#pragma once

namespace rhizome::learning {

/// Models a node that are in memory at the peak of a round, where each node's is read by itself and `neighbours` others
/// while it makes its next one: 1 + max over x of (x - x^{neighbours + 1}), between 1 and 2. When a share x of the
/// nodes, in random order, has made its next model, an old one is gone if its node and all its readers are among them.
/// In runs the order is not quite random, and the peak somewhat lower.
[[nodiscard]] double models_at_peak(double neighbours);

} // namespace rhizome::learning
