#include "core/learning/flat_vector.hpp"

#include <algorithm>
#include <new>

namespace rhizome::learning {

namespace {
constexpr std::align_val_t alignment{64};
}

flat_vector::flat_vector(std::size_t size)
    : data_(static_cast<float*>(::operator new[](std::max<std::size_t>(size, 1) * sizeof(float), alignment))),
      size_(size) {}

void flat_vector::release::operator()(float* p) const noexcept {
  ::operator delete[](p, alignment);
}

std::shared_ptr<vector_pool> vector_pool::make(std::size_t vector_size) {
  return std::shared_ptr<vector_pool>(new vector_pool(vector_size));
}

std::shared_ptr<flat_vector> vector_pool::acquire() {
  std::unique_ptr<flat_vector> vector;
  {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      ++made_;
      free_.reserve(made_); // so that giving back never allocates
    } else {
      vector = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!vector)
    vector = std::make_unique<flat_vector>(vector_size_);
  auto give_back = [pool = shared_from_this()](flat_vector* v) {
    const std::lock_guard lock(pool->mutex_);
    pool->free_.emplace_back(v);
  };
  return {vector.release(), std::move(give_back)};
}

std::shared_ptr<flat_vector> vector_pool::copy(std::span<const float> values) {
  auto vector = acquire();
  std::copy(values.begin(), values.end(), vector->values().begin());
  return vector;
}

std::size_t vector_pool::peak() const {
  const std::lock_guard lock(mutex_);
  return made_;
}

} // namespace rhizome::learning
