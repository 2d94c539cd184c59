#pragma once

// Texts and ratings to train on. Included after tests/models/fixture.hpp.

#include <memory>

#include "core/random.hpp"
#include "models/runtime.hpp"

namespace rhizome::models::test {

/// `count` training and as many test samples of `length` numbers below `vocabulary`, each one more than the one before
/// it (0 follows the last), from a random beginning: what follows is the last one's successor.
inline data::dataset_ptr counting_text(std::int64_t vocabulary, std::int64_t length, std::size_t count) {
  auto set = std::make_shared<data::dataset>();
  set->name = "counting";
  set->shape = {length};
  set->classes = vocabulary;
  set->vocabulary = vocabulary;
  random_stream random(7, purpose::synthetic_data);
  for (auto* samples : {&set->train, &set->test}) {
    std::vector<std::uint8_t> bytes;
    std::vector<float> floats;
    for (std::size_t i = 0; i < count; ++i) {
      auto token = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(vocabulary)));
      for (std::int64_t place = 0; place < length; ++place, token = (token + 1) % vocabulary) {
        bytes.push_back(static_cast<std::uint8_t>(token));
        floats.push_back(static_cast<float>(token));
      }
      samples->labels.push_back(static_cast<std::int32_t>(token));
    }
    if (vocabulary <= 256)
      samples->features = std::move(bytes);
    else
      samples->features = std::move(floats);
    samples->count = count;
  }
  return set;
}

/// `count` training and as many test ratings in half stars, each a product of its user's and its film's part.
inline data::dataset_ptr random_ratings(std::int64_t users, std::int64_t films, std::size_t count) {
  auto set = std::make_shared<data::dataset>();
  set->name = "ratings";
  set->kind = data::task::regression;
  set->shape = {2};
  set->categories = {users, films};
  set->ratings = data::rating_scale{.lowest = 0.5, .highest = 5, .step = 0.5};
  random_stream random(8, purpose::synthetic_data);
  for (auto* samples : {&set->train, &set->test}) {
    std::vector<float> features;
    for (std::size_t i = 0; i < count; ++i) {
      const auto user = random.below(static_cast<std::uint64_t>(users));
      const auto film = random.below(static_cast<std::uint64_t>(films));
      features.push_back(static_cast<float>(user));
      features.push_back(static_cast<float>(film));
      samples->targets.push_back(static_cast<float>((2 + user % 4) * (1 + film % 2)) / 2);
    }
    samples->features = std::move(features);
    samples->count = count;
  }
  return set;
}

} // namespace rhizome::models::test
