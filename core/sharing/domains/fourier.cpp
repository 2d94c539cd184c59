#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <vector>

#include <kissfft/kiss_fftr.h>

#include "core/sharing/domains/domain.hpp"
#include "core/vectorised.hpp"

namespace rhizome::sharing {

namespace {

static_assert(sizeof(kiss_fft_cpx) == 2 * sizeof(float), "complex numbers are pairs of floats");

RHIZOME_VECTORISED void scale(float* values, std::size_t size, float by) {
  for (std::size_t i = 0; i < size; ++i)
    values[i] *= by;
}

/// The tables of KISS FFT, which it also writes in: each thread has its own, of the last number of entries. (Making
/// them takes longer than a transform, and they are too large for each node to have them.)
struct plan {
  explicit plan(std::size_t entries)
      : n(entries), forward(kiss_fftr_alloc(static_cast<int>(n), 0, nullptr, nullptr)),
        inverse(kiss_fftr_alloc(static_cast<int>(n), 1, nullptr, nullptr)), padded(n) {
    if (!forward || !inverse)
      throw std::bad_alloc();
  }

  struct release {
    void operator()(kiss_fftr_cfg c) const { kiss_fftr_free(c); }
  };
  using tables = std::unique_ptr<kiss_fftr_state, release>;

  std::size_t n;
  tables forward;
  tables inverse;
  std::vector<float> padded;
};

plan& plan_for(std::size_t n) {
  thread_local std::unique_ptr<plan> kept;
  if (!kept || kept->n != n)
    kept = std::make_unique<plan>(n);
  return *kept;
}

class fourier_transform final : public learning::transform {
public:
  fourier_transform(std::size_t n, std::size_t entries) : n_(n), entries_(entries) {}

  std::size_t size() const noexcept override { return n_ + 2; }

  void apply(std::span<const float> in, std::span<float> out) const override {
    expect_size(in, entries_);
    auto& with = plan_for(n_);
    std::ranges::fill(std::ranges::copy(in, with.padded.begin()).out, with.padded.end(), 0.0F);
    kiss_fftr(with.forward.get(), with.padded.data(), reinterpret_cast<kiss_fft_cpx*>(out.data()));
    scale(out.data(), out.size(), static_cast<float>(std::sqrt(2 / static_cast<double>(n_))));
  }

private:
  std::size_t n_;
  std::size_t entries_;
};

class inverse_fourier_transform final : public learning::transform {
public:
  inverse_fourier_transform(std::size_t n, std::size_t entries) : n_(n), entries_(entries) {}

  std::size_t size() const noexcept override { return entries_; }

  void apply(std::span<const float> in, std::span<float> out) const override {
    expect_size(in, n_ + 2);
    auto& with = plan_for(n_);
    kiss_fftri(with.inverse.get(), reinterpret_cast<const kiss_fft_cpx*>(in.data()), with.padded.data());
    std::copy_n(with.padded.begin(), entries_, out.begin());
    scale(out.data(), entries_, static_cast<float>(1 / std::sqrt(2 * static_cast<double>(n_))));
  }

private:
  std::size_t n_;
  std::size_t entries_;
};

} // namespace

domain fourier_domain(std::size_t entries) {
  // The library transforms an even number of real entries as half as many complex ones; a large prime factor of that
  // number would cost its square.
  const auto half = static_cast<int>((entries + 1) / 2);
  const auto n = 2 * static_cast<std::size_t>(kiss_fft_next_fast_size(std::max(half, 1)));
  return {std::make_shared<fourier_transform>(n, entries), std::make_shared<inverse_fourier_transform>(n, entries), 2};
}

} // namespace rhizome::sharing
