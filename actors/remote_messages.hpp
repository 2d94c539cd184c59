#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/actor_control_block.hpp>

#include "actors/caf_compat.hpp"
#include "actors/host_figures.hpp"
#include "core/learning/events.hpp"
#include "core/learning/learner.hpp"
#include "core/learning/round_view.hpp"
#include "core/network/placement.hpp"
#include "core/types.hpp"

/// Messages that may cross machines. Each has a type id, and its fields travel as one block of bytes (archive.hpp).
/// Vectors do not: they go through the links, in chunks.
namespace rhizome::actors {

using network::host_id;

// -- the run, to a host ----------------------------------------------------------------------------------------------

/// Every host is ready: start the nodes.
struct begin_run {};
RHIZOME_FIELDS(begin_run)

/// A host that is to be connected to.
struct host_address {
  host_id host = 0;
  std::string endpoint;
};
RHIZOME_FIELDS(host_address, x.host, x.endpoint)

/// The other hosts: a link is wanted to each of `expected`, and those in `connect` are to be called. Those in `absent`
/// are not there, and not waited for any more.
struct meet_hosts {
  std::uint32_t meeting = 0; ///< how many were called before; the answer names it
  std::vector<host_id> expected;
  std::vector<host_address> connect;
  std::vector<host_id> absent;
};
RHIZOME_FIELDS(meet_hosts, x.meeting, x.expected, x.connect, x.absent)

/// One node and its neighbours in a round.
struct node_view {
  node_id node = 0;
  learning::round_view_ptr view;
};
RHIZOME_FIELDS(learning::neighbour, x.id, x.weight)
RHIZOME_FIELDS(learning::round_view, x.self_weight, x.in, x.out, x.in_neighbours_of_out)
template <class Archive>
void fields(Archive& archive, node_view& x) {
  archive(x.node);
  if constexpr (std::is_same_v<Archive, byte_reader>) {
    auto view = std::make_shared<learning::round_view>();
    archive(*view);
    x.view = std::move(view);
  } else {
    archive(*x.view);
  }
}

/// The views of a round of all nodes that are placed on a host.
struct deliver_views {
  round_number round = 0;
  std::vector<node_view> views;
};
RHIZOME_FIELDS(deliver_views, x.round, x.views)

/// A host is lost with its nodes, or back: its nodes take part from `round` on, each with the model of its donor.
struct nodes_changed {
  host_id host = 0;
  std::vector<node_id> nodes;
  bool up = false;
  round_number round = 0;
  std::vector<node_id> donors; ///< [nodes] when up: live nodes on other hosts
};
RHIZOME_FIELDS(nodes_changed, x.host, x.nodes, x.up, x.round, x.donors)

/// Rounds whose metrics are in the store for good: gives the sender credit for more.
struct rounds_stored {
  std::uint32_t rounds = 0;
};
RHIZOME_FIELDS(rounds_stored, x.rounds)

/// What are you waiting for?
struct ask_status {};
RHIZOME_FIELDS(ask_status)

/// End now: from the experiment to its parts and from a host to its nodes.
struct stop_actor {};
RHIZOME_FIELDS(stop_actor)

/// Everything that was sent before is done; the answer to stop_actor where one is awaited.
struct actor_stopped {
  std::string error; ///< empty: in order
};
RHIZOME_FIELDS(actor_stopped, x.error)

// -- the run, from a host --------------------------------------------------------------------------------------------

/// A host has all of its actors, its trainers' modules and its links.
struct host_ready {
  host_id host = 0;
  std::uint32_t meeting = 0;
};
RHIZOME_FIELDS(host_ready, x.host, x.meeting)

/// All nodes of a host have trained and shared every round before `round`.
struct host_reached {
  host_id host = 0;
  round_number round = 0;
};
RHIZOME_FIELDS(host_reached, x.host, x.round)

/// How many jobs a host's trainers have done so far, a sign of progress, and what its links have sent.
struct host_progress {
  host_id host = 0;
  std::uint64_t jobs_done = 0;
  std::uint64_t bytes_sent = 0;
};
RHIZOME_FIELDS(host_progress, x.host, x.jobs_done, x.bytes_sent)

struct node_report {
  node_id node = 0;
  learning::report report;
};
RHIZOME_FIELDS(learning::evaluation, x.on, x.loss, x.accuracy, x.samples, x.mae)
RHIZOME_FIELDS(learning::report, x.rounds, x.train_loss, x.evaluations, x.bytes_sent)
RHIZOME_FIELDS(node_report, x.node, x.report)

/// All reports of one round from one host, in order of node id; models are not in them.
struct round_reports {
  std::uint32_t rounds = 0; ///< rounds done
  std::vector<node_report> reports;
  caf::strong_actor_ptr from; ///< the reporter_actor that gets its credit back
};
RHIZOME_FIELDS(round_reports, x.rounds, x.reports)
inline auto handles(round_reports& x) {
  return std::tie(x.from);
}

/// Squared distances of a host's models to the average model, for the averager of the starting machine.
struct model_distances {
  host_id host = 0;
  std::uint32_t rounds = 0;
  std::vector<std::pair<node_id, double>> distances;
};
RHIZOME_FIELDS(model_distances, x.host, x.rounds, x.distances)

/// The nodes of a host have all finished their last round; before its evaluation. Times are since begin_run.
struct rounds_over {
  host_id host = 0;
  std::chrono::nanoseconds wall{};
  std::chrono::nanoseconds training{};   ///< thread time of all trainers in train and gradient steps
  std::chrono::nanoseconds evaluation{}; ///< and in evaluate steps
  std::chrono::nanoseconds sharing{};    ///< and in encoding, decoding and aggregation
  std::uint32_t trainers = 0;
  std::vector<std::pair<node_id, std::uint64_t>> hashes; ///< of the nodes' final parameters
};
RHIZOME_FIELDS(rounds_over, x.host, x.wall, x.training, x.evaluation, x.sharing, x.trainers, x.hashes)

/// A host has lost its link to another one; or leaves by itself, and is both.
struct peer_lost {
  host_id from = 0;
  host_id peer = 0;
  std::string reason;
};
RHIZOME_FIELDS(peer_lost, x.from, x.peer, x.reason)

/// Something has gone wrong for good: the run ends with this sentence.
struct run_failed {
  std::string error;
};
RHIZOME_FIELDS(run_failed, x.error)

struct node_status {
  node_id node = 0;
  learning::waiting waiting;
};
RHIZOME_FIELDS(learning::waiting, x.round, x.what, x.nodes)
RHIZOME_FIELDS(node_status, x.node, x.waiting)

/// Who waits for whom on one host, when there is no progress.
struct stall_report {
  host_id host = 0;
  std::vector<node_status> nodes;
};
RHIZOME_FIELDS(stall_report, x.host, x.nodes)

/// Something worth a line in the log and in the events table.
struct note_event {
  std::string kind;
  std::string text;
};
RHIZOME_FIELDS(note_event, x.kind, x.text)

// -- joining ---------------------------------------------------------------------------------------------------------

/// What results depend on beside the configuration: the same on all machines, or the bits may differ.
struct build_identity {
  std::string version;         ///< of Rhizome
  std::string libraries;       ///< names and versions
  std::string instruction_set; ///< of the processor
};
RHIZOME_FIELDS(build_identity, x.version, x.libraries, x.instruction_set)

/// The first message to a gate, the same in all versions of Rhizome: what are you?
struct greeting {};
RHIZOME_FIELDS(greeting)

struct greeting_answer {
  build_identity build;
  std::uint32_t cores = 0;
  std::string run; ///< that it is lent to; empty: it is idle
};
RHIZOME_FIELDS(greeting_answer, x.build, x.cores, x.run)

/// Take part in a run.
struct join_request {
  std::string run;                     ///< its name and a random number
  std::string config;                  ///< the resolved configuration
  std::uint64_t data_checksum = 0;     ///< of the data set that the starting machine has read
  host_id host = 0;                    ///< the number of the host that is asked
  std::vector<std::string> hosts;      ///< names, for messages
  std::vector<host_id> placement;      ///< [nodes] the host of each
  bool rejoining = false;              ///< the run is under way: nodes start when nodes_changed says so
  caf::strong_actor_ptr experiment;    ///< an experiment_actor
  caf::strong_actor_ptr metric_logger; ///< a metric_logger_actor
  caf::strong_actor_ptr topology;      ///< a topology_manager_actor
};
RHIZOME_FIELDS(join_request, x.run, x.config, x.data_checksum, x.host, x.hosts, x.placement, x.rejoining)
inline auto handles(join_request& x) {
  return std::tie(x.experiment, x.metric_logger, x.topology);
}

struct join_answer {
  std::string refused;        ///< a sentence; empty: it has joined
  caf::strong_actor_ptr host; ///< a host_actor
};
RHIZOME_FIELDS(join_answer, x.refused)
inline auto handles(join_answer& x) {
  return std::tie(x.host);
}

/// From another host of the run: here is my end of our link.
struct link_offer {
  std::string run;
  host_id from = 0;
  caf::strong_actor_ptr link; ///< a link_actor
};
RHIZOME_FIELDS(link_offer, x.run, x.from)
inline auto handles(link_offer& x) {
  return std::tie(x.link);
}

struct link_answer {
  std::string refused; ///< a sentence; empty: here is the other end
  caf::strong_actor_ptr link;
};
RHIZOME_FIELDS(link_answer, x.refused)
inline auto handles(link_answer& x) {
  return std::tie(x.link);
}

// -- between the two ends of a link ----------------------------------------------------------------------------------

/// A piece of a parcel (core/sharing/wire.hpp).
struct chunk {
  bool first = false; ///< a new parcel begins
  byte_block bytes;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, chunk& x) {
#if CAF_VERSION < 1800
  return f(x.first, x.bytes);
#else
  return f.object(x).fields(f.field("first", x.first), f.field("bytes", x.bytes));
#endif
}

/// So many bytes have been taken in: as many more may be sent.
struct chunk_credit {
  std::uint64_t bytes = 0;
};
RHIZOME_FIELDS(chunk_credit, x.bytes)

/// A sign of life.
struct heartbeat {};
RHIZOME_FIELDS(heartbeat)

/// What do you carry? For `rhizome hosts`; answered by host_figures (host_figures.hpp).
struct ask_figures {};
RHIZOME_FIELDS(ask_figures)

RHIZOME_FIELDS(link_figures, x.peer, x.bytes_sent, x.bytes_received, x.fragments_sent, x.fragments_received,
               x.fragments_refused, x.fragments_queued)
RHIZOME_FIELDS(host_figures, x.state, x.run, x.nodes, x.round, x.cores, x.jobs_done, x.jobs_waiting, x.failures,
               x.memory_bytes, x.load, x.links)

} // namespace rhizome::actors

// The order of this block is part of the protocol from CAF 0.18 on: append only.
CAF_BEGIN_TYPE_ID_BLOCK(rhizome, first_custom_type_id)
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::begin_run))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::meet_hosts))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::deliver_views))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::nodes_changed))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::rounds_stored))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::ask_status))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::stop_actor))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::actor_stopped))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::host_ready))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::host_reached))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::host_progress))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::node_report))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::round_reports))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::model_distances))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::rounds_over))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::peer_lost))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::run_failed))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::node_status))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::stall_report))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::note_event))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::greeting))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::greeting_answer))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::join_request))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::join_answer))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::link_offer))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::link_answer))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::chunk))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::chunk_credit))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::heartbeat))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::ask_figures))
CAF_ADD_TYPE_ID(rhizome, (rhizome::actors::host_figures))
CAF_END_TYPE_ID_BLOCK(rhizome)
