#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace rhizome::learning {

/// A flat float32 vector [size], 64-byte aligned: a model's [parameters | float buffers], a gradient, a momentum.
class flat_vector {
public:
  /// Uninitialised memory.
  explicit flat_vector(std::size_t size);
  /// Memory of somebody else, [size] and aligned, that outlives the vector.
  flat_vector(float* memory, std::size_t size) : data_(memory, release{false}), size_(size) {}

  [[nodiscard]] std::span<float> values() noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::span<const float> values() const noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  struct release {
    bool owned;
    void operator()(float* p) const noexcept;
  };
  std::unique_ptr<float[], release> data_;
  std::size_t size_;
};

/// An immutable vector, shared by reference between nodes, jobs and messages.
using snapshot = std::shared_ptr<const flat_vector>;

/// Vectors of one size, the model's, and of its parts, recycled: a snapshot's memory returns here with its last
/// reference, on whatever thread that happens. Outlives its vectors by shared ownership.
///
/// The memory comes in slabs from the system, not from malloc: among a thousand nodes' vectors the temporaries of
/// training would get other, cold addresses in every step (bench/README.md has the numbers). Huge pages, where the
/// system has them, save the rest of the address translation.
class vector_pool : public std::enable_shared_from_this<vector_pool> {
public:
  [[nodiscard]] static std::shared_ptr<vector_pool> make(std::size_t vector_size);

  /// A vector with arbitrary contents.
  [[nodiscard]] std::shared_ptr<flat_vector> acquire();

  /// A vector of any size; other sizes than the pool's are recycled apart.
  [[nodiscard]] std::shared_ptr<flat_vector> acquire(std::size_t size);

  /// Takes addresses for as many vectors of the pool's size, which acquire() hands out first.
  void reserve(std::size_t vectors);

  /// Gets what is reserved from the system, which otherwise clears a page when it is first written to: where pages are
  /// dear, a round of many nodes would wait for them. Threads that call it at the same time share the work, and each
  /// returns when nothing is left to begin with; from then on it costs next to nothing.
  void touch_reserved();

  /// A copy of `values`.
  [[nodiscard]] std::shared_ptr<flat_vector> copy(std::span<const float> values);

  [[nodiscard]] std::size_t vector_size() const noexcept { return vector_size_; }
  /// Vectors that were ever made: the peak of those alive at once.
  [[nodiscard]] std::size_t peak() const;

private:
  /// Memory straight from the system.
  class slab {
  public:
    explicit slab(std::size_t bytes);
    slab(slab&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)), bytes_(other.bytes_) {}
    slab& operator=(slab&&) = delete;
    ~slab();
    [[nodiscard]] std::byte* memory() const noexcept { return static_cast<std::byte*>(memory_); }

  private:
    void* memory_;
    std::size_t bytes_;
  };

  explicit vector_pool(std::size_t vector_size);
  /// Adds a slab; under the mutex.
  void add_slab();
  /// The next piece of a slab; under the mutex.
  [[nodiscard]] float* carve();

  std::size_t vector_size_;
  std::size_t stride_;   ///< bytes from one vector to the next in a slab
  std::size_t per_slab_; ///< vectors
  mutable std::mutex mutex_;
  std::vector<slab> slabs_;
  std::vector<std::span<std::byte>> untouched_; ///< reserved parts of slabs
  std::size_t made_ = 0;
  std::vector<std::unique_ptr<flat_vector>> free_;
  std::map<std::size_t, std::shared_ptr<vector_pool>> other_sizes_; ///< pools of parts of the vector
};

} // namespace rhizome::learning
