#include "core/learning/cyclon.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/learning/participation.hpp"

namespace rhizome::learning {

namespace {

constexpr fragment_kind greeting_kind = own_kind(1);
constexpr fragment_kind answer_kind = own_kind(2);
constexpr fragment_kind settling_kind = own_kind(3);

} // namespace

std::vector<std::uint32_t> first_overlay(const run_context& run, std::uint32_t most, std::uint32_t count) {
  std::vector<std::uint32_t> offsets;
  if (most == 0 || count == 0)
    return offsets;
  offsets.push_back(1);
  for (const auto offset : draw_offsets(run.seed, 0, most - 1, count - 1))
    offsets.push_back(offset + 1);
  return offsets;
}

cyclon_views::cyclon_views(const node_context& context, const cyclon_options& options)
    : mutual_views(context), options_(options) {
  const auto n = run().nodes;
  for (const auto offset : first_overlay(run(), n - 1, options_.view_size)) {
    now_.view.push_back({(id() + offset) % n, 0});
    now_.holders.push_back((id() + n - offset) % n);
  }
  std::ranges::sort(now_.view, {}, &entry::peer);
  std::ranges::sort(now_.holders);
}

std::vector<node_id> cyclon_views::peers() const {
  std::vector<node_id> result;
  for (const auto& known : now_.view)
    result.push_back(known.peer);
  return result;
}

void cyclon_views::allow(round_number round, effects& out) {
  allowed_ = round + 1;
  advance(out);
}

void cyclon_views::advance(effects& out) {
  while (advance_once(out)) {
  }
}

bool cyclon_views::advance_once(effects& out) {
  switch (step_) {
  case step::resting:
    if (round_ >= allowed_)
      return false;
    greet(out);
    step_ = step::greeting;
    return true;
  case step::greeting:
    if (!silent(round_, greeting_kind, now_.holders).empty())
      return false;
    meet(out);
    step_ = is_last() ? step::over : step::shuffling;
    return true;
  case step::shuffling:
    if (partner_ && !box().contains(round_, *partner_, answer_kind))
      return false;
    take_answer();
    settle(out);
    step_ = step::settling;
    return true;
  case step::settling:
    if (!silent(round_, settling_kind, now_.holders).empty())
      return false;
    learn_holders();
    ++round_;
    step_ = step::resting;
    return true;
  case step::over:
    break;
  }
  return false;
}

bool cyclon_views::is_active(node_id node) const {
  return (random_stream(run().seed, purpose::peer_sampling, node, round_).bits32() & 1) != 0;
}

std::vector<cyclon_views::entry> cyclon_views::other_peers(node_id than) {
  auto others = now_.view;
  std::erase_if(others, [than](const entry& known) { return known.peer == than; });
  random_->shuffle(std::span(others));
  return others;
}

void cyclon_views::greet(effects& out) {
  now_.bytes = bytes_for(round_);
  begun_with_[round_] = now_;
  moved_.clear();
  random_.emplace(run().seed, purpose::peer_sampling, id(), round_);
  const bool active = (random_->bits32() & 1) != 0;

  chosen_ = peers();
  random_->shuffle(std::span(chosen_));
  chosen_.resize(std::min<std::size_t>(options_.degree, chosen_.size()));
  std::ranges::sort(chosen_);

  partner_.reset();
  std::uint32_t oldest = 0;
  if (active && !is_last())
    for (const auto& known : now_.view)
      if (!is_active(known.peer) && (!partner_ || known.age > oldest)) {
        partner_ = known.peer;
        oldest = known.age;
      }

  std::vector<node_id> yes, no;
  const std::uint32_t agreed = 1;
  for (const auto& known : now_.view)
    if (known.peer != partner_)
      (std::ranges::binary_search(chosen_, known.peer) ? yes : no).push_back(known.peer);
  tell(greeting_kind, round_, numbers_payload(std::span(&agreed, 1)), std::move(yes), round_, out);
  tell(greeting_kind, round_, nullptr, std::move(no), round_, out);
  if (!partner_)
    return;
  // To the partner: yes or no, the number of entries offered, these with their ages, and what else it knows.
  const auto others = other_peers(*partner_);
  const auto offered = std::min<std::size_t>(options_.shuffle_length - 1, others.size());
  std::vector<std::uint32_t> request{std::ranges::binary_search(chosen_, *partner_) ? 1U : 0U,
                                     static_cast<std::uint32_t>(offered)};
  for (std::size_t i = 0; i < others.size(); ++i) {
    request.push_back(others[i].peer);
    if (i < offered)
      request.push_back(others[i].age);
  }
  tell(greeting_kind, round_, numbers_payload(request), {*partner_}, round_, out);
}

void cyclon_views::meet(effects& out) {
  std::set<node_id> neighbours(chosen_.begin(), chosen_.end());
  std::vector<std::pair<node_id, greeting>> requests;
  for (const node_id holder : now_.holders) {
    auto said = read_greeting(holder, numbers_of(*box().take(round_, holder, greeting_kind)));
    if (said.agrees)
      neighbours.insert(holder);
    if (said.asks)
      requests.emplace_back(holder, std::move(said));
  }
  agree(round_, {neighbours.begin(), neighbours.end()}, out);
  if (is_last())
    return;
  for (auto& known : now_.view)
    ++known.age;
  for (const auto& [from, request] : requests)
    answer(from, request, out);
}

cyclon_views::greeting cyclon_views::read_greeting(node_id from, std::span<const std::uint32_t> numbers) const {
  greeting said{.agrees = !numbers.empty() && numbers[0] == 1};
  if (numbers.size() < 2)
    return said;
  const std::size_t with_age = 2 + 2 * std::size_t{numbers[1]};
  if (is_active(id()) || with_age > numbers.size())
    return {};
  said.asks = true;
  for (std::size_t i = 2; i < numbers.size(); i += i < with_age ? 2 : 1) {
    if (!is_node(numbers[i]) || numbers[i] == from || !said.theirs.insert(numbers[i]).second)
      return {};
    if (i < with_age)
      said.offered.push_back({numbers[i], numbers[i + 1]});
  }
  return said;
}

void cyclon_views::answer(node_id from, const greeting& request, effects& out) {
  std::vector<entry> offered{{from, 0}};
  offered.insert(offered.end(), request.offered.begin(), request.offered.end());
  std::erase_if(offered, [this](const entry& e) {
    return e.peer == id() || std::ranges::binary_search(now_.view, e.peer, {}, &entry::peer);
  });
  // What came in this round stays: an entry moves once, so that one node alone tells its peer of it.
  const auto& before = begun_with_.at(round_).view;
  auto own = other_peers(from);
  std::erase_if(own, [&](const entry& e) {
    return request.theirs.contains(e.peer) || moved_.contains(e.peer) ||
           !std::ranges::binary_search(before, e.peer, {}, &entry::peer);
  });
  std::vector<std::uint32_t> swaps; // (theirs, mine, age of mine) for each
  for (std::size_t i = 0; i < std::min(offered.size(), own.size()); ++i) {
    swaps.insert(swaps.end(), {offered[i].peer, own[i].peer, own[i].age});
    moved_[own[i].peer] = from;
    replace(own[i].peer, offered[i]);
  }
  tell(answer_kind, round_, numbers_payload(swaps), {from}, round_ + 1, out);
}

bool cyclon_views::can_take(std::span<const std::uint32_t> swaps) const {
  if (swaps.size() % 3 != 0)
    return false;
  const auto known = peers();
  std::set<node_id> left(known.begin(), known.end());
  for (std::size_t i = 0; i < swaps.size(); i += 3) {
    const node_id given = swaps[i] == id() ? *partner_ : swaps[i];
    const node_id got = swaps[i + 1];
    if (left.erase(given) == 0 || !is_node(got) || got == id() || !left.insert(got).second)
      return false;
  }
  return true;
}

void cyclon_views::take_answer() {
  if (!partner_)
    return;
  const auto swaps = numbers_of(*box().take(round_, *partner_, answer_kind));
  if (!can_take(swaps))
    return;
  for (std::size_t i = 0; i < swaps.size(); i += 3) {
    const node_id given = swaps[i] == id() ? *partner_ : swaps[i];
    moved_[given] = *partner_;
    replace(given, {swaps[i + 1], swaps[i + 2]});
  }
}

void cyclon_views::replace(node_id peer, entry by) {
  std::erase_if(now_.view, [peer](const entry& known) { return known.peer == peer; });
  now_.view.insert(std::ranges::upper_bound(now_.view, by.peer, {}, &entry::peer), by);
}

void cyclon_views::settle(effects& out) {
  std::vector<node_id> known_still;
  for (const auto& [peer, age] : begun_with_.at(round_).view) {
    const auto moved = moved_.find(peer);
    if (moved == moved_.end())
      known_still.push_back(peer);
    else
      tell(settling_kind, round_, numbers_payload(std::span(&moved->second, 1)), {peer}, round_ + 1, out);
  }
  tell(settling_kind, round_, nullptr, std::move(known_still), round_ + 1, out);
}

void cyclon_views::learn_holders() {
  std::set<node_id> holders;
  for (const node_id holder : now_.holders) {
    const auto moved_to = numbers_of(*box().take(round_, holder, settling_kind));
    const node_id now = moved_to.size() == 1 && is_node(moved_to[0]) ? moved_to[0] : holder;
    if (now != id())
      holders.insert(now);
  }
  if (partner_)
    if (const auto turned = moved_.find(*partner_); turned != moved_.end() && turned->second == *partner_)
      holders.insert(*partner_);
  now_.holders.assign(holders.begin(), holders.end());
}

waiting cyclon_views::waiting_to_agree() const {
  switch (step_) {
  case step::greeting:
    return {round_, fmt::format("greetings of round {}", round_), silent(round_, greeting_kind, now_.holders)};
  case step::shuffling:
    return {round_, fmt::format("the answer to a shuffle of round {}", round_), {*partner_}};
  case step::settling:
    return {round_, fmt::format("who is known after round {}", round_), silent(round_, settling_kind, now_.holders)};
  case step::resting:
  case step::over:
    break;
  }
  return {round_, {}, {}};
}

void cyclon_views::passed(round_number begun) {
  // The round that the maker is in is still needed by itself.
  begun_with_.erase(begun_with_.begin(), begun_with_.lower_bound(std::min(begun, round_)));
}

void cyclon_views::save(round_number round, state& saved) const {
  const auto found = begun_with_.find(round);
  const auto& from = found == begun_with_.end() ? now_ : found->second;
  auto& counters = saved.counters;
  counters["peers.bytes"] = from.bytes;
  counters["peers.known"] = from.view.size();
  counters["peers.holders"] = from.holders.size();
  for (std::size_t i = 0; i < from.view.size(); ++i) {
    counters[fmt::format("peers.known.{}", i)] = from.view[i].peer;
    counters[fmt::format("peers.age.{}", i)] = from.view[i].age;
  }
  for (std::size_t i = 0; i < from.holders.size(); ++i)
    counters[fmt::format("peers.holder.{}", i)] = from.holders[i];
}

void cyclon_views::load(round_number round, const state& saved) {
  const auto number = [&](const std::string& name) { return static_cast<std::uint32_t>(saved.counters.at(name)); };
  round_ = round;
  now_ = {};
  for (std::uint32_t i = 0; i < number("peers.known"); ++i)
    now_.view.push_back({number(fmt::format("peers.known.{}", i)), number(fmt::format("peers.age.{}", i))});
  for (std::uint32_t i = 0; i < number("peers.holders"); ++i)
    now_.holders.push_back(number(fmt::format("peers.holder.{}", i)));
  restore_bytes_for(round, saved.counters.at("peers.bytes"));
}

} // namespace rhizome::learning
