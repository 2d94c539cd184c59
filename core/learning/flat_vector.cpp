#include "core/learning/flat_vector.hpp"

#include <algorithm>
#include <new>

#include <sys/mman.h>

namespace rhizome::learning {

namespace {

constexpr std::align_val_t alignment{64};
constexpr std::size_t cache_line = 64;
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t slab_size = std::size_t{64} << 20;

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

} // namespace

flat_vector::flat_vector(std::size_t size)
    : data_(static_cast<float*>(::operator new[](std::max<std::size_t>(size, 1) * sizeof(float), alignment)),
            release{true}),
      size_(size) {}

void flat_vector::release::operator()(float* p) const noexcept {
  if (owned)
    ::operator delete[](p, alignment);
}

vector_pool::slab::slab(std::size_t bytes)
    : memory_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)), bytes_(bytes) {
  if (memory_ == MAP_FAILED)
    throw std::bad_alloc();
  madvise(memory_, bytes_, MADV_HUGEPAGE); // where the system has none, small pages serve
}

vector_pool::slab::~slab() {
  if (memory_ != nullptr)
    munmap(memory_, bytes_);
}

vector_pool::vector_pool(std::size_t vector_size)
    : vector_size_(vector_size), stride_(round_up(std::max<std::size_t>(vector_size, 1) * sizeof(float), cache_line)),
      per_slab_(std::max<std::size_t>(slab_size / stride_, 1)) {}

std::shared_ptr<vector_pool> vector_pool::make(std::size_t vector_size) {
  return std::shared_ptr<vector_pool>(new vector_pool(vector_size));
}

void vector_pool::add_slab() {
  slabs_.emplace_back(round_up(per_slab_ * stride_, huge_page));
}

void vector_pool::reserve(std::size_t vectors) {
  const std::lock_guard lock(mutex_);
  for (std::size_t begin = slabs_.size() * per_slab_; begin < vectors; begin += per_slab_) {
    add_slab();
    untouched_.emplace_back(slabs_.back().memory(), std::min(per_slab_, vectors - begin) * stride_);
  }
}

void vector_pool::touch_reserved() {
#ifdef MADV_POPULATE_WRITE
  while (true) {
    std::span<std::byte> part;
    {
      const std::lock_guard lock(mutex_);
      if (untouched_.empty())
        return;
      part = untouched_.back();
      untouched_.pop_back();
    }
    madvise(part.data(), part.size(), MADV_POPULATE_WRITE); // what fails is got when it is written to
  }
#endif
}

float* vector_pool::carve() {
  const std::size_t in_slab = made_ / per_slab_;
  const std::size_t place = made_ % per_slab_;
  if (in_slab == slabs_.size())
    add_slab();
  if (++made_ > free_.capacity())
    free_.reserve(2 * made_); // so that giving back never allocates
  return reinterpret_cast<float*>(slabs_[in_slab].memory() + place * stride_);
}

std::shared_ptr<flat_vector> vector_pool::acquire() {
  std::unique_ptr<flat_vector> vector;
  {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      vector = std::make_unique<flat_vector>(carve(), vector_size_);
    } else {
      vector = std::move(free_.back());
      free_.pop_back();
    }
  }
  auto give_back = [pool = shared_from_this()](flat_vector* v) {
    const std::lock_guard lock(pool->mutex_);
    pool->free_.emplace_back(v);
  };
  return {vector.release(), std::move(give_back)};
}

std::shared_ptr<flat_vector> vector_pool::acquire(std::size_t size) {
  if (size == vector_size_)
    return acquire();
  std::shared_ptr<vector_pool> of_size;
  {
    const std::lock_guard lock(mutex_);
    auto& pool = other_sizes_[size];
    if (!pool)
      pool = make(size);
    of_size = pool;
  }
  return of_size->acquire();
}

std::shared_ptr<flat_vector> vector_pool::copy(std::span<const float> values) {
  auto vector = acquire(values.size());
  std::copy(values.begin(), values.end(), vector->values().begin());
  return vector;
}

std::size_t vector_pool::peak() const {
  const std::lock_guard lock(mutex_);
  return made_;
}

} // namespace rhizome::learning
