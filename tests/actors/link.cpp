// One end of the connection between two hosts: chunks, credit, what is refused, and the peer's signs of life.
#include "actors/link.hpp"

#include <cstring>

#include "tests/support/doctest.hpp"
#include "tests/support/link_world.hpp"

using namespace rhizome;
using namespace rhizome::test;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::byte>;

/// The chunks as the bytes of whole parcels.
std::vector<bytes> put_together(const std::vector<actors::chunk>& chunks) {
  std::vector<bytes> parcels;
  for (const auto& piece : chunks) {
    if (piece.first)
      parcels.emplace_back();
    REQUIRE_FALSE(parcels.empty());
    for (const auto& more : piece.bytes.pieces)
      parcels.back().insert(parcels.back().end(), more.begin(), more.end());
  }
  return parcels;
}

/// Where the fragment's fields begin in a parcel for one node.
constexpr std::size_t fragment_at = 20;
constexpr std::size_t receiver_at = 16;
constexpr std::size_t sender_at = fragment_at + 12;
constexpr std::size_t values_at = fragment_at + 24;

} // namespace

TEST_CASE_FIXTURE(link_world, "what goes in at one end comes out at the other, in order and to the bit") {
  const auto counted = std::make_shared<actors::link_counters>();
  const auto other = spawn(counted, sink);
  actors::post(link, actors::link_opened{caf::actor_cast<caf::strong_actor_ptr>(other)});
  actors::post(other, actors::link_opened{caf::actor_cast<caf::strong_actor_ptr>(link)});
  const auto parcels = parcels_of_every_form(*pool);
  std::size_t size = 0;
  for (const auto& p : parcels) {
    enqueue(p);
    size += sharing::encode(p).size();
  }
  REQUIRE(sink->parcels.size() == parcels.size());
  for (std::size_t i = 0; i < parcels.size(); ++i)
    CHECK(same(sink->parcels[i], parcels[i]));
  CHECK(counters->fragments_sent == parcels.size());
  CHECK(counted->fragments_received == parcels.size());
  CHECK(counters->bytes_sent == counted->bytes_received);
  CHECK(counters->bytes_sent > size);
  CHECK(counters->fragments_queued == 0);
  CHECK(mail_of_host().refusals.empty());
  actors::post(other, actors::stop_actor{});
}

