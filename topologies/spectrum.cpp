#include "topologies/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <Eigen/Dense>
#include <Eigen/Sparse>
#include <Spectra/GenEigsSolver.h>
#include <Spectra/SymEigsSolver.h>

namespace rhizome::topologies {

namespace {

using sparse_matrix = Eigen::SparseMatrix<double, Eigen::RowMajor>;
using column = Eigen::VectorXd;
constexpr Eigen::Index dense_limit = 500;

/// Ends of the spectrum of a symmetric matrix, without the eigenvalue of the constant vector.
struct extremes {
  double smallest = 0;
  double largest = 0;
  bool converged = true;
};

sparse_matrix to_matrix(const graph& g, const mixing_weights& weights) {
  const auto n = static_cast<Eigen::Index>(g.size());
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(g.size() + g.edge_count());
  std::size_t e = 0;
  for (node_id i = 0; i < g.size(); ++i) {
    entries.emplace_back(static_cast<int>(i), static_cast<int>(i), weights.self[i]);
    for (const node_id j : g.in(i))
      entries.emplace_back(static_cast<int>(i), static_cast<int>(j), weights.in[e++]);
  }
  sparse_matrix made(n, n);
  made.setFromTriplets(entries.begin(), entries.end());
  return made;
}

sparse_matrix to_laplacian(const graph& g) {
  mixing_weights minus_edges{.self = {}, .in = std::vector<double>(g.edge_count(), -1.0), .out = {}};
  for (node_id i = 0; i < g.size(); ++i)
    minus_edges.self.push_back(static_cast<double>(g.in_degree(i)));
  return to_matrix(g, minus_edges);
}

/// x -> A x - shift mean(x) 1. If A 1 = a 1, this moves the eigenvalue a of the constant vector to a - shift and leaves
/// all others where they are, whether A is symmetric or not (Brauer, 1952).
class deflated {
public:
  using Scalar = double;

  deflated(const sparse_matrix& matrix, double shift) : matrix_(matrix), shift_(shift) {}
  [[nodiscard]] Eigen::Index rows() const { return matrix_.rows(); }
  [[nodiscard]] Eigen::Index cols() const { return matrix_.cols(); }
  void perform_op(const double* x_in, double* y_out) const {
    const Eigen::Map<const column> x(x_in, rows());
    Eigen::Map<column> y(y_out, rows());
    y.noalias() = matrix_ * x;
    y.array() -= shift_ * x.mean();
  }
  [[nodiscard]] Eigen::MatrixXd dense() const {
    return Eigen::MatrixXd(matrix_).array() - shift_ / static_cast<double>(rows());
  }

private:
  const sparse_matrix& matrix_;
  double shift_;
};

/// Knows before the factorization how large it will be.
class sparse_factors : public Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> {
public:
  [[nodiscard]] double fill() const { return m_nonZerosPerCol.cast<double>().sum(); }
};

/// x -> B^-1 x for a positive definite B, on vectors whose mean is zero.
class inverse {
public:
  using Scalar = double;

