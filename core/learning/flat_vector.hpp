#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace rhizome::learning {

/// A flat float32 vector [size], 64-byte aligned: a model's [parameters | float buffers], a gradient, a momentum.
class flat_vector {
public:
  /// Uninitialised memory.
  explicit flat_vector(std::size_t size);

  [[nodiscard]] std::span<float> values() noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::span<const float> values() const noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  struct release {
    void operator()(float* p) const noexcept;
  };
  std::unique_ptr<float[], release> data_;
  std::size_t size_;
};

/// An immutable vector, shared by reference between nodes, jobs and messages.
using snapshot = std::shared_ptr<const flat_vector>;

/// Vectors of one size, recycled: a snapshot's memory returns here with its last reference, on whatever thread that
/// happens. Outlives its vectors by shared ownership.
class vector_pool : public std::enable_shared_from_this<vector_pool> {
public:
  [[nodiscard]] static std::shared_ptr<vector_pool> make(std::size_t vector_size);

  /// A vector with arbitrary contents.
  [[nodiscard]] std::shared_ptr<flat_vector> acquire();

  /// A copy of `values`, which has the pool's vector size.
  [[nodiscard]] std::shared_ptr<flat_vector> copy(std::span<const float> values);

  [[nodiscard]] std::size_t vector_size() const noexcept { return vector_size_; }
  /// Vectors that were ever made: the peak of those alive at once.
  [[nodiscard]] std::size_t peak() const;

private:
  explicit vector_pool(std::size_t vector_size) : vector_size_(vector_size) {}
  std::size_t vector_size_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<flat_vector>> free_;
  std::size_t made_ = 0;
};

} // namespace rhizome::learning
