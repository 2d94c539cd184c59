#include "core/learning/random_walk.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/learning/cyclon.hpp"

namespace rhizome::learning {

namespace {

constexpr fragment_kind end_kind = own_kind(1);

} // namespace

random_walk_views::random_walk_views(const node_context& context, const random_walk_options& options)
    : mutual_views(context), options_(options) {
  const auto n = run().nodes;
  std::set<node_id> overlay;
  for (const auto offset : first_overlay(run(), n / 2, (options_.view_size + 1) / 2)) {
    overlay.insert((id() + offset) % n);
    overlay.insert((id() + n - offset) % n);
  }
  overlay_.assign(overlay.begin(), overlay.end());
}

void random_walk_views::allow(round_number round, effects& out) {
  allowed_ = round + 1;
  advance(out);
}

void random_walk_views::take(fragment f, effects& out) {
  if (f.kind != end_kind) {
    mutual_views::take(std::move(f), out);
    return;
  }
  const auto count = numbers_of(f);
  if (count.size() != 1 || count[0] < 1 || count[0] > options_.degree)
    return;
  ends_[f.round][f.sender] = count[0];
  advance(out);
}

void random_walk_views::advance(effects& out) {
  while (advance_once(out)) {
  }
}

bool random_walk_views::advance_once(effects& out) {
  switch (step_) {
  case step::resting:
    if (round_ >= allowed_)
      return false;
    random_.emplace(run().seed, purpose::peer_sampling, id(), round_);
    hop_ = 0;
    walks_.assign(overlay_.empty() ? 0 : options_.degree, id());
    hop(out);
    step_ = step::walking;
    return true;
  case step::walking:
    if (!silent(round_, hop_kind(), overlay_).empty())
      return false;
    arrive();
    if (++hop_ < options_.walk_length) {
      hop(out);
      return true;
    }
    tell_beginnings(out);
    step_ = step::ended;
    return true;
  case step::ended:
    if (!overlay_.empty() && ends_known() < options_.degree)
      return false;
    break;
  }
  std::set<node_id> neighbours(walks_.begin(), walks_.end());
  if (const auto ends = ends_.extract(round_); !ends.empty())
    for (const auto& [end, count] : ends.mapped())
      neighbours.insert(end);
  neighbours.erase(id());
  agree(round_++, {neighbours.begin(), neighbours.end()}, out);
  step_ = step::resting;
  return true;
}

fragment_kind random_walk_views::hop_kind() const {
  return own_kind(static_cast<std::uint16_t>(2 + hop_));
}

void random_walk_views::hop(effects& out) {
  std::map<node_id, std::vector<std::uint32_t>> going;
  std::vector<node_id> staying;
  for (const node_id beginning : walks_)
    if (const auto drawn = random_->below(overlay_.size() + 1); drawn < overlay_.size())
      going[overlay_[drawn]].push_back(beginning);
    else
      staying.push_back(beginning);
  walks_ = std::move(staying);
  std::vector<node_id> nothing;
  for (const node_id neighbour : overlay_)
    if (const auto found = going.find(neighbour); found != going.end())
      tell(hop_kind(), round_, numbers_payload(found->second), {neighbour}, round_, out);
    else
      nothing.push_back(neighbour);
  tell(hop_kind(), round_, nullptr, std::move(nothing), round_, out);
}

void random_walk_views::arrive() {
  for (const node_id neighbour : overlay_)
    if (const auto beginnings = numbers_of(*box().take(round_, neighbour, hop_kind()));
        std::ranges::all_of(beginnings, [this](auto beginning) { return is_node(beginning); }))
      walks_.insert(walks_.end(), beginnings.begin(), beginnings.end());
  std::ranges::sort(walks_);
}

void random_walk_views::tell_beginnings(effects& out) {
  std::map<node_id, std::uint32_t> ended;
  for (const node_id beginning : walks_)
    ++ended[beginning];
  for (const auto& [beginning, count] : ended)
    if (beginning == id())
      ends_[round_][beginning] = count;
    else
      tell(end_kind, round_, numbers_payload(std::span(&count, 1)), {beginning}, round_, out);
}

std::uint32_t random_walk_views::ends_known() const {
  std::uint32_t sum = 0;
  if (const auto found = ends_.find(round_); found != ends_.end())
    for (const auto& [end, count] : found->second)
      sum += count;
  return sum;
}

waiting random_walk_views::waiting_to_agree() const {
  switch (step_) {
  case step::walking:
    return {round_, fmt::format("walks of round {} at hop {}", round_, hop_), silent(round_, hop_kind(), overlay_)};
  case step::ended:
    return {round_, fmt::format("word of where its walks of round {} have ended", round_), {}};
  case step::resting:
    break;
  }
  return {round_, {}, {}};
}

void random_walk_views::load(round_number round, const state&) {
  round_ = round;
}

} // namespace rhizome::learning
