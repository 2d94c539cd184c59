// What fuzzing the codecs and the strategies' decoders began with and has found.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tests/fuzz/index_codecs_target.hpp"
#include "tests/fuzz/payloads_target.hpp"
#include "tests/fuzz/value_codecs_target.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/paths.hpp"

using namespace rhizome;

namespace {

/// Reads each input of a corpus; which kinds of input were accepted and refused at least once.
struct corpus_result {
  std::set<unsigned> accepted;
  std::set<unsigned> refused;
};

/// The kind of an input: the codec.
unsigned first_byte(std::span<const std::uint8_t> input) {
  return input.front();
}

/// The same of a payload: the strategy and its variant.
unsigned kind_of(std::size_t strategy, std::size_t variant) {
  return static_cast<unsigned>(strategy << 8U | variant);
}
unsigned payload_kind(std::span<const std::uint8_t> input) {
  return kind_of(input.front(), input.size() < 2 ? 0U : input[1] / 16U);
}

corpus_result read_corpus(const std::string& name, bool (*read)(std::span<const std::uint8_t>),
                          unsigned (*kind)(std::span<const std::uint8_t>) = first_byte) {
  corpus_result seen;
  for (const auto& entry :
       std::filesystem::directory_iterator(tests::source_directory() + "/tests/fuzz/corpus/" + name)) {
    CAPTURE(entry.path().filename().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
    const std::vector<std::uint8_t> input(text.begin(), text.end());
    bool taken = false;
    CHECK_NOTHROW(taken = read(input));
    if (!input.empty())
      (taken ? seen.accepted : seen.refused).insert(kind(input));
  }
  return seen;
}

/// Gives noise to what receives, nothing at all, and the bytes with a bit changed, which then are as before.
template <class Receive>
void check_unharmed(std::vector<std::byte> bytes, Receive receive, random_stream& random) {
  for (auto& b : bytes) {
    b ^= std::byte{16};
    CHECK_NOTHROW(receive(bytes));
    b ^= std::byte{16};
  }
  for (std::size_t size = 0; size < 40; ++size) {
    std::vector<std::byte> noise(size);
    for (auto& b : noise)
      b = static_cast<std::byte>(random.bits32());
    CHECK_NOTHROW(receive(noise));
  }
}

} // namespace

TEST_CASE("every index codec reads its corpus without harm, and accepts and refuses some of it") {
  const auto seen = read_corpus("index_codecs", test::read_fuzzed_indices);
  for (unsigned codec = 0; codec < sharing::index_codecs().size(); ++codec) {
    CAPTURE(codec);
    CHECK(seen.accepted.contains(codec));
    CHECK(seen.refused.contains(codec));
  }
}

TEST_CASE("every value codec reads its corpus without harm, and accepts and refuses some of it") {
  const auto seen = read_corpus("value_codecs", test::read_fuzzed_values);
  for (unsigned codec = 0; codec <= sharing::value_codecs().size(); ++codec) { // behind the last: fpzip's reader
    CAPTURE(codec);
    CHECK(seen.accepted.contains(codec));
    CHECK(seen.refused.contains(codec));
  }
}

TEST_CASE("every strategy reads its corpus of payloads without harm, and accepts and refuses some of it") {
  const auto seen = read_corpus("payloads", test::read_fuzzed_payload, payload_kind);
  const auto both = [&](unsigned kind) { return seen.accepted.contains(kind) && seen.refused.contains(kind); };
  const auto& kinds = sharing::strategies();
  for (std::size_t strategy = 0; strategy < kinds.size(); ++strategy) {
    std::vector<std::byte> by_default;
    const auto variants = test::fuzzed_variants(kinds[strategy]);
    for (std::size_t variant = 0; variant < variants.size(); ++variant) {
      CAPTURE(variants[variant].name);
      const auto bytes = test::fuzzed_node(variants[variant].keys, test::fuzzed_codec(0, 1), 1).sent();
      if (variant == 0)
        by_default = bytes;
      if (variant == 0 || bytes != by_default) // choices that change no bytes have no inputs of their own
        CHECK(both(kind_of(strategy, variant)));
    }
  }
  CHECK(both(kind_of(test::ternary_number, 0)));
}

TEST_CASE("no strategy is harmed by a payload of noise, none at all, or its own with a bit changed") {
  random_stream random(3, purpose::synthetic_data);
  for (const auto& kind : sharing::strategies()) {
    const auto variants = test::fuzzed_variants(kind);
    for (const auto& variant : variants) {
      CAPTURE(variant.name);
      const auto codecs = &variant == &variants.front() ? sharing::value_codecs().size() : 1; // by defaults: all
      for (unsigned values = 0; values < codecs; ++values) {
        const auto codec = test::fuzzed_codec(values, values);
        const auto receive = [&](const std::vector<std::byte>& bytes) { // by a node of its own: a round ends once
          return test::fuzzed_node(variant.keys, codec).receive(bytes);
        };
        check_unharmed(test::fuzzed_node(variant.keys, codec, 1).sent(), receive, random);
      }
    }
  }
  for (unsigned indices = 0; indices < sharing::index_codecs().size(); ++indices)
    check_unharmed(
        test::ternary_sent(indices), [&](const auto& bytes) { return test::receive_ternary(indices, bytes); }, random);
}
