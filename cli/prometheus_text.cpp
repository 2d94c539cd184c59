#include "cli/prometheus_text.hpp"

#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

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

} // namespace

std::string prometheus_text(const host_figures& figures) {
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
  return prometheus::TextSerializer().Serialize(families);
}

} // namespace rhizome::cli
