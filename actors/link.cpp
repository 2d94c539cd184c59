#include "actors/link.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/caf_network.hpp"

namespace rhizome::actors {

namespace {

/// What CAF 0.17 puts around a chunk: BASP's header, the sender, the path and the types' names.
constexpr std::size_t framing = 150;
/// Looks, and at least as many heartbeats, within the liveness limit.
constexpr int looks_per_limit = 4;
/// Refused fragments that are noted one by one; further ones are only counted.
constexpr std::uint64_t refusals_noted = 10;

} // namespace

link_actor spawn_link(caf::actor_system& system, link_options options) {
  const auto where = options.where;
  const auto prepare = [options = std::move(options)](link_state& state) { state.prepare(options); };
  if (where == threading::detached)
    return spawn_at_network<link_state>(system, prepare);
  return spawn_actor<link_state>(system, where, prepare);
}

link_actor::behavior_type link_state::make_behavior() {
  when_lost(self_, [this](const std::string&, const caf::actor_addr& who) {
    if (peer_ && who == peer_.address())
      lose("the connection was closed");
  });
  return {
      [this](const send_parcel& m) { enqueue(m.parcel); },
      [this](const link_opened& m) { open(m); },
      [this](const close_link&) { disconnect(); },
      [this](const stop_actor&) { self_->quit(); },
      [this](const look&) { look_around(); },
      [this](const chunk& m) { take(m); },
      [this](const chunk_credit& m) {
        if (!is_from_peer())
          return;
        last_heard_ = now_of(self_);
        in_flight_ -= std::min<std::size_t>(in_flight_, m.bytes);
        pump();
      },
      [this](const heartbeat&) {
        if (is_from_peer())
          last_heard_ = now_of(self_);
      },
  };
}

bool link_state::is_from_peer() {
  return peer_ && self_->current_sender() && self_->current_sender()->address() == peer_.address();
}

void link_state::open(const link_opened& message) {
  close();
  peer_ = caf::actor_cast<link_actor>(message.peer);
  watch(self_, peer_);
  last_heard_ = last_look_ = now_of(self_);
  self_->send(options_.host, link_up{options_.peer});
  if (!std::exchange(looking_, true))
    tell_later(self_, options_.liveness / looks_per_limit, look{});
}

void link_state::close() {
  peer_ = nullptr;
  options_.counters->fragments_dropped += waiting_.size() + (sending_ ? 1 : 0);
  options_.counters->fragments_queued = 0;
  waiting_.clear();
  sending_.reset();
  reading_.reset();
  in_flight_ = taken_in_ = 0;
}

void link_state::disconnect() {
  if (peer_)
    tell(self_, options_.connector, disconnect_from{caf::actor_cast<caf::strong_actor_ptr>(peer_)});
  close();
}

void link_state::lose(const std::string& reason) {
  disconnect();
  self_->send(options_.host, link_down{options_.peer, reason});
}

void link_state::look_around() {
  const auto now = now_of(self_);
  const auto interval = options_.liveness / looks_per_limit;
  // A process that was stopped has not listened: what the others said meanwhile still waits for it.
  if (now - std::exchange(last_look_, now) > 2 * interval)
    last_heard_ = now;
  if (peer_ && now - last_heard_ > options_.liveness)
    lose(fmt::format("no sign of life for {:.1f} s", std::chrono::duration<double>(now - last_heard_).count()));
  if (peer_)
    self_->send(peer_, heartbeat{});
  tell_later(self_, interval, look{});
}

// -- sending ---------------------------------------------------------------------------------------------------------

void link_state::enqueue(sharing::parcel p) {
  if (!peer_) {
    ++options_.counters->fragments_dropped;
    return;
  }
  const auto takes_its_place = [&p](const sharing::parcel& older) {
    return older.fragment.replaceable && older.fragment.sender == p.fragment.sender &&
           older.fragment.kind == p.fragment.kind && older.channel == p.channel && older.receivers == p.receivers;
  };
  const auto older = p.fragment.replaceable ? std::ranges::find_if(waiting_, takes_its_place) : waiting_.end();
  if (older != waiting_.end())
    *older = std::move(p);
  else
    waiting_.push_back(std::move(p));
  pump();
}

void link_state::pump() {
  auto& counters = *options_.counters;
  while (peer_ && in_flight_ < options_.window) {
    if (!sending_) {
      if (waiting_.empty())
        break;
      sending_ = std::make_shared<const sharing::parcel_writer>(std::move(waiting_.front()));
      waiting_.pop_front();
      offset_ = 0;
    }
    const auto size = std::min(options_.chunk_size, sending_->size() - offset_);
    self_->send(peer_, chunk{offset_ == 0, {sending_, sending_->pieces(offset_, size)}});
    offset_ += size;
    in_flight_ += size;
    counters.bytes_sent += size + framing;
    if (offset_ == sending_->size()) {
      sending_.reset();
      ++counters.fragments_sent;
    }
  }
  counters.fragments_queued = waiting_.size() + (sending_ ? 1 : 0);
}

// -- receiving -------------------------------------------------------------------------------------------------------

void link_state::take(const chunk& piece) {
  if (!is_from_peer())
    return;
  last_heard_ = now_of(self_);
  const auto size = piece.bytes.size();
  options_.counters->bytes_received += size + framing;
  taken_in_ += size;
  if (taken_in_ >= options_.window / 4)
    self_->send(peer_, chunk_credit{std::exchange(taken_in_, 0)});
  if (piece.first) {
    if (reading_)
      refuse("a fragment was cut short by the next one.");
    reading_.emplace(options_.limits, *options_.pool);
  }
  if (!reading_)
    return; // the rest of a refused parcel
  for (const auto& bytes : piece.bytes.pieces)
    if (const auto taken = reading_->append(bytes); !taken) {
      refuse(taken.error().message);
      reading_.reset();
      return;
    }
  if (reading_->complete())
    finish_parcel();
}

void link_state::finish_parcel() {
  auto finished = reading_->finish();
  reading_.reset();
  if (!finished) {
    refuse(finished.error().message);
    return;
  }
  if (const auto delivered = options_.sink->deliver(std::move(*finished)); !delivered)
    refuse(delivered.error().message);
  else
    ++options_.counters->fragments_received;
}

void link_state::refuse(const std::string& why) {
  const auto count = ++options_.counters->fragments_refused;
  if (count <= refusals_noted)
    self_->send(options_.host,
                note_event{"refused", fmt::format("from {}: {}{}", options_.peer_name, why,
                                                  count == refusals_noted ? " Further ones are only counted." : "")});
}

} // namespace rhizome::actors
