#include "core/learning/flat_vector.hpp"

#include <cstdint>
#include <thread>
#include <vector>

#include "tests/support/doctest.hpp"

using namespace rhizome::learning;

TEST_CASE("vectors are aligned to a cache line") {
  for (const std::size_t size : {0, 1, 5, 1000}) {
    const flat_vector vector(size);
    CHECK(vector.values().size() == size);
    CHECK(reinterpret_cast<std::uintptr_t>(vector.values().data()) % 64 == 0);
  }
}

TEST_CASE("a pool gives a vector's memory out again after its last reference is gone") {
  const auto pool = vector_pool::make(10);
  auto first = pool->copy(std::vector<float>(10, 3.0F));
  const auto* memory = first.get();
  snapshot kept = first;
  first.reset();
  const auto second = pool->acquire();
  CHECK(second.get() != memory);
  CHECK(kept->values()[9] == 3.0F);
  kept.reset();
  CHECK(pool->acquire().get() == memory);
  CHECK(pool->peak() == 2);
}

TEST_CASE("reserved memory is what vectors are made of, over several slabs and whether it was touched or not") {
  constexpr std::size_t size = 3 << 20; // 12 MB: five to a slab
  const auto pool = vector_pool::make(size);
  pool->reserve(7);
  pool->reserve(3); // is there already
  CHECK(pool->peak() == 0);
  const auto early = pool->copy(std::vector<float>(size, 1.0F));
  {
    std::vector<std::jthread> threads;
    threads.reserve(2);
    for (int t = 0; t < 2; ++t)
      threads.emplace_back([&] { pool->touch_reserved(); });
  }
  std::vector<std::shared_ptr<flat_vector>> vectors;
  for (int i = 0; i < 12; ++i) { // beyond what was reserved
    vectors.push_back(pool->acquire());
    vectors.back()->values().front() = vectors.back()->values().back() = static_cast<float>(i);
  }
  for (int i = 0; i < 12; ++i)
    CHECK((vectors[i]->values().front() == static_cast<float>(i) &&
           vectors[i]->values().back() == static_cast<float>(i)));
  CHECK((early->values().front() == 1.0F && early->values().back() == 1.0F));
  CHECK(pool->peak() == 13);
}

TEST_CASE("a vector may outlive everyone else who knows the pool") {
  snapshot vector;
  {
    const auto pool = vector_pool::make(4);
    vector = pool->copy(std::vector<float>{1, 2, 3, 4});
  }
  CHECK(vector->values()[3] == 4.0F);
  vector.reset();
}

TEST_CASE("threads share a pool and give back each other's vectors") {
  constexpr int rounds = 2000;
  const auto pool = vector_pool::make(16);
  std::vector<snapshot> handed(rounds);
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        std::vector<snapshot> mine;
        for (int i = 0; i < rounds; ++i) {
          const float mark = static_cast<float>(i * 4 + t);
          mine.push_back(pool->copy(std::vector<float>(16, mark)));
          wrong[t] += mine.back()->values()[15] != mark;
          if (i % 4 == t)
            handed[i] = mine.back();
          if (mine.size() > 8)
            mine.erase(mine.begin());
        }
      });
  }
  CHECK(wrong == std::vector<int>(4, 0));
  for (int i = 0; i < rounds; ++i)
    CHECK(handed[i]->values()[0] == static_cast<float>(i * 4 + i % 4));
  const auto peak = pool->peak();
  std::jthread([&] { handed.clear(); }).join();
  std::vector<snapshot> again;
  again.reserve(rounds);
  for (int i = 0; i < rounds; ++i)
    again.push_back(pool->acquire());
  CHECK(pool->peak() == peak);
}
