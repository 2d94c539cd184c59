#include "core/sharing/secure/recovery.hpp"

#include <cstring>
#include <map>
#include <set>

#include "tests/core/sharing/secure/group.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing::secure;
using namespace rhizome::test;

namespace {

using ids = std::set<node_id>;

constexpr std::size_t size = 6;
const std::vector<node_id> senders{1, 4, 6, 9, 12};
const std::vector<double> weights{0.2, 0.05, 0.25, 0.125, 0.1};

/// A receiver, 7, and what its senders send; some of it does not come.
struct exchange {
  explicit exchange(double threshold = 0.5) : g{{7, 3}, senders, threshold} {
    for (const node_id sender : senders)
      models.push_back(normals(size, sender));
    sent = masked({}, g, models, weights);
    for (const node_id sender : senders)
      holders.emplace(sender, share_holder(keys_of_node(sender)));
  }

  [[nodiscard]] recovery without(const ids& missing) const {
    std::vector<learning::fragment> received;
    for (const auto& f : sent)
      if (!missing.contains(f.sender))
        received.push_back(f);
    return {g, received, missing};
  }
  /// Asks these.
  void ask(recovery& sum, const ids& whom) {
    for (const auto& [holder, question] : sum.questions())
      if (whom.contains(holder))
        sum.take(holder, *holders.at(holder).answer(g.sum, *question));
  }
  /// The sum is that of these models, and the own one's, to the bit.
  void check_sum(const recovery& sum, const ids& missing) const {
    REQUIRE(sum.readable());
    const auto own = normals(size, 7);
    std::vector<float> out(size);
    REQUIRE(summing_decoder({}, 0.3, g.tail_size(), sum.payloads(), sum.masks())->decode(*sent[0].body, own, out));
    for (std::size_t k = 0; k < size; ++k) {
      std::vector<std::pair<double, float>> terms{{0.3, own[k]}};
      for (std::size_t i = 0; i < senders.size(); ++i)
        if (!missing.contains(senders[i]))
          terms.emplace_back(weights[i], models[i][k]);
      CHECK(out[k] == fixed_sum(32, terms));
    }
  }

  group g;
  std::vector<std::vector<float>> models;
  std::vector<learning::fragment> sent;
  std::map<node_id, share_holder> holders;
};

} // namespace

TEST_CASE("when all models have come nobody is asked") {
  exchange e;
  const auto sum = e.without({});
  CHECK(sum.questions().empty());
  CHECK(sum.waiting_for().empty());
  e.check_sum(sum, {});
}

TEST_CASE("enough of the others take the masks of one sender off, or of two") {
  for (const ids& missing : {ids{1}, ids{6}, ids{12}, ids{1, 4}, ids{6, 12}})
    for (const node_id silent : senders) {
      exchange e;
      auto sum = e.without(missing);
      ids present;
      for (const node_id sender : senders)
        if (!missing.contains(sender))
          present.insert(sender);
      CHECK(sum.waiting_for() == present);
      CHECK_FALSE(sum.readable());
      present.erase(silent); // two are enough
      e.ask(sum, present);
      CHECK(sum.waiting_for().empty());
      e.check_sum(sum, missing);
    }
}

TEST_CASE("a sender that lives but has nothing to send helps with the masks of the other missing ones") {
  exchange e;
  std::vector<learning::fragment> received{e.sent[1], e.sent[2], e.sent[3]};
  recovery sum(e.g, received, {1}); // 12 has sent a notice
  CHECK(sum.waiting_for() == ids{4, 6, 9, 12});
  e.ask(sum, {12, 4});
  CHECK_FALSE(sum.readable()); // of the masks shared with 12 there is one share
  e.ask(sum, {9});
  e.check_sum(sum, {1, 12});
}

TEST_CASE("below the threshold the sum stays closed") {
  exchange e(1); // all four others are needed
  SUBCASE("one of them is lost too") {
    auto sum = e.without({4});
    e.ask(sum, {1, 6, 9});
    CHECK(sum.waiting_for() == ids{12});
    sum.lose(12);
    CHECK(sum.waiting_for().empty());
    CHECK_FALSE(sum.readable());
  }
  SUBCASE("one of them refuses") {
    auto sum = e.without({4});
    e.ask(sum, {1, 6, 9});
    sum.take(12, *learning::bytes_payload({}));
    CHECK(sum.waiting_for().empty());
    CHECK_FALSE(sum.readable());
  }
  SUBCASE("all help") {
    auto sum = e.without({4});
    e.ask(sum, {1, 6, 9, 12});
    e.check_sum(sum, {4});
  }
}

