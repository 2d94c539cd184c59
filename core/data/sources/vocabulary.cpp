#include "core/data/sources/vocabulary.hpp"

#include <algorithm>
#include <variant>

namespace rhizome::data::sources {

std::uint32_t word_counter::number_of(std::string_view word) {
  auto found = provisional_.find(word);
  if (found == provisional_.end()) {
    found = provisional_.emplace(word, static_cast<std::uint32_t>(counts_.size())).first;
    counts_.push_back(0);
  }
  return found->second;
}

void word_counter::count(std::uint32_t number) {
  ++counts_[number];
}

std::size_t word_counter::counted() const {
  return counts_.size() - static_cast<std::size_t>(std::ranges::count(counts_, 0U));
}

std::vector<std::int32_t> word_counter::numbers(std::size_t most, std::int32_t first, std::int32_t unknown) const {
  std::vector<std::uint32_t> order;
  order.reserve(counts_.size());
  for (const auto& [word, number] : provisional_) // in the order of the words' bytes
    order.push_back(number);
  std::ranges::stable_sort(order, std::ranges::greater{}, [this](std::uint32_t number) { return counts_[number]; });
  std::vector<std::int32_t> final_numbers(counts_.size(), unknown);
  for (std::size_t place = 0; place < std::min(most, counted()); ++place)
    final_numbers[order[place]] = first + static_cast<std::int32_t>(place);
  return final_numbers;
}

std::vector<std::int32_t> renumber(std::span<const std::uint32_t> provisional,
                                   const std::vector<std::int32_t>& numbers) {
  std::vector<std::int32_t> tokens(provisional.size());
  std::ranges::transform(provisional, tokens.begin(), [&](std::uint32_t number) { return numbers[number]; });
  return tokens;
}

void append_tokens(std::span<const std::int32_t> tokens, samples& to) {
  const auto append = [tokens]<class T>(std::vector<T>& features) {
    for (const auto token : tokens)
      features.push_back(static_cast<T>(token));
  };
  std::visit(append, to.features);
}

void make_features(std::int64_t vocabulary, samples& of) {
  if (vocabulary <= 256)
    of.features.emplace<std::vector<std::uint8_t>>();
  else
    of.features.emplace<std::vector<float>>();
}

} // namespace rhizome::data::sources
