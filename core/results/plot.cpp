#include "core/results/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/results/directory.hpp"
#include "core/results/store.hpp"

namespace rhizome::results {

namespace fs = std::filesystem;

namespace {

constexpr std::array all_quantities{
    quantity{"accuracy", "accuracy (%)", &round_record::accuracy_mean, &round_record::accuracy_std, 100, 100},
    quantity{"loss", "test loss", &round_record::loss_mean, &round_record::loss_std},
    quantity{"local-accuracy", "accuracy on local test data (%)", &round_record::local_accuracy_mean,
             &round_record::local_accuracy_std, 100, 100},
    quantity{"local-loss", "loss on local test data", &round_record::local_loss_mean, &round_record::local_loss_std},
    quantity{"train-loss", "training loss", &round_record::train_loss, nullptr},
    quantity{"consensus-accuracy", "accuracy of the average model (%)", &round_record::consensus_accuracy, nullptr,
             100},
    quantity{"consensus-distance", "consensus distance", &round_record::consensus_distance, nullptr},
    quantity{"rmse", "root of the mean squared error", &round_record::rmse_mean, nullptr},
    quantity{"mae", "mean absolute error", &round_record::mae_mean, nullptr},
    quantity{"local-rmse", "root of the mean squared error on local test data", &round_record::local_rmse_mean,
             nullptr},
    quantity{"local-mae", "mean absolute error on local test data", &round_record::local_mae_mean, nullptr},
};

/// Okabe and Ito's palette, which colour-blind readers can tell apart, without its yellow, which white paper swallows.
constexpr std::array palette{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};

constexpr std::size_t most_marked_points = 40; ///< longer curves have no marks
constexpr std::size_t most_titles_inside = 6;  ///< more stand beside the figure

struct point {
  double x, y, low, high;
};

struct curve {
  std::string title;
  std::vector<point> points;
};

/// A unit of the horizontal axis.
struct unit {
  const char* name;
  double size;
};

double position(const round_record& round, plot_axis axis, bool virtual_time) {
  switch (axis) {
  case plot_axis::rounds:
    return round.round;
  case plot_axis::bytes:
    return static_cast<double>(round.bytes_sent);
  case plot_axis::seconds:
    break;
  }
  return virtual_time ? round.virtual_seconds : round.seconds;
}

bool is_in_virtual_time(std::span<const plotted_run> runs) {
  return std::all_of(runs.begin(), runs.end(), [](const plotted_run& run) {
    return std::none_of(run.rounds.begin(), run.rounds.end(),
                        [](const round_record& round) { return std::isnan(round.virtual_seconds); });
  });
}

bool has(const plotted_run& run, const quantity& y) {
  return std::any_of(run.rounds.begin(), run.rounds.end(),
                     [&](const round_record& round) { return std::isfinite(round.*y.value); });
}

const quantity* first_measured(std::span<const plotted_run> runs) {
  const auto found = std::find_if(all_quantities.begin(), all_quantities.end(), [&](const quantity& y) {
    return std::any_of(runs.begin(), runs.end(), [&](const plotted_run& run) { return has(run, y); });
  });
  return found == all_quantities.end() ? all_quantities.data() : &*found;
}

curve make_curve(const plotted_run& run, const quantity& y, plot_axis x, bool virtual_time) {
  curve made{run.title, {}};
  for (const auto& round : run.rounds) {
    const double value = round.*y.value * y.scale;
    if (!std::isfinite(value))
      continue;
    const double measured_spread = y.spread ? round.*y.spread * y.scale : 0;
    const double spread = std::isfinite(measured_spread) ? measured_spread : 0;
    const double high = y.largest ? std::min(*y.largest, value + spread) : value + spread;
    made.points.push_back({position(round, x, virtual_time), value, std::max(0.0, value - spread), high});
  }
  return made;
}

unit choose_unit(plot_axis axis, double largest) {
  static constexpr std::array bytes{unit{"EB", 1e18}, unit{"PB", 1e15}, unit{"TB", 1e12}, unit{"GB", 1e9},
                                    unit{"MB", 1e6},  unit{"kB", 1e3},  unit{"B", 1}};
  static constexpr std::array times{unit{"h", 3600}, unit{"min", 60}, unit{"s", 1}};
  const auto choose = [&](const auto& units, double at_least) {
    const auto found =
        std::find_if(units.begin(), units.end(), [&](const unit& each) { return largest >= at_least * each.size; });
    return found == units.end() ? units.back() : *found;
  };
  switch (axis) {
  case plot_axis::rounds:
    break;
  case plot_axis::bytes:
    return choose(bytes, 1);
  case plot_axis::seconds:
    return choose(times, 3);
  }
  return {"", 1};
}

std::string axis_label(plot_axis axis, const unit& of, bool virtual_time) {
  switch (axis) {
  case plot_axis::rounds:
    return "round";
  case plot_axis::bytes:
    return fmt::format("sent by all nodes ({})", of.name);
  case plot_axis::seconds:
    break;
  }
  return fmt::format("{} time ({})", virtual_time ? "virtual" : "wall", of.name);
}

/// Text as gnuplot reads it in single quotes, on one line.
std::string gnuplot_text(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    result += c == '\n' || c == '\r' ? ' ' : c;
    if (c == '\'')
      result += c;
  }
  return result + "'";
}

std::string terminal_line(const figure& look) {
  switch (look.format) {
  case plot_format::svg:
    return "svg size 800,500 dynamic enhanced background 'white' font 'sans-serif,15'";
  case plot_format::pdf:
    return "pdfcairo size 16cm,10cm enhanced font 'Sans,11' dashlength 0.5";
  case plot_format::png:
    return "pngcairo size 1600,1000 enhanced font 'Sans,14' fontscale 1.6 linewidth 2 pointscale 2 dashlength 0.5";
  case plot_format::text:
    break;
  }
  return fmt::format("dumb size {},{} noenhanced", look.size.columns, look.size.rows);
}

/// Consensus distance falls over decades; a logarithmic axis shows it if it is positive and spans enough.
bool wants_logarithm(const quantity& y, std::span<const curve> curves) {
  if (y.value != &round_record::consensus_distance)
    return false;
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const auto& each : curves)
    for (const auto& p : each.points) {
      least = std::min(least, p.y);
      most = std::max(most, p.y);
    }
  return least > 0 && most > 30 * least;
}

