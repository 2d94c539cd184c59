#pragma once

// The bases of core/sharing/domains by their definitions, in double precision: what the tests compare with.

#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

namespace rhizome::test {

using dense_vector = std::vector<double>;

/// Both maps and the floats that stand together.
struct dense_basis {
  std::function<dense_vector(const dense_vector&)> forward;
  std::function<dense_vector(const dense_vector&)> inverse;
  std::size_t width = 1;
};

/// Row by row: the level's filters over the periodic signal, shifted by two; an odd last entry is its own row.
inline std::vector<dense_vector> wavelet_rows(std::size_t entries, const std::string& name, unsigned levels) {
  const double r = std::sqrt(3.0), s = 4 * std::sqrt(2.0);
  const dense_vector low = name == "haar" ? dense_vector{std::sqrt(0.5), std::sqrt(0.5)}
                                          : dense_vector{(1 + r) / s, (3 + r) / s, (3 - r) / s, (1 - r) / s};
  std::vector<dense_vector> coarse(entries, dense_vector(entries)), fine;
  for (std::size_t i = 0; i < entries; ++i)
    coarse[i][i] = 1;
  for (unsigned level = 0; level < levels && coarse.size() > 1; ++level) {
    const auto pairs = coarse.size() / 2;
    std::vector<dense_vector> a(pairs, dense_vector(entries)), d = a;
    for (std::size_t k = 0; k < pairs; ++k)
      for (std::size_t t = 0; t < low.size(); ++t)
        for (std::size_t e = 0; e < entries; ++e) {
          const double x = coarse[(2 * k + t) % (2 * pairs)][e];
          a[k][e] += low[t] * x;
          d[k][e] += (t % 2 == 0 ? 1 : -1) * low[low.size() - 1 - t] * x;
        }
    if (coarse.size() % 2 == 1)
      a.push_back(coarse.back());
    fine.insert(fine.begin(), d.begin(), d.end());
    coarse = a;
  }
  coarse.insert(coarse.end(), fine.begin(), fine.end());
  return coarse;
}

inline dense_basis dense_wavelet(std::size_t entries, const std::string& name, unsigned levels) {
  const auto rows = wavelet_rows(entries, name, levels);
  return {[rows](const dense_vector& x) {
            dense_vector y(rows.size());
            for (std::size_t i = 0; i < rows.size(); ++i)
              for (std::size_t e = 0; e < x.size(); ++e)
                y[i] += rows[i][e] * x[e];
            return y;
          },
          [rows](const dense_vector& y) { // orthonormal: the transposed matrix
            dense_vector x(rows.size());
            for (std::size_t i = 0; i < rows.size(); ++i)
              for (std::size_t e = 0; e < x.size(); ++e)
                x[e] += rows[i][e] * y[i];
            return x;
          }};
}

/// Of `entries` values with zeros up to n.
inline dense_basis dense_fourier(std::size_t entries, std::size_t n) {
  const double turn = 2 * std::numbers::pi / static_cast<double>(n);
  const double scale = std::sqrt(2 / static_cast<double>(n));
  return {[=](const dense_vector& x) {
            dense_vector y(n + 2);
            for (std::size_t k = 0; k <= n / 2; ++k)
              for (std::size_t e = 0; e < x.size(); ++e) {
                const double angle = turn * static_cast<double>(k * e % n);
                y[2 * k] += scale * x[e] * std::cos(angle);
                y[2 * k + 1] -= scale * x[e] * std::sin(angle);
              }
            return y;
          },
          [=](const dense_vector& y) {
            dense_vector x(entries);
            for (std::size_t e = 0; e < entries; ++e)
              for (std::size_t k = 0; k <= n / 2; ++k) {
                const double angle = turn * static_cast<double>(k * e % n);
                const double twice = k == 0 || k == n / 2 ? 1 : 2; // the other half is conjugate
                x[e] += twice * (y[2 * k] * std::cos(angle) - y[2 * k + 1] * std::sin(angle)) /
                        (static_cast<double>(n) * scale);
              }
            return x;
          },
          2};
}

} // namespace rhizome::test
