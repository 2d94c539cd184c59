#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/results/records.hpp"
#include "core/results/terminal.hpp"

namespace rhizome::results {

/// Something that can be drawn against rounds, bytes or time.
struct quantity {
  const char* name;                   ///< as in `rhizome plot -y NAME`
  const char* label;                  ///< of the axis, with the unit
  double round_record::*value;        ///< what the line shows
  double round_record::*spread;       ///< half the height of the band around it; null: no band
  double scale = 1;                   ///< value and spread are drawn times this
  std::optional<double> largest = {}; ///< the band ends there
};

/// All of them; the first is the default.
[[nodiscard]] std::span<const quantity> quantities();

/// The one of that name; null if there is none.
[[nodiscard]] const quantity* find_quantity(std::string_view name);

/// What the horizontal axis shows.
enum class plot_axis {
  rounds,
  bytes,   ///< sent by all nodes since the start
  seconds, ///< since the first round's start: virtual time if all runs have it, else wall time
};

enum class plot_format { text, svg, pdf, png };

/// The format that a file's name asks for: .svg, .pdf or .png.
[[nodiscard]] result<plot_format> format_of_file(const std::filesystem::path& file);

/// One run in a figure.
struct plotted_run {
  std::string title;                ///< in the legend
  std::vector<round_record> rounds; ///< in order
};

/// Reads runs from their directories. A title is the run's name or, where several have the same, as much of the
/// directory as tells them apart.
[[nodiscard]] result<std::vector<plotted_run>> load_plotted_runs(std::span<const std::filesystem::path> directories);

/// How a figure looks.
struct figure {
  const quantity* y = nullptr; ///< null: the first quantity that some run has
  plot_axis x = plot_axis::rounds;
  plot_format format = plot_format::svg;
  terminal_size size = {}; ///< of a figure in text
};

/// A program for gnuplot 5, data included, that writes the figure to standard output: per run a line and, where the
/// quantity has one, a band of one standard deviation over nodes on either side. Rounds without the quantity are left
/// out, and the legend marks a run that has none. An error if no run has it.
[[nodiscard]] result<std::string> plot_script(std::span<const plotted_run> runs, figure look);

/// Runs gnuplot and returns what it writes to standard output: the figure.
[[nodiscard]] result<std::string> run_gnuplot(std::string_view script, const char* program = "gnuplot");

} // namespace rhizome::results
