#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/dataset.hpp"

namespace rhizome::data::sources {

/// Counts the words (or characters) of the training samples and numbers them once all are known. Until then a word
/// stands as its provisional number, in the order of first occurrence.
class word_counter {
public:
  /// The provisional number of a word, which is not counted yet.
  [[nodiscard]] std::uint32_t number_of(std::string_view word);
  /// Counts one more occurrence of the word with that provisional number.
  void count(std::uint32_t number);
  /// How many different words were counted.
  [[nodiscard]] std::size_t counted() const;

  /// By provisional number, the final ones: first, first + 1, ... from the most frequent word down, ties in the order
  /// of their bytes; `unknown` for what comes after the `most` most frequent and for words that were never counted.
  [[nodiscard]] std::vector<std::int32_t> numbers(std::size_t most, std::int32_t first, std::int32_t unknown) const;

private:
  std::map<std::string, std::uint32_t, std::less<>> provisional_;
  std::vector<std::uint64_t> counts_; ///< by provisional number
};

/// Final numbers in the place of provisional ones.
[[nodiscard]] std::vector<std::int32_t> renumber(std::span<const std::uint32_t> provisional,
                                                 const std::vector<std::int32_t>& numbers);

/// Appends token numbers to the features: bytes while a vocabulary is that small, floats above. `features` has to be
/// what `make_features` gave for the same vocabulary.
void append_tokens(std::span<const std::int32_t> tokens, samples& to);

/// Makes the samples' features bytes or floats, whichever hold numbers below `vocabulary`.
void make_features(std::int64_t vocabulary, samples& of);

} // namespace rhizome::data::sources
