#include "core/results/export.hpp"

#include <cmath>
#include <iterator>
#include <system_error>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "core/results/directory.hpp"
#include "core/results/fields.hpp"
#include "core/results/store.hpp"

namespace rhizome::results {

namespace fs = std::filesystem;

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos)
    return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"')
      quoted += c;
  }
  return quoted + '"';
}

namespace {

template <class T>
void add_value(std::string& csv, const T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isnan(value))
      fmt::format_to(std::back_inserter(csv), "{}", value);
  } else if constexpr (std::is_integral_v<T>)
    fmt::format_to(std::back_inserter(csv), "{}", value);
  else
    csv += csv_field(value);
}

template <class Record, class Fields>
std::string to_csv(const std::vector<Record>& records, const Fields& fields) {
  std::string csv;
  const auto add_line = [&](auto&& add_cell) {
    for_each_field(fields, [&](const auto& each) {
      add_cell(each);
      csv += ',';
    });
    csv.back() = '\n';
  };
  add_line([&](const auto& each) { csv += each.name; });
  for (const auto& record : records)
    add_line([&](const auto& each) { add_value(csv, record.*each.member); });
  return csv;
}

std::string to_csv(const std::vector<histogram_record>& histograms) {
  std::string csv = "node,class,count\n";
  for (const auto& histogram : histograms)
    for (std::size_t label = 0; label < histogram.counts.size(); ++label)
      fmt::format_to(std::back_inserter(csv), "{},{},{}\n", histogram.node, label, histogram.counts[label]);
  return csv;
}

} // namespace

result<std::vector<fs::path>> export_csv(const fs::path& run_directory, const fs::path& out_directory) {
  const auto run = store::open(run_directory);
  if (!run)
    return fail(run);
  if (std::error_code code; fs::create_directories(out_directory, code), code)
    return fail(error_kind::failed, "Cannot create the directory {}: {}.", out_directory.string(), code.message());

  std::vector<fs::path> written;
  const auto write = [&](const char* name, const auto& records, auto&& convert) -> result<void> {
    if (!records)
      return fail(records);
    written.push_back(out_directory / name);
    return write_file(written.back(), convert(*records));
  };
  const auto with = [](const auto& fields) { return [&](const auto& records) { return to_csv(records, fields); }; };
  const auto done = write("rounds.csv", run->rounds(), with(round_fields))
                        .and_then([&] { return write("nodes.csv", run->nodes(), with(node_fields)); })
                        .and_then([&] { return write("events.csv", run->events(), with(event_fields)); })
                        .and_then([&] {
                          return write("histograms.csv", run->histograms(),
                                       [](const auto& histograms) { return to_csv(histograms); });
                        });
  if (!done)
    return fail(done);
  return written;
}

} // namespace rhizome::results