TEST_CASE("a sum of one model is never opened") {
  exchange e;
  auto sum = e.without({1, 4, 6, 9});
  CHECK(sum.questions().empty());
  CHECK_FALSE(sum.readable());
  const group two{{7, 3}, {1, 4}};
  const auto sent = masked({}, two, {e.models[0], e.models[1]}, weights);
  CHECK_FALSE(recovery(two, {sent[0]}, {4}).readable());
}

TEST_CASE("a wrong share is noticed, and noise does not get into the model") {
  exchange e;
  auto sum = e.without({4});
  const auto questions = sum.questions();
  auto wrong = *e.holders.at(1).answer(e.g.sum, *questions[0].second);
  wrong.bytes[5] ^= std::byte{1};
  sum.take(1, wrong);
  e.ask(sum, {6});
  CHECK(sum.waiting_for().empty());
  CHECK_FALSE(sum.readable());
}

TEST_CASE("answers of strangers, of those who were not asked and second ones count for nothing") {
  exchange e;
  auto sum = e.without({4});
  const auto answer = e.holders.at(1).answer(e.g.sum, *sum.questions()[0].second);
  sum.take(4, *answer);
  sum.take(99, *answer);
  sum.take(1, *answer);
  sum.take(1, *answer);
  CHECK(sum.waiting_for() == ids{6, 9, 12});
  CHECK_FALSE(sum.readable());
  e.ask(sum, {12});
  e.check_sum(sum, {4});
}

TEST_CASE("a holder refuses questions that are malformed, altered or not for it") {
  exchange e;
  const auto sum = e.without({4});
  const auto question = sum.questions()[1].second; // for 6
  const auto refuses = [&](node_id holder, sum_id of, const learning::payload& body) {
    return share_holder(keys_of_node(holder)).answer(of, body)->bytes.empty();
  };
  CHECK_FALSE(refuses(6, e.g.sum, *question));
  CHECK(refuses(9, e.g.sum, *question)); // another one's boxes
  CHECK(refuses(2, e.g.sum, *question)); // no sender
  CHECK(refuses(6, {7, 4}, *question));  // another round
  CHECK(refuses(6, {8, 3}, *question));  // another receiver
  CHECK(refuses(6, {4, 3}, *question));  // the receiver is one of the senders
  for (std::size_t cut = 0; cut < question->bytes.size(); ++cut) {
    auto shorter = *question;
    shorter.bytes.resize(cut);
    CHECK(refuses(6, e.g.sum, shorter));
  }
  auto longer = *question;
  longer.bytes.push_back({});
  CHECK(refuses(6, e.g.sum, longer));
  auto altered = *question;
  altered.bytes.back() ^= std::byte{1}; // a box
  CHECK(refuses(6, e.g.sum, altered));
  altered = *question;
  altered.bytes[4] ^= std::byte{2}; // a sender
  CHECK(refuses(6, e.g.sum, altered));
  altered = *question;
  const std::uint32_t huge = 0xFFFFFFFF;
  std::memcpy(altered.bytes.data(), &huge, sizeof huge);
  CHECK(refuses(6, e.g.sum, altered));
}

TEST_CASE("a holder answers a receiver once a round, so that it cannot open one mask after the other") {
  exchange e;
  auto& holder = e.holders.at(9);
  const auto ask = [&](const ids& missing) {
    const auto sum = e.without(missing);
    for (const auto& [whom, question] : sum.questions())
      if (whom == 9)
        return holder.answer(e.g.sum, *question)->bytes.size();
    return std::size_t{0};
  };
  CHECK(ask({4}) == 4 * sizeof(key));
  CHECK(ask({1}) == 0);
  CHECK(ask({4}) == 0);
}

TEST_CASE("a payload that is too short for its shares does not stop the round: its sum refuses it") {
  exchange e;
  std::vector<learning::fragment> received{e.sent[0], e.sent[1], e.sent[2]};
  received[1].body = learning::bytes_payload(std::vector<std::byte>(3));
  const recovery sum(e.g, received, {9, 12});
  CHECK(sum.questions().empty());
  std::vector<float> out(size);
  CHECK_FALSE(
      summing_decoder({}, 0.3, e.g.tail_size(), sum.payloads(), sum.masks())->decode(*received[0].body, out, out));
}
