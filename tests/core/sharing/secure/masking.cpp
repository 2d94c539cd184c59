#include "core/sharing/secure/masking.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "tests/core/sharing/secure/group.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing::secure;
using namespace rhizome::test;

namespace {

constexpr std::size_t size = 5000; // more than two blocks, and not whole ones

std::vector<learning::payload_ptr> bodies(const std::vector<learning::fragment>& fragments) {
  std::vector<learning::payload_ptr> all;
  for (const auto& f : fragments)
    all.push_back(f.body);
  return all;
}

const std::vector<double> weights{0.2, 0.05, 0.25, 0.125, 0.1};

} // namespace

TEST_CASE("the sum of masked models is the plain sum in fixed point, in every bit") {
  for (const auto& format : {fixed_point{64, 32, 65536}, fixed_point{64, 24, 1000}, fixed_point{32, 22, 64}})
    for (const std::vector<node_id>& senders : {std::vector<node_id>{4, 9}, {1, 2, 30}, {0, 3, 5, 8, 4'000'000'000}}) {
      CAPTURE(format.bits);
      CAPTURE(senders.size());
      const group g{{7, 3}, senders};
      std::vector<std::vector<float>> models;
      for (const node_id sender : senders)
        models.push_back(normals(size, sender, 3));
      const auto own = normals(size, 7, 3);
      const auto sent = masked(format, g, models, weights);
      std::vector<float> sum(size);
      REQUIRE(summing_decoder(format, 0.3, g.tail_size(), bodies(sent), {})->decode(*sent[0].body, own, sum));
      for (std::size_t k = 0; k < size; ++k) {
        std::vector<std::pair<double, float>> terms{{0.3, own[k]}};
        for (std::size_t i = 0; i < senders.size(); ++i)
          terms.emplace_back(weights[i], models[i][k]);
        REQUIRE(sum[k] == fixed_sum(format.fraction_bits, terms));
      }
    }
}

TEST_CASE("a message is as long as its words, and with three senders and more shares of keys") {
  const std::vector models(5, std::vector<float>(size, 1.0F));
  const group two{{7, 0}, {1, 2}}, five{{7, 0}, {1, 2, 3, 4, 5}};
  CHECK(masked({}, two, models, weights)[0].body->wire_size() == 8 * size);
  CHECK(masked({32, 20, 64}, two, models, weights)[0].body->wire_size() == 4 * size);
  CHECK(masked({}, five, models, weights)[0].body->wire_size() == 8 * size + 4 * 16 + 5 * (4 * 32 + 16));
}

TEST_CASE("a single message cannot be told from noise, whatever the model") {
  constexpr std::size_t large = 65536;
  std::vector<float> steps(large);
  for (std::size_t k = 0; k < large; ++k)
    steps[k] = static_cast<float>(k % 17) - 8;
  for (const auto& format : {fixed_point{64, 32, 65536}, fixed_point{32, 22, 64}})
    for (const auto& model :
         {std::vector<float>(large, 0.0F), std::vector<float>(large, 1.0F), steps, normals(large, 3, 0.05)}) {
      const group g{{7, 3}, {1, 2, 5}};
      const auto input = vector_of(model);
      const auto body = masking_encoder(format, 1.0 / 3, g, keys_of_node(2))->encode({&input, 1});
      const std::size_t word = format.bits / 8;
      REQUIRE(body->bytes.size() == large * word + g.tail_size());
      std::array<double, 256> seen{};
      for (const auto byte : body->bytes)
        ++seen[std::to_integer<std::size_t>(byte)];
      const double expected = static_cast<double>(body->bytes.size()) / 256;
      double chi_square = 0;
      for (const double count : seen)
        chi_square += (count - expected) * (count - expected) / expected;
      CHECK(chi_square > 255 - 100); // 4.4 standard deviations
      CHECK(chi_square < 255 + 100);
      // Each bit of the words is set in half of them, and no word has to do with its entry or with the one before.
      std::vector<double> ones(format.bits);
      double with_model = 0, with_before = 0, squares = 0, model_squares = 0, mean = 0, before = 0;
      for (const float x : model)
        mean += static_cast<double>(x) / large;
      for (std::size_t k = 0; k < large; ++k) {
        std::int64_t value = 0;
        std::memcpy(reinterpret_cast<std::byte*>(&value) + sizeof value - word, body->bytes.data() + k * word, word);
        for (unsigned bit = 0; bit < format.bits; ++bit)
          ones[bit] += static_cast<double>((static_cast<std::uint64_t>(value) >> (64 - format.bits + bit)) & 1U);
        const double centred = static_cast<double>(model[k]) - mean;
        const double noise = std::ldexp(static_cast<double>(value), -63);
        with_model += centred * noise;
        with_before += before * noise;
        squares += noise * noise;
        model_squares += centred * centred;
        before = noise;
      }
      const double deviations = std::sqrt(static_cast<double>(large));
      for (const double count : ones)
        CHECK(std::abs(count / large - 0.5) < 4.5 * 0.5 / deviations);
      CHECK(squares / large == doctest::Approx(1.0 / 3).epsilon(0.02)); // of a uniform distribution on (-1, 1)
      CHECK(std::abs(with_before / squares) < 4.5 / deviations);
      if (model_squares > 0)
        CHECK(std::abs(with_model / std::sqrt(squares * model_squares)) < 4.5 / deviations);
    }
}

TEST_CASE("no two messages of the same model are alike, by receiver, round or sender") {
  const auto input = vector_of(std::vector<float>(64, 1.0F));
  std::vector<std::vector<std::byte>> all;
  for (const node_id receiver : {7U, 8U})
    for (const round_number round : {0U, 1U})
      for (const node_id sender : {1U, 2U, 5U})
        all.push_back(masking_encoder({}, 0.25, {{receiver, round}, {1, 2, 5}}, keys_of_node(sender))
                          ->encode({&input, 1})
                          ->bytes);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      std::size_t same = 0;
      for (std::size_t k = 0; k < all[i].size(); ++k)
        same += all[i][k] == all[j][k] ? 1 : 0;
      CHECK(same < all[i].size() / 20);
    }
}

TEST_CASE("an entry beyond the range is refused with a sentence, by its sender and by its receiver") {
  const group g{{7, 3}, {1, 2}};
  const auto large = vector_of({1, -101, 0});
  const auto refused = [&] { (void)masking_encoder({64, 32, 100}, 0.25, g, keys_of_node(1))->encode({&large, 1}); };
  CHECK_THROWS_WITH_AS(refused(),
                       "an entry of the model is 101, beyond sharing.range = 100; a larger range needs fewer "
                       "fraction_bits or more modulus_bits",
                       std::runtime_error);
  const auto sent = masked({64, 32, 100}, g, {{1, 2, 3}, {1, 2, 100}}, weights);
  std::vector<float> sum(3);
  const auto made =
      summing_decoder({64, 32, 100}, 0.25, 0, bodies(sent), {})->decode(*sent[0].body, large->values(), sum);
  REQUIRE_FALSE(made);
  CHECK(made.error().message == "an entry of the own model is 101, beyond sharing.range = 100");
}

TEST_CASE("a model that has diverged can be encoded: its node finds out afterwards and sends nothing") {
  const auto input = vector_of({std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()});
  CHECK(masking_encoder({}, 0.25, {{7, 3}, {1, 2}}, keys_of_node(1))->encode({&input, 1})->bytes.size() == 16);
}

TEST_CASE("a payload of another size is refused") {
  const group g{{7, 3}, {1, 2, 3}};
  const auto sent = masked({}, g, std::vector(3, std::vector<float>{1, 2}), weights);
  for (const std::size_t wrong :
       {std::size_t{0}, std::size_t{8}, sent[0].body->bytes.size() - 1, sent[0].body->bytes.size() + 1}) {
    auto payloads = bodies(sent);
    payloads[1] = learning::bytes_payload(std::vector<std::byte>(wrong));
    std::vector<float> sum(2);
    const auto made = summing_decoder({}, 0.25, g.tail_size(), payloads, {})->decode(*payloads[0], sum, sum);
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == error_kind::bad_data);
  }
}

TEST_CASE("a format must leave room for the sum") {
  CHECK(fixed_point{64, 32, 65536}.fits());
  CHECK(fixed_point{32, 22, 128}.fits());
  CHECK_FALSE(fixed_point{32, 22, 129}.fits());
  CHECK_FALSE(fixed_point{32, 32, 65536}.fits());
  CHECK_FALSE(fixed_point{64, 48, 65536}.fits());
}