bool has_band(const curve& each) {
  return std::any_of(each.points.begin(), each.points.end(), [](const point& p) { return p.high > p.low; });
}

std::string data_block(std::size_t index, const curve& each, double unit_size) {
  auto text = fmt::format("$run{} << end_of_run\n", index);
  for (const auto& p : each.points)
    fmt::format_to(std::back_inserter(text), "{:.10g} {:.10g} {:.10g} {:.10g}\n", p.x / unit_size, p.y, p.low, p.high);
  return text + "end_of_run\n";
}

/// Bands first, so that no band covers a line.
std::string plot_command(std::span<const curve> curves, bool is_text) {
  std::vector<std::string> parts;
  const auto colour = [](std::size_t i) { return palette[i % palette.size()]; };
  for (std::size_t i = 0; i < curves.size() && !is_text; ++i)
    if (has_band(curves[i]))
      parts.push_back(fmt::format("$run{} using 1:3:4 with filledcurves lc rgb '{}' fs transparent solid 0.15 noborder "
                                  "notitle",
                                  i, colour(i)));
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto& [title, points] = curves[i];
    const bool marked = points.size() <= (is_text ? most_marked_points / 2 : most_marked_points);
    auto style = std::string(marked ? "linespoints" : "lines");
    if (!is_text)
      style +=
          fmt::format(" lc rgb '{}' lw 2.5 dt {}{}", colour(i), 1 + i / palette.size(), marked ? " pt 7 ps 0.5" : "");
    if (points.empty()) // the legend says so, rather than leaving the run out silently
      parts.push_back(fmt::format("NaN with {} title {}", style, gnuplot_text(title + " (not measured)")));
    else
      parts.push_back(
          fmt::format("$run{} using 1:2 with {} title {}", i, style, curves.size() == 1 ? "''" : gnuplot_text(title)));
  }
  return fmt::format("plot {}\n", fmt::join(parts, ", \\\n     "));
}

