#include "actors/serve.hpp"

#include <thread>

#include <caf/scoped_actor.hpp>

#include "actors/caf_network.hpp"
#include "actors/connector.hpp"
#include "actors/network_closure.hpp"
#include "actors/system_config.hpp"

namespace rhizome::actors {

namespace {

constexpr std::chrono::milliseconds look_every{50};
constexpr std::chrono::seconds answer_timeout{5};

result<host_figures> ask_host(caf::actor_system& system, const connector_actor& connector, const std::string& endpoint,
                              std::chrono::milliseconds patience) {
  caf::scoped_actor self(system);
  connected found;
  self->request(connector, patience + answer_timeout, connect_to{endpoint, patience})
      .receive([&found](const connected& answer) { found = answer; },
               [&found, &system](const caf::error& e) { found.error = system.render(e); });
  if (!found.gate)
    return fail(error_kind::failed, "{}", found.error);
  result<host_figures> figures;
  self->request(caf::actor_cast<gate_actor>(found.gate), patience, ask_figures{})
      .receive([&figures](const host_figures& answer) { figures = answer; },
               [&](const caf::error& e) { figures = fail(error_kind::failed, "{}", system.render(e)); });
  return figures;
}

} // namespace

result<void> serve(const serve_options& options, const interrupt_count& interrupts) {
  const bool tls = options.tls.has_value();
  system_config config({true, options.tls});
  network_closure closure;
  caf::actor_system system(config);
  closure.attach(system, tls);
  auto connector = spawn_connector(system, threading::detached, tls);
  auto gate = spawn_gate(system, threading::detached,
                         {options.build, options.build_run, connector, tls, threading::detached, options.log});
  const auto port = publish(system, gate, options.listen.host, options.listen.port, tls);
  if (port) {
    post(gate, guard_port{*port});
    options.listening({options.listen.host, *port}, [&system, gate] {
      host_figures figures;
      caf::scoped_actor self(system);
      self->request(gate, answer_timeout, ask_figures{})
          .receive([&figures](const host_figures& answer) { figures = answer; }, [](const caf::error&) {});
      return figures;
    });
    while (interrupts() == 0)
      std::this_thread::sleep_for(look_every);
    options.ending();
    unpublish(system, gate, *port, tls);
  }
  post(gate, stop_actor{});
  post(connector, stop_actor{});
  gate = nullptr; // the closure waits until actors have really gone
  connector = nullptr;
  closure.begin();
  if (!port)
    return fail(error_kind::failed, "cannot listen at {}: {}. Is the port in use, or the address not this machine's?",
                network::to_string(options.listen), port.error().message);
  return {};
}

std::vector<result<host_figures>> ask_hosts(const std::vector<std::string>& endpoints,
                                            const std::optional<tls_files>& tls, std::chrono::milliseconds patience) {
  system_config config({true, tls});
  network_closure closure;
  caf::actor_system system(config);
  closure.attach(system, tls.has_value());
  auto connector = spawn_connector(system, threading::detached, tls.has_value());
  std::vector<result<host_figures>> answers;
  for (const auto& endpoint : endpoints)
    answers.push_back(ask_host(system, connector, endpoint, patience));
  post(connector, stop_actor{});
  connector = nullptr;
  closure.begin();
  return answers;
}

} // namespace rhizome::actors