TEST_CASE_FIXTURE(link_world, "no more than the window is on its way without credit") {
  open(peer);
  for (round_number r = 0; r < 5; ++r)
    enqueue(model(r));
  const auto first = mail_of_peer();
  CHECK(first.bytes == window);
  CHECK(counters->fragments_queued == 5);
  peer->send(link, actors::chunk_credit{chunk_size});
  system.run();
  CHECK(mail_of_peer().bytes == chunk_size);
  peer->send(link, actors::chunk_credit{1'000'000'000}); // more than was ever sent is no reason for more
  system.run();
  CHECK(mail_of_peer().bytes <= window + chunk_size);
}

TEST_CASE_FIXTURE(link_world, "what has come is credited to the peer") {
  open(peer);
  const auto parcel = sharing::encode(model(0));
  for (int i = 0; i < 4; ++i)
    send(peer, parcel);
  CHECK(sink->parcels.size() == 4);
  const auto credit = mail_of_peer().credit;
  CHECK(credit <= 4 * parcel.size());
  CHECK(credit > 4 * parcel.size() - window / 4);
}

TEST_CASE_FIXTURE(link_world, "only a waiting fragment that may be replaced is replaced, by a later one of its kind") {
  open(peer);
  enqueue(model(0)); // on its way
  enqueue(model(1, true));
  enqueue(model(2));
  enqueue(model(3, true));
  auto for_another = model(4, true);
  for_another.receivers = {8};
  enqueue(for_another);
  enqueue(model(5, true));
  enqueue(model(6));
  std::vector<round_number> rounds;
  for (const auto& each : put_together(take_everything().chunks)) {
    const auto parcel = sharing::decode(each, {.nodes = nodes, .max_bytes = 100}, *pool);
    REQUIRE(parcel);
    rounds.push_back(parcel->fragment.round);
  }
  CHECK(rounds == std::vector<round_number>{0, 5, 2, 4, 6});
}

TEST_CASE_FIXTURE(link_world, "a fragment that is wrong is dropped, counted and noted, and the next one is taken") {
  open(peer);
  sink->oldest = 5;
  const auto good = sharing::encode(model(5));
  struct wrong {
    const char* why;
    bytes parcel;
  };
  auto garbled = good;
  garbled.back() ^= std::byte{1};
  auto longer = good;
  longer.resize(longer.size() + 30);
  const std::vector<wrong> all = {
      {"its vector has another size than the run's model", forged(good, values_at, std::uint64_t{12})},
      {"its vector has another size than the run's model", forged(good, values_at, std::uint64_t{1} << 61U)},
      {"it says that it is larger than this run's fragments", forged(good, 8, std::uint64_t{1} << 32U)},
      {"it has more receivers than the run has nodes", forged(good, 0, 0xffffffffU)},
      {"a receiver is not a node of this run", forged(good, receiver_at, nodes)},
      {"a receiver is not on this machine", forged(good, receiver_at, 4U)},
      {"its sender is not a node of this run", forged(good, sender_at, nodes)},
      {"its sender is not on the machine that sent it", forged(good, sender_at, 6U)},
      {"its checksum is wrong", garbled},
      {"round 4 is over", sharing::encode(model(4))},
  };
  std::uint64_t refused = 0;
  for (const auto& bad : all) {
    const auto& why = bad.why;
    const auto& parcel = bad.parcel;
    CAPTURE(why);
    send(peer, parcel);
    CHECK(counters->fragments_refused == ++refused);
    const auto said = mail_of_host().refusals;
    REQUIRE(said.size() == 1);
    CHECK(said.front().find("from peer:1: ") == 0);
    CHECK(said.front().find(why) != std::string::npos);
    send(peer, good);
    CHECK(counters->fragments_received == refused);
  }
  send(peer, forged(good, receiver_at, nodes)); // the eleventh
  CHECK(counters->fragments_refused == ++refused);
  CHECK(mail_of_host().refusals.empty()); // a flood of them does not fill the log
  CHECK(sink->parcels.size() == all.size());
}

TEST_CASE_FIXTURE(link_world, "what goes on behind a fragment's end and what is cut short is refused") {
  open(peer);
  const auto good = sharing::encode(model(0));
  send(peer, std::span(good).first(good.size() - 1));
  send(peer, good);
  CHECK(counters->fragments_refused == 1);
  CHECK(sink->parcels.size() == 1);
  peer->send(link, actors::chunk{false, actors::byte_block::make(chunk_size).first}); // belongs to nothing
  system.run();
  CHECK(sink->parcels.size() == 1);
  send(peer, good);
  CHECK(sink->parcels.size() == 2);
}

TEST_CASE_FIXTURE(link_world, "only the other end is listened to") {
  caf::scoped_actor stranger(system.get());
  open(peer);
  const auto good = sharing::encode(model(0));
  send(stranger, good);
  CHECK(sink->parcels.empty());
  CHECK(counters->bytes_received == 0);
  caf::scoped_actor next(system.get()); // the peer was lost and has come back
  open(next);
  send(peer, good);
  CHECK(sink->parcels.empty());
  send(next, good);
  CHECK(sink->parcels.size() == 1);
}

TEST_CASE_FIXTURE(link_world, "a silent peer is lost after the limit; a heartbeat is enough") {
  open(peer);
  CHECK(mail_of_host().ups == 1);
  for (int quarters = 0; quarters < 12; ++quarters) {
    system.advance(liveness / 4);
    CHECK(mail_of_peer().heartbeats == 1); // its own
    peer->send(link, actors::heartbeat{});
    system.run();
  }
  CHECK(mail_of_host().downs.empty());
  std::vector<std::string> downs;
  for (int quarters = 0; quarters < 5; ++quarters) {
    CHECK(downs.empty());
    system.advance(liveness / 4);
    downs = mail_of_host().downs;
  }
  REQUIRE(downs.size() == 1);
  CHECK(downs.front() == "no sign of life for 10.0 s");
  enqueue(model(0));
  CHECK(mail_of_peer().bytes == 0);
  CHECK(counters->fragments_dropped == 1);
}

TEST_CASE_FIXTURE(link_world, "a process that was stopped itself first listens to what has come meanwhile") {
  open(peer);
  system.advance(liveness * 3); // one look after a long time
  CHECK(mail_of_host().downs.empty());
  for (int quarters = 0; quarters < 6; ++quarters)
    system.advance(liveness / 4);
  CHECK(mail_of_host().downs.size() == 1); // nothing has come
}

TEST_CASE_FIXTURE(link_world, "a closed link drops what waits, counts it, and works again when it is opened") {
  open(peer);
  enqueue(model(0));
  enqueue(model(1));
  (void)mail_of_peer();
  actors::post(link, actors::close_link{});
  system.run();
  CHECK(counters->fragments_dropped == 2);
  CHECK(counters->fragments_queued == 0);
  enqueue(model(2));
  CHECK(counters->fragments_dropped == 3);
  CHECK(mail_of_peer().bytes == 0);
  caf::scoped_actor next(system.get());
  open(next);
  enqueue(model(3));
  std::vector<actors::chunk> chunks;
  take_all(next, [&](const actors::chunk& c) { chunks.push_back(c); });
  REQUIRE_FALSE(chunks.empty());
  CHECK(chunks.front().first); // not the rest of an old one, and with the whole window
  CHECK(chunks.size() == window / chunk_size);
}