std::string decoration(const figure& look, std::span<const curve> curves, const std::string& x_label) {
  const bool is_text = look.format == plot_format::text;
  const bool with_band = !is_text && std::any_of(curves.begin(), curves.end(), has_band);
  const auto y_label = fmt::format("{}{}", look.y->label, with_band ? ", mean ± std over nodes" : "");
  const bool rises = look.y->scale > 1;
  auto text = fmt::format("set encoding utf8\nset terminal {}\nset xlabel {}\nset xrange [0:*]\n", terminal_line(look),
                          gnuplot_text(x_label));
  const auto title = curves.size() == 1 ? curves[0].title : "";
  if (is_text) // an upright label would stand on its head, a letter a row
    text += fmt::format("set title {}\n", gnuplot_text(title.empty() ? y_label : y_label + ", " + title));
  else
    text += fmt::format("set ylabel {}\nset title {} noenhanced\n"
                        "set border 3 lc rgb '#606060'\nset tics nomirror out scale 0.5 textcolor rgb '#202020'\n"
                        "set grid lt 1 lc rgb '#e0e0e0' lw 0.5\n",
                        gnuplot_text(y_label), gnuplot_text(title));
  if (curves.size() > most_titles_inside && !is_text)
    text += "set key outside right top reverse Left samplen 2 noenhanced\n";
  else
    text += fmt::format("set key inside {} right reverse Left samplen 2 noenhanced\n", rises ? "bottom" : "top");
  if (wants_logarithm(*look.y, curves))
    text += fmt::format("set logscale y\nset format y '{}'\n", is_text ? "1e%T" : "10^{%T}");
  return text;
}

} // namespace

std::span<const quantity> quantities() {
  return all_quantities;
}

const quantity* find_quantity(std::string_view name) {
  const auto found = std::find_if(all_quantities.begin(), all_quantities.end(),
                                  [&](const quantity& each) { return each.name == name; });
  return found == all_quantities.end() ? nullptr : &*found;
}

result<plot_format> format_of_file(const fs::path& file) {
  const auto extension = file.extension();
  if (extension == ".svg")
    return plot_format::svg;
  if (extension == ".pdf")
    return plot_format::pdf;
  if (extension == ".png")
    return plot_format::png;
  return fail(error_kind::invalid_input,
              "{} does not say which kind of figure to draw: it must end in .svg, .pdf or .png.", file.string());
}

result<std::vector<plotted_run>> load_plotted_runs(std::span<const fs::path> directories) {
  using names = std::array<std::string, 3>; // from short to long
  std::vector<names> names_of;
  std::vector<plotted_run> runs;
  for (const auto& directory : directories) {
    const auto opened = store::open(directory);
    if (!opened)
      return fail(opened);
    const auto run = opened->run();
    if (!run)
      return fail(run);
    auto rounds = opened->rounds();
    if (!rounds)
      return fail(rounds);
    names_of.push_back({run->name, run_id(directory), directory.string()});
    runs.push_back({directory.string(), std::move(*rounds)});
  }
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (std::size_t level = names{}.size(); level-- > 0;) {
      const auto& name = names_of[i][level];
      if (std::count_if(names_of.begin(), names_of.end(), [&](const names& of) { return of[level] == name; }) == 1)
        runs[i].title = name;
    }
  return runs;
}

result<std::string> plot_script(std::span<const plotted_run> runs, figure look) {
  if (!look.y)
    look.y = first_measured(runs);
  const bool virtual_time = is_in_virtual_time(runs);
  std::vector<curve> curves;
  double largest = 0;
  for (const auto& run : runs) {
    auto made = make_curve(run, *look.y, look.x, virtual_time);
    for (const auto& p : made.points)
      largest = std::max(largest, p.x);
    curves.push_back(std::move(made));
  }
  if (std::all_of(curves.begin(), curves.end(), [](const curve& each) { return each.points.empty(); }))
    return fail(error_kind::invalid_input, "There is no {} to draw: no round of these runs has measured it.",
                look.y->name);

  const auto of = choose_unit(look.x, largest);
  auto script = decoration(look, curves, axis_label(look.x, of, virtual_time));
  for (std::size_t i = 0; i < curves.size(); ++i)
    if (!curves[i].points.empty())
      script += data_block(i, curves[i], of.size);
  return script + plot_command(curves, look.format == plot_format::text);
}

} // namespace rhizome::results
