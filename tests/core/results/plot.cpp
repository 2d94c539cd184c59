#include "core/results/plot.hpp"

#include <array>

#include "core/results/store.hpp"
#include "tests/core/results/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome::results;
using namespace rhizome::results::testing;
namespace fs = std::filesystem;

namespace {

std::vector<plotted_run> two_runs() {
  return {{"regular", {some_round(1), evaluated_round(2, 0.5), some_round(3), evaluated_round(4, 0.98)}},
          {"bob's ring", {evaluated_round(2, 0.25), evaluated_round(4, 0.5)}}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

fs::path leave_run(const fs::path& directory, const std::string& name) {
  fs::create_directories(directory);
  auto results = store::create(directory, some_run(name));
  REQUIRE(results);
  REQUIRE(results->append(std::array{evaluated_round(1, 0.5)}, {}, {}));
  return directory;
}

} // namespace

TEST_CASE("a figure of accuracy has a line and a band a run, in percent") {
  const auto script = plot_script(two_runs(), {.y = find_quantity("accuracy")}).value();
  CHECK(contains(script, "set xlabel 'round'\n"));
  CHECK(contains(script, "set ylabel 'accuracy (%), mean ± std over nodes'\n"));
  CHECK(contains(script, "$run0 << end_of_run\n2 50 45 55\n4 98 93 100\nend_of_run\n"));
  CHECK(contains(script, "$run0 using 1:3:4 with filledcurves lc rgb '#0072B2'"));
  CHECK(contains(script, "$run1 using 1:2 with linespoints lc rgb '#D55E00'"));
  CHECK(contains(script, "title 'bob''s ring'"));
}

TEST_CASE("the horizontal axis has the unit that fits") {
  const auto runs = two_runs();
  const auto bytes = plot_script(runs, {.y = find_quantity("accuracy"), .x = plot_axis::bytes}).value();
  CHECK(contains(bytes, "set xlabel 'sent by all nodes (MB)'\n"));
  CHECK(contains(bytes, "\n4 98 93 100\n"));
  const auto seconds = plot_script(runs, {.y = find_quantity("accuracy"), .x = plot_axis::seconds}).value();
  CHECK(contains(seconds, "set xlabel 'wall time (s)'\n"));
  CHECK(contains(seconds, "\n2 98 93 100\n"));

  auto simulated = runs;
  for (auto& run : simulated)
    for (auto& round : run.rounds)
      round.virtual_seconds = 3600.0 * round.round;
  const auto hours = plot_script(simulated, {.y = find_quantity("accuracy"), .x = plot_axis::seconds}).value();
  CHECK(contains(hours, "set xlabel 'virtual time (h)'\n"));
  CHECK(contains(hours, "\n4 98 93 100\n"));
}

TEST_CASE("a run without the quantity is marked, and no run with it is an error") {
  auto runs = two_runs();
  runs[1].rounds = {some_round(1)};
  const auto script = plot_script(runs, {.y = find_quantity("accuracy")}).value();
  CHECK(contains(script, "title 'bob''s ring (not measured)'"));
  const auto none = plot_script(runs, {.y = find_quantity("consensus-accuracy")});
  REQUIRE_FALSE(none);
  CHECK(none.error().message == "There is no consensus-accuracy to draw: no round of these runs has measured it.");
}

TEST_CASE("the default quantity is the first that was measured") {
  const std::vector<plotted_run> runs{{"ring", {some_round(1), some_round(2)}}};
  CHECK(contains(plot_script(runs, {}).value(), "set ylabel 'training loss'\n"));
}

TEST_CASE("a run that was evaluated on local data only is drawn with its local accuracy") {
  std::vector<plotted_run> runs{{"ring", {some_round(1), some_round(2)}}};
  runs[0].rounds[1].local_accuracy_mean = 0.5;
  runs[0].rounds[1].local_accuracy_std = 0.125;
  runs[0].rounds[1].local_loss_mean = 2;
  const auto script = plot_script(runs, {}).value();
  CHECK(contains(script, "set ylabel 'accuracy on local test data (%), mean ± std over nodes'\n"));
  CHECK(contains(script, "\n2 50 37.5 62.5\n"));
  const auto loss = plot_script(runs, {.y = find_quantity("local-loss")}).value();
  CHECK(contains(loss, "set ylabel 'loss on local test data'\n"));
  CHECK(contains(loss, "\n2 2 2 2\n"));
}

TEST_CASE("a consensus distance that falls over decades gets a logarithmic axis") {
  std::vector<plotted_run> runs{{"ring", {some_round(1), some_round(2)}}};
  const figure look{.y = find_quantity("consensus-distance")};
  runs[0].rounds[0].consensus_distance = 1;
  runs[0].rounds[1].consensus_distance = 0.5;
  CHECK_FALSE(contains(plot_script(runs, look).value(), "logscale"));
  runs[0].rounds[1].consensus_distance = 1e-3;
  CHECK(contains(plot_script(runs, look).value(), "set logscale y\n"));
}

TEST_CASE("the legend has as much of a run's name as tells it from the others") {
  const temporary_directory where;
  const std::array directories{
      leave_run(where.path() / "a" / "ring-1111", "ring"), leave_run(where.path() / "a" / "ring-2222", "ring"),
      leave_run(where.path() / "a" / "torus-3333", "torus"), leave_run(where.path() / "b" / "ring-2222", "ring")};
  const auto runs = load_plotted_runs(directories).value();
  CHECK(runs[0].title == "ring-1111");
  CHECK(runs[1].title == directories[1].string());
  CHECK(runs[2].title == "torus");
  CHECK(runs[3].title == directories[3].string());
  CHECK_FALSE(load_plotted_runs(std::array{where.path()}));
}

TEST_CASE("a figure's format is that of its file") {
  CHECK(format_of_file("a/b.svg") == plot_format::svg);
  CHECK(format_of_file("b.pdf") == plot_format::pdf);
  CHECK(format_of_file("b.png") == plot_format::png);
  CHECK_FALSE(format_of_file("b.jpg"));
  CHECK_FALSE(format_of_file("svg"));
}

TEST_CASE("a missing gnuplot is named with its package") {
  const auto missing = run_gnuplot("plot x", "gnuplot-that-is-not-there");
  REQUIRE_FALSE(missing);
  CHECK(contains(missing.error().message, "gnuplot-nox"));
}

TEST_CASE("gnuplot draws every format") {
  if (const auto works = run_gnuplot("set terminal dumb\nplot x"); !works) {
    WARN_MESSAGE(false, "skipped: " << works.error().message);
    CHECK(contains(works.error().message, "gnuplot-nox"));
    return;
  }
  auto runs = two_runs();
  runs.push_back({"never_evaluated", {some_round(1)}});
  const auto draw = [&](plot_format format) {
    const auto script = plot_script(runs, {.y = find_quantity("accuracy"), .format = format});
    REQUIRE(script);
    const auto drawn = run_gnuplot(*script);
    REQUIRE_MESSAGE(drawn, drawn.error().message);
    return *drawn;
  };
  const auto svg = draw(plot_format::svg);
  CHECK(contains(svg, "<svg"));
  CHECK(contains(svg, "</svg>"));
  CHECK(contains(svg, "bob's ring"));
  CHECK(contains(svg, "never_evaluated (not measured)"));
  CHECK(draw(plot_format::pdf).starts_with("%PDF"));
  CHECK(draw(plot_format::png).starts_with("\x89PNG"));
  CHECK(contains(draw(plot_format::text), "accuracy (%)"));
}

TEST_CASE("a script that gnuplot refuses is an error") {
  const auto refused = run_gnuplot("plot nonsense(");
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().message, "gnuplot"));
}
