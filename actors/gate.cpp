#include "actors/gate.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "actors/caf_network.hpp"

namespace rhizome::actors {

namespace {

constexpr std::chrono::milliseconds look_every{500};

struct build_order {
  std::string config;
};
struct built {
  result<run_spec_ptr> spec;
};

/// Builds runs in a thread of its own: reading a data set takes seconds, in which the gate still answers.
using builder_actor = protocol<built(build_order), void(stop_actor)>;

class builder_state {
public:
  using handle = builder_actor;
  static inline const char* name = "builder";

  explicit builder_state(self_pointer<handle> self) : self_(self) {}
  void prepare(run_builder build) { build_ = std::move(build); }
  builder_actor::behavior_type make_behavior() {
    return {
        [this](const build_order& order) {
          auto spec = build_(order.config);
          return built{spec ? result<run_spec_ptr>(std::make_shared<const run_spec>(std::move(*spec)))
                            : result<run_spec_ptr>(tl::unexpected(spec.error()))};
        },
        [this](const stop_actor&) { self_->quit(); },
    };
  }

private:
  self_pointer<handle> self_;
  run_builder build_;
};

} // namespace

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::build_order)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::built)

namespace rhizome::actors {

gate_actor spawn_gate(caf::actor_system& system, threading where, gate_options options) {
  return spawn_actor<gate_state>(system, where,
                                 [options = std::move(options)](gate_state& state) { state.prepare(options); });
}

gate_actor::behavior_type gate_state::make_behavior() {
  return {
      [this](const greeting&) {
        admit_sender();
        return greeting_answer{options_.build, std::max(1U, std::thread::hardware_concurrency()), run_};
      },
      [this](const join_request& request) {
        admit_sender();
        return join(request);
      },
      [this](const link_offer& offer) {
        admit_sender();
        return link(offer);
      },
      [this](const ask_figures&) {
        admit_sender();
        return figures();
      },
      [this](const host_gone& message) {
        options_.log(message.reason.empty() ? fmt::format("run {} is over", run_)
                                            : fmt::format("run {} is over here: {}", run_, message.reason));
        failures_ += message.reason.empty() ? 0 : 1;
        jobs_before_ += part_ ? part_->jobs_done->load() : 0;
        run_.clear();
        host_ = nullptr;
        experiment_ = nullptr;
        part_.reset();
      },
      [this](const guard_port& message) {
        guard_.emplace(message.port);
        tell_later(self_, look_every, look{});
      },
      [this](const look&) {
        look_at_strangers();
        tell_later(self_, look_every, look{});
      },
      [this](const stop_actor&) {
        if (host_) {
          self_->send(experiment_, peer_lost{part_->index, part_->index, "it was told to end"});
          post(host_, stop_actor{});
        }
        self_->quit();
      },
  };
}

// -- strangers -------------------------------------------------------------------------------------------------------

void gate_state::admit_sender() {
  const auto& sender = self_->current_sender();
  if (!guard_ || !sender || sender->node() == self_->system().node())
    return;
  self_->request(network_actor(self_->system(), options_.tls), std::chrono::seconds(1), lookup_order, sender->node())
      .then(
          [this](const caf::node_id&, const std::string& address, std::uint16_t port) { guard_->admit(address, port); },
          [](const caf::error&) {}); // it has gone again
}

void gate_state::look_at_strangers() {
  for (const auto& stranger : guard_->look(connection_guard::clock::now()))
    options_.log(fmt::format("{} was disconnected: it did not join in time", to_string(stranger.peer)));
}

// -- taking part -----------------------------------------------------------------------------------------------------

promise<join_answer> gate_state::join(const join_request& request) {
  auto answer = make_promise<join_answer>(self_);
  if (!run_.empty()) {
    answer.deliver(join_answer{fmt::format("it is lent to another run ({}).", run_), nullptr});
    return answer;
  }
  run_ = request.run;
  const auto builder = spawn_actor<builder_state>(
      self_->system(), options_.control, [build = options_.build_run](builder_state& state) { state.prepare(build); });
  self_->request(builder, caf::infinite, build_order{request.config})
      .then(
          [this, answer, request, builder](const built& done) mutable {
            auto joined = take_part(request, done.spec);
            if (!joined.host) {
              options_.log(fmt::format("did not join {}: {}", run_, joined.refused));
              run_.clear();
            }
            answer.deliver(std::move(joined));
            self_->send(builder, stop_actor{});
          },
          [this, answer](const caf::error& e) mutable {
            run_.clear();
            answer.deliver(
                join_answer{fmt::format("the run cannot be built there: {}.", self_->system().render(e)), nullptr});
          });
  return answer;
}

join_answer gate_state::take_part(const join_request& request, const result<run_spec_ptr>& spec) {
  if (!spec)
    return {fmt::format("the run cannot be built there: {}", spec.error().message), nullptr};
  if ((*spec)->cluster.data_checksum != request.data_checksum)
    return {
        fmt::format("its data set, or a file that [model] names, is another one: checksum {:016x} there and {:016x} on "
                    "the starting machine.",
                    (*spec)->cluster.data_checksum, request.data_checksum),
        nullptr};
  if (request.host >= request.hosts.size() || request.placement.size() != (*spec)->context->nodes)
    return {"the request is malformed.", nullptr};
  host_options options;
  options.spec = *spec;
  options.run = request.run;
  options.index = request.host;
  options.hosts = request.hosts;
  try {
    options.placement =
        std::make_shared<const network::placement>(request.placement, static_cast<host_id>(request.hosts.size()));
  } catch (const std::invalid_argument& e) {
    return {fmt::format("the request is malformed: {}.", e.what()), nullptr};
  }
  options.gauges = std::make_shared<host_gauges>(request.hosts.size());
  const auto nodes = static_cast<std::uint32_t>(options.placement->nodes_of(request.host).size());
  part_ = run_part{request.run, request.hosts, request.host, nodes, options.gauges, (*spec)->jobs_done};
  options.experiment = experiment_ = caf::actor_cast<experiment_actor>(request.experiment);
  options.logger = caf::actor_cast<metric_logger_actor>(request.metric_logger);
  options.topology = caf::actor_cast<topology_manager_actor>(request.topology);
  options.connector = options_.connector;
  options.rejoining = request.rejoining;
  options.gone = [gate = gate_actor(self_)](const std::string& reason) { post(gate, host_gone{reason}); };
  host_ = spawn_host(self_->system(), std::move(options));
  options_.log(fmt::format("joined {} with {} of {} nodes", run_, nodes, request.placement.size()));
  return {{}, caf::actor_cast<caf::strong_actor_ptr>(host_)};
}

promise<link_answer> gate_state::link(const link_offer& offer) {
  auto answer = make_promise<link_answer>(self_);
  if (!host_ || offer.run != run_) {
    answer.deliver(link_answer{"it does not take part in this run.", nullptr});
    return answer;
  }
  self_->request(host_, std::chrono::seconds(10), offer)
      .then([answer](const link_answer& found) mutable { answer.deliver(found); },
            [this, answer](const caf::error& e) mutable {
              answer.deliver(link_answer{self_->system().render(e), nullptr});
            });
  return answer;
}

host_figures gate_state::figures() const {
  auto f = measure_machine();
  f.jobs_done = jobs_before_;
  f.failures = failures_;
  if (part_)
    part_->tell(f);
  else if (!run_.empty()) { // it is being built
    f.state = "running";
    f.run = run_;
  }
  return f;
}

} // namespace rhizome::actors
