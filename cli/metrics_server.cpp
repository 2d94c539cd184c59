#include "cli/metrics_server.hpp"

#include <charconv>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

namespace rhizome::cli {

namespace {

using actors::host_figures;
using actors::link_figures;

prometheus::ClientMetric sample(prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  return metric;
}

/// One metric of a host or of each of its links.
template <class Figures>
struct metric {
  const char* name;
  const char* help;
  prometheus::MetricType type;
  double (*value)(const Figures&);
};

constexpr auto counter = prometheus::MetricType::Counter;
constexpr auto gauge = prometheus::MetricType::Gauge;

/// Prometheus knows floating numbers only; integers are exact up to 2^53.
template <auto Member>
constexpr auto number = [](const auto& figures) { return static_cast<double>(figures.*Member); };

const metric<host_figures> host_metrics[] = {
    {"rhizome_running", "1 while the host takes part in a run, else 0.", gauge,
     [](const host_figures& f) { return f.state == "running" ? 1.0 : 0.0; }},
    {"rhizome_nodes", "Nodes of the run on this host.", gauge, number<&host_figures::nodes>},
    {"rhizome_round", "The last round that all nodes of this host have completed.", gauge,
     number<&host_figures::round>},
    {"rhizome_cores", "Cores of this machine.", gauge, number<&host_figures::cores>},
    {"rhizome_load_average", "Load of this machine over the last minute.", gauge, number<&host_figures::load>},
    {"rhizome_resident_memory_bytes", "Resident memory of the host's process.", gauge,
     number<&host_figures::memory_bytes>},
    {"rhizome_jobs_done_total", "Jobs that the trainers have finished.", counter, number<&host_figures::jobs_done>},
    {"rhizome_jobs_waiting", "Jobs waiting for a trainer.", gauge, number<&host_figures::jobs_waiting>},
    {"rhizome_failures_total", "Hosts lost and runs failed.", counter, number<&host_figures::failures>},
};

const metric<link_figures> link_metrics[] = {
    {"rhizome_link_bytes_sent_total", "Bytes sent to this host.", counter, number<&link_figures::bytes_sent>},
    {"rhizome_link_bytes_received_total", "Bytes received from this host.", counter,
     number<&link_figures::bytes_received>},
    {"rhizome_link_fragments_sent_total", "Fragments sent to this host.", counter,
     number<&link_figures::fragments_sent>},
    {"rhizome_link_fragments_received_total", "Fragments received from this host.", counter,
     number<&link_figures::fragments_received>},
    {"rhizome_link_fragments_refused_total",
     "Fragments from this host of a wrong size, an unknown node or an old round.", counter,
     number<&link_figures::fragments_refused>},
    {"rhizome_link_fragments_queued", "Fragments waiting to be sent to this host.", gauge,
     number<&link_figures::fragments_queued>},
};

class figures_source final : public prometheus::Collectable {
public:
  explicit figures_source(metrics_server::figures_function figures) : figures_(std::move(figures)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
    const auto figures = figures_();
    std::vector<prometheus::MetricFamily> families;
    for (const auto& m : host_metrics)
      families.push_back({m.name, m.help, m.type, {sample(m.type, m.value(figures))}});
    if (!figures.run.empty()) {
      auto run = sample(gauge, 1);
      run.label.push_back({"run", figures.run});
      families.push_back({"rhizome_run_info", "The run that the host takes part in.", gauge, {run}});
    }
    for (const auto& m : link_metrics) {
      prometheus::MetricFamily family{m.name, m.help, m.type, {}};
      for (const auto& link : figures.links) {
        family.metric.push_back(sample(m.type, m.value(link)));
        family.metric.back().label.push_back({"peer", link.peer});
      }
      families.push_back(std::move(family));
    }
    return families;
  }

private:
  metrics_server::figures_function figures_;
};

/// Complete and in numbers, for the web server below takes lists, names of files and much else for an address.
result<std::string> complete_address(const std::string& text) {
  const auto colon = text.rfind(':');
  auto host = colon == text.npos ? std::string() : text.substr(0, colon);
  const auto port_text = std::string_view(text).substr(colon == text.npos ? 0 : colon + 1);
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  const bool good_port = parsed.ec == std::errc() && parsed.ptr == port_text.data() + port_text.size();
  if (host.empty() || host == "localhost")
    host = "127.0.0.1";
  in6_addr address{};
  const bool is_v6 = host.starts_with('[') && host.ends_with(']') &&
                     inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) == 1;
  if (good_port && (is_v6 || inet_pton(AF_INET, host.c_str(), &address) == 1))
    return fmt::format("{}:{}", host, port);
  return fail(error_kind::invalid_input,
              "\"{}\" is no address to serve metrics on: give 127.0.0.1:9464, [::1]:9464 or a port alone", text);
}

} // namespace

result<std::unique_ptr<metrics_server>> metrics_server::start(const std::string& address, figures_function figures) {
  const auto complete = complete_address(address);
  if (!complete)
    return fail(complete);
  try {
    return std::unique_ptr<metrics_server>(new metrics_server(*complete, std::move(figures))); // NOLINT: private
  } catch (const std::exception&) { // the web server does not say why
    return fail(error_kind::failed,
                "no metrics can be served on {}: the port is in use, not allowed, or the address is not this machine's",
                *complete);
  }
}

metrics_server::metrics_server(const std::string& address, figures_function figures)
    : source_(std::make_shared<figures_source>(std::move(figures))),
      // a client that stays silent holds one of the two threads for 5 s
      exposer_(std::make_unique<prometheus::Exposer>(
          std::vector<std::string>{"listening_ports", address, "num_threads", "2", "request_timeout_ms", "5000"})) {
  exposer_->RegisterCollectable(source_);
}

metrics_server::~metrics_server() = default;

std::uint16_t metrics_server::port() const {
  return static_cast<std::uint16_t>(exposer_->GetListeningPorts().at(0));
}

} // namespace rhizome::cli
