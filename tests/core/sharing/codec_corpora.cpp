// What fuzzing the codecs and the strategies' decoders began with and has found.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/fuzz/index_codecs_target.hpp"
#include "tests/fuzz/payloads_target.hpp"
#include "tests/fuzz/value_codecs_target.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/paths.hpp"

using namespace rhizome;

namespace {

/// Reads each input of a corpus; which kinds, by the inputs' first bytes, were accepted and refused at least once.
struct corpus_result {
  std::set<unsigned> accepted;
  std::set<unsigned> refused;
};

corpus_result read_corpus(const std::string& name, bool (*read)(std::span<const std::uint8_t>)) {
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
      (taken ? seen.accepted : seen.refused).insert(input.front());
  }
  return seen;
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
  for (unsigned codec = 0; codec < sharing::value_codecs().size(); ++codec) {
    CAPTURE(codec);
    CHECK(seen.accepted.contains(codec));
    CHECK(seen.refused.contains(codec));
  }
}

TEST_CASE("every strategy reads its corpus of payloads without harm, and accepts and refuses some of it") {
  const auto seen = read_corpus("payloads", test::read_fuzzed_payload);
  for (unsigned strategy = 0; strategy < sharing::strategies().size(); ++strategy) {
    CAPTURE(sharing::strategies()[strategy].schema.name);
    CHECK(seen.accepted.contains(strategy));
    CHECK(seen.refused.contains(strategy));
  }
}

TEST_CASE("no strategy is harmed by a payload of noise, none at all, or its own with a bit changed") {
  random_stream random(3, purpose::synthetic_data);
  for (const auto& kind : sharing::strategies()) {
    CAPTURE(kind.schema.name);
    for (std::uint8_t values = 0; values < sharing::value_codecs().size(); ++values) {
      const auto receive = [&](const std::vector<std::byte>& bytes) { // by a node of its own: a round ends once
        return test::fuzzed_node(kind, test::fuzzed_codec(values, values)).receive(bytes);
      };
      auto bytes = test::fuzzed_node(kind, test::fuzzed_codec(values, values), 1).sent();
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
  }
}
