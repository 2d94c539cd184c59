#pragma once

#include "topologies/graph.hpp"
#include "topologies/mixing.hpp"

namespace rhizome::topologies {

/// How fast repeated averaging forgets where it started.
struct spectrum {
  /// max(|lambda_2|, |lambda_n|) of the mixing matrix W, the second largest magnitude among its eigenvalues: each
  /// round of averaging shrinks disagreement by this factor in the long run; if W is symmetric, already in each round.
  double rho = 0;
  /// Whether the iteration for large graphs converged; otherwise rho is an estimate, slightly too small.
  bool converged = true;

  /// The spectral gap 1 - rho.
  [[nodiscard]] double gap() const { return 1 - rho; }
};

/// The spectrum of W on a connected graph. Up to 500 nodes all eigenvalues are computed (Eigen). Beyond that, with the
/// eigenvalue 1 deflated as W - 1 1^T/n: Lanczos iteration (Spectra) if W is symmetric and, where that stalls because
/// the gap is tiny, as on a large ring, inverse iteration with a sparse factorization of I - W and I + W; Arnoldi
/// iteration if W is not symmetric. What converges by none of these is estimated by power iteration.
[[nodiscard]] spectrum find_spectrum(const graph& g, const mixing_weights& weights);

/// The smallest nonzero and the largest eigenvalue of the Laplacian.
struct laplacian_range {
  double smallest = 0;
  double largest = 0;
};

/// Of a connected undirected graph; by the same methods. A graph of one node gives 1 and 1, so that formulas stay
/// finite.
[[nodiscard]] laplacian_range laplacian_extremes(const graph& g);

} // namespace rhizome::topologies
