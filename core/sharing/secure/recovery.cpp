#include "core/sharing/secure/recovery.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace rhizome::sharing::secure {

namespace {

void append(std::vector<std::byte>& to, const void* from, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(from);
  to.insert(to.end(), bytes, bytes + size);
}

/// A question as its holder reads it.
struct question {
  group senders;
  std::vector<std::size_t> arrived;
  std::vector<std::size_t> missing;
  std::span<const std::byte> boxes;
};

/// Nothing if it is malformed.
std::optional<question> read(sum_id sum, std::span<const std::byte> bytes) {
  std::uint32_t count = 0;
  if (bytes.size() < sizeof count)
    return std::nullopt;
  std::memcpy(&count, bytes.data(), sizeof count);
  bytes = bytes.subspan(sizeof count);
  if (count < 2 || bytes.size() / (sizeof(node_id) + 1) < count)
    return std::nullopt;
  question made;
  made.senders.sum = sum;
  made.senders.senders.resize(count);
  std::memcpy(made.senders.senders.data(), bytes.data(), count * sizeof(node_id));
  const auto come = bytes.subspan(count * sizeof(node_id), count);
  for (std::size_t place = 0; place < count; ++place)
    (come[place] == std::byte{0} ? made.missing : made.arrived).push_back(place);
  made.boxes = bytes.subspan(count * (sizeof(node_id) + 1));
  const bool ascending =
      std::ranges::adjacent_find(made.senders.senders, std::greater_equal<>()) == made.senders.senders.end();
  if (!ascending || !made.senders.shares_keys() || made.arrived.size() < 2 ||
      made.boxes.size() != made.arrived.size() * made.senders.box_size())
    return std::nullopt;
  return made;
}

} // namespace

recovery::recovery(group g, std::vector<learning::fragment> received, const std::set<node_id>& lost)
    : group_(std::move(g)) {
  for (auto& fragment : received)
    if (const auto place = group_.place_of(fragment.sender)) {
      arrived_.push_back(*place);
      payloads_.push_back(std::move(fragment.body));
    }
  for (std::size_t place = 0; place < group_.senders.size(); ++place)
    if (!std::ranges::binary_search(arrived_, place))
      missing_.push_back(place);
  readable_ = missing_.empty();
  // A sum of one would be its model, and with it nothing can be opened. A payload that is too short is refused when
  // the sum is made.
  const auto long_enough = [this](const auto& body) { return body->bytes.size() >= group_.tail_size(); };
  if (readable_ || arrived_.size() < 2 || !group_.shares_keys())
    return;
  if (!std::ranges::all_of(payloads_, long_enough)) {
    readable_ = true;
    return;
  }
  shares_.resize(arrived_.size() * missing_.size());
  for (std::size_t holder = 0; holder < group_.holders(); ++holder)
    if (!lost.contains(group_.senders[holder]))
      waiting_.insert(group_.senders[holder]);
}

std::vector<std::pair<node_id, learning::payload_ptr>> recovery::questions() const {
  const auto count = static_cast<std::uint32_t>(group_.senders.size());
  std::vector<std::byte> head;
  append(head, &count, sizeof count);
  append(head, group_.senders.data(), count * sizeof(node_id));
  for (std::size_t place = 0; place < count; ++place)
    head.push_back(std::byte{std::ranges::binary_search(arrived_, place)});
  std::vector<std::pair<node_id, learning::payload_ptr>> all;
  for (const node_id holder : waiting_) {
    auto bytes = head;
    for (std::size_t i = 0; i < arrived_.size(); ++i) {
      const auto box = tail_of(i).box(*group_.place_of(holder));
      append(bytes, box.data(), box.size());
    }
    all.emplace_back(holder, learning::bytes_payload(std::move(bytes)));
  }
  return all;
}

void recovery::take(node_id holder, const learning::payload& answer) {
  if (waiting_.erase(holder) == 0)
    return;
  const auto place = *group_.place_of(holder);
  if (answer.bytes.size() == shares_.size() * sizeof(key))
    for (std::size_t pair = 0; pair < shares_.size(); ++pair) {
      if (missing_[pair % missing_.size()] == place)
        continue; // it has the key itself, and no share
      share part{static_cast<std::uint8_t>(place + 1), {}};
      std::memcpy(part.value.data(), answer.bytes.data() + pair * sizeof(key), sizeof(key));
      shares_[pair].push_back(part);
    }
  try_to_open();
}

void recovery::lose(node_id holder) {
  if (waiting_.erase(holder) > 0)
    try_to_open();
}

bool recovery::counts(node_id sender) const {
  const auto place = group_.place_of(sender);
  return place && std::ranges::binary_search(arrived_, *place);
}

tail_view recovery::tail_of(std::size_t arrived) const {
  return {group_, arrived_[arrived], std::span(payloads_[arrived]->bytes).last(group_.tail_size())};
}

void recovery::try_to_open() {
  const auto needed = group_.needed();
  if (std::ranges::any_of(shares_, [needed](const auto& some) { return some.size() < needed; }))
    return;
  waiting_.clear();
  std::vector<left_over> opened;
  for (std::size_t pair = 0; pair < shares_.size(); ++pair) {
    const auto arrived = pair / missing_.size();
    const auto missing = missing_[pair % missing_.size()];
    const auto mask = join(std::span(shares_[pair]).first(needed));
    if (!std::ranges::equal(check_of(mask), tail_of(arrived).check(missing)))
      return; // a share is wrong: noise must not get into the model
    opened.push_back({mask, arrived_[arrived] < missing});
  }
  masks_ = std::move(opened);
  readable_ = true;
}

learning::payload_ptr share_holder::answer(sum_id sum, const learning::payload& body) {
  auto refusal = learning::bytes_payload({});
  const auto asked = read(sum, body.bytes);
  if (!asked)
    return refusal;
  const auto& senders = asked->senders;
  const auto self = senders.place_of(keys_->self());
  if (!self || *self >= senders.holders() || senders.place_of(sum.receiver))
    return refusal;
  if (const auto last = answered_.find(sum.receiver); last != answered_.end() && last->second >= sum.round)
    return refusal;
  std::vector<std::byte> shares;
  for (std::size_t i = 0; i < asked->arrived.size(); ++i) {
    const auto from = asked->arrived[i];
    const auto box = asked->boxes.subspan(i * senders.box_size(), senders.box_size());
    const auto content = open(keys_->box(senders.senders[from], keys_->self(), sum),
                              {reinterpret_cast<const std::uint8_t*>(box.data()), box.size()}, senders.context());
    if (!content)
      return refusal;
    for (const auto missing : asked->missing)
      append(shares, content->data() + place_without(from, missing) * sizeof(key), sizeof(key));
  }
  answered_[sum.receiver] = sum.round;
  return learning::bytes_payload(std::move(shares));
}

} // namespace rhizome::sharing::secure
