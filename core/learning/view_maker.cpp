#include "core/learning/view_maker.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace rhizome::learning {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

payload_ptr numbers_payload(std::span<const std::uint32_t> numbers) {
  const auto bytes = std::as_bytes(numbers);
  return bytes_payload({bytes.begin(), bytes.end()});
}

std::vector<std::uint32_t> numbers_of(const fragment& f) {
  if (!f.body || f.body->bytes.size() % sizeof(std::uint32_t) != 0)
    return {};
  std::vector<std::uint32_t> numbers(f.body->bytes.size() / sizeof(std::uint32_t));
  if (!numbers.empty())
    std::memcpy(numbers.data(), f.body->bytes.data(), numbers.size() * sizeof(std::uint32_t));
  return numbers;
}

std::optional<made_view> view_maker::next() {
  if (ready_.empty())
    return std::nullopt;
  auto made = std::move(ready_.front());
  ready_.pop_front();
  return made;
}

void view_maker::tell(fragment_kind kind, round_number round, payload_ptr body, std::vector<node_id> receivers,
                      round_number view_of, effects& out) {
  if (receivers.empty())
    return;
  fragment f{id(), round, kind, false, std::move(body)};
  bytes_[view_of] += f.wire_size() * receivers.size();
  out.emplace_back(send{std::move(f), std::move(receivers)});
}

void view_maker::finish(round_number round, round_view_ptr view) {
  ready_.push_back({round, std::move(view), bytes_for(round)});
  bytes_.erase(round);
}

std::uint64_t view_maker::bytes_for(round_number round) const {
  const auto found = bytes_.find(round);
  return found == bytes_.end() ? 0 : found->second;
}

void mutual_views::take(fragment f, effects& out) {
  box_.put(std::move(f));
  complete_views();
  advance(out);
}

void mutual_views::agree(round_number round, std::vector<node_id> neighbours, effects& out) {
  const auto degree = static_cast<std::uint32_t>(neighbours.size());
  tell(degree_kind, round, numbers_payload(std::span(&degree, 1)), neighbours, round, out);
  agreed_.emplace_back(round, std::move(neighbours));
  complete_views();
}

void mutual_views::complete_views() {
  while (!agreed_.empty()) {
    const auto& [round, neighbours] = agreed_.front();
    if (!silent(round, degree_kind, neighbours).empty())
      return;
    auto view = std::make_shared<round_view>();
    const auto own_degree = static_cast<std::uint32_t>(neighbours.size());
    for (const node_id other : neighbours) {
      const auto degrees = numbers_of(*box_.take(round, other, degree_kind));
      const double weight = 1.0 / (1.0 + std::max(own_degree, degrees.empty() ? 0 : degrees.front()));
      view->in.push_back({other, weight});
      view->self_weight -= weight;
    }
    view->out = view->in; // the weights are symmetric
    const auto done = round;
    agreed_.pop_front();
    view_made(done, view);
  }
}

std::vector<node_id> mutual_views::silent(round_number round, fragment_kind kind,
                                          const std::vector<node_id>& among) const {
  std::vector<node_id> result;
  for (const node_id node : among)
    if (!box_.contains(round, node, kind))
      result.push_back(node);
  return result;
}

waiting mutual_views::waiting_for() const {
  if (agreed_.empty())
    return waiting_to_agree();
  const auto& [round, neighbours] = agreed_.front();
  return {round, fmt::format("degrees of round {}", round), silent(round, degree_kind, neighbours)};
}

} // namespace rhizome::learning