  /// False if the factors would not fit (1e8 numbers) or B is not positive definite.
  [[nodiscard]] bool factorize(const Eigen::SparseMatrix<double>& matrix) {
    factors_.analyzePattern(matrix);
    if (factors_.fill() > 1e8)
      return false;
    factors_.factorize(matrix);
    return factors_.info() == Eigen::Success && factors_.vectorD().minCoeff() > 0;
  }
  [[nodiscard]] Eigen::Index rows() const { return factors_.rows(); }
  [[nodiscard]] Eigen::Index cols() const { return factors_.cols(); }
  void perform_op(const double* x_in, double* y_out) const {
    column x = Eigen::Map<const column>(x_in, rows());
    x.array() -= x.mean();
    Eigen::Map<column> y(y_out, rows());
    y = factors_.solve(x);
    y.array() -= y.mean();
  }

private:
  sparse_factors factors_;
};

/// The eigenvalue of A nearest to `bound`, on vectors whose mean is zero, by inverse iteration. All eigenvalues lie
/// above the bound (side = 1) or below it (side = -1). Relative to that distance it is exact to about 1e-8, however
/// small the distance. Nothing if the factors take too much memory or it does not converge.
std::optional<double> nearest_to(const sparse_matrix& a, double bound, int side) {
  const double point = bound - side * 1e-10; // off the bound itself, which may be an eigenvalue
  Eigen::SparseMatrix<double> identity(a.rows(), a.cols());
  identity.setIdentity();
  inverse op;
  if (!op.factorize(side * (Eigen::SparseMatrix<double>(a) - point * identity)))
    return {};
  Spectra::SymEigsSolver<inverse> solver(op, 1, 20);
  solver.init();
  solver.compute(Spectra::SortRule::LargestAlge, 100, 1e-9);
  if (solver.info() != Spectra::CompInfo::Successful)
    return {};
  return point + side / solver.eigenvalues()[0];
}

// Krylov iterations keep so many vectors, start again so often, and have converged at this residual, relative to the
// eigenvalue.
constexpr Eigen::Index krylov_vectors = 40;
constexpr Eigen::Index krylov_restarts = 20;
constexpr double krylov_tolerance = 1e-8;

/// Both ends of the spectrum of a symmetric operator by Lanczos iteration; not converged where they are so crowded that
/// it stalls.
extremes lanczos(deflated op) {
  Spectra::SymEigsSolver<deflated> solver(op, 2, krylov_vectors);
  solver.init();
  solver.compute(Spectra::SortRule::BothEnds, krylov_restarts, krylov_tolerance);
  if (solver.info() != Spectra::CompInfo::Successful)
    return {0, 0, false};
  const column values = solver.eigenvalues();
  return {values.minCoeff(), values.maxCoeff()};
}

/// The factor by which an operator shrinks a vector in each of many steps: an estimate of rho, slightly too small.
double shrinkage(const deflated& op) {
  constexpr int steps = 5000;
  column x(op.rows());
  for (Eigen::Index i = 0; i < x.size(); ++i)
    x[i] = i % 2 == 0 ? static_cast<double>(i) : -1.0; // has parts in slow and in alternating directions
  column y(op.rows());
  double log_shrinkage = 0;
  for (int step = 0; step < 2 * steps; ++step) {
    op.perform_op(x.data(), y.data());
    const double factor = y.norm() / x.norm();
    if (factor == 0)
      return 0;
    if (step >= steps)
      log_shrinkage += std::log(factor) / steps;
    x = y / y.norm();
  }
  return std::exp(log_shrinkage);
}

/// For a symmetric A with A 1 = a 1. The constant vector's eigenvalue moves to the mean of the others, so that it is at
/// neither end.
extremes find_extremes(const sparse_matrix& matrix, double a) {
  const double trace = matrix.diagonal().sum();
  const double mean_of_others = (trace - a) / static_cast<double>(matrix.rows() - 1);
  const deflated op(matrix, a - mean_of_others);
  if (matrix.rows() > dense_limit)
    return lanczos(op);
  const column values =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(op.dense(), Eigen::EigenvaluesOnly).eigenvalues();
  return {values.minCoeff(), values.maxCoeff()};
}

spectrum symmetric_spectrum(const sparse_matrix& w) {
  extremes ends = find_extremes(w, 1);
  const auto rho = [&] { return std::max(std::abs(ends.smallest), std::abs(ends.largest)); };
  if (w.rows() <= dense_limit || (ends.converged && rho() < 0.999))
    return {rho()};
  // The gap is tiny, or none was found: what counts is the distance to 1 or to -1. Row sums bound the spectrum from
  // below (Gershgorin), which most often settles that the end at -1 does not matter.
  const auto above = nearest_to(w, 1, -1);
  if (above && *above >= 1 - 2 * w.diagonal().minCoeff())
    return {*above};
  const auto below = ends.converged && ends.smallest > -0.999 ? ends.smallest : nearest_to(w, -1, 1);
  if (above && below)
    return {std::max(std::abs(*above), std::abs(*below))};
  return ends.converged ? spectrum{rho()} : spectrum{shrinkage({w, 1}), false};
}

spectrum general_spectrum(const sparse_matrix& w) {
  deflated op(w, 1);
  if (w.rows() <= dense_limit)
    return {Eigen::EigenSolver<Eigen::MatrixXd>(op.dense(), false).eigenvalues().cwiseAbs().maxCoeff()};
  Spectra::GenEigsSolver<deflated> solver(op, 2, krylov_vectors);
  solver.init();
  solver.compute(Spectra::SortRule::LargestMagn, krylov_restarts, krylov_tolerance);
  if (solver.info() == Spectra::CompInfo::Successful)
    return {solver.eigenvalues().cwiseAbs().maxCoeff()};
  return {shrinkage(op), false};
}

} // namespace

spectrum find_spectrum(const graph& g, const mixing_weights& weights) {
  if (g.size() < 2)
    return {};
  const sparse_matrix w = to_matrix(g, weights);
  return weights.is_symmetric(g) ? symmetric_spectrum(w) : general_spectrum(w);
}

laplacian_range laplacian_extremes(const graph& g) {
  if (g.size() < 2)
    return {1, 1};
  const sparse_matrix laplacian = to_laplacian(g);
  extremes ends = find_extremes(laplacian, 0);
  if (g.size() <= dense_limit || (ends.converged && ends.smallest > 1e-3 * ends.largest))
    return {ends.smallest, ends.largest};
  // No eigenvalue is above twice the largest degree (Gershgorin).
  const double ceiling = 2 * laplacian.diagonal().maxCoeff();
  if (!ends.converged)
    ends.largest = nearest_to(laplacian, ceiling, -1).value_or(ceiling);
  return {nearest_to(laplacian, 0, 1).value_or(ends.smallest), ends.largest};
}

} // namespace rhizome::topologies
