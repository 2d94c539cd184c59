#include "core/results/progress.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "core/results/format.hpp"

namespace rhizome::results {

namespace {

constexpr double redraw_seconds = 0.1; ///< on a terminal
constexpr double line_seconds = 5;     ///< elsewhere
constexpr std::size_t most_marks = 1024;

} // namespace

std::string progress_line(const progress_state& state, std::size_t width) {
  auto line = fmt::format("round {}/{}", state.rounds_done, state.rounds_total);
  auto add = [&, fits = true](bool known, auto&& text) mutable {
    if (!known || !fits)
      return;
    const std::string part = " | " + text();
    fits = line.size() + part.size() <= width;
    if (fits)
      line += part;
  };
  add(!std::isnan(state.loss), [&] { return "loss " + format_number(state.loss); });
  add(!std::isnan(state.accuracy), [&] { return "accuracy " + format_percent(state.accuracy); });
  add(std::isnan(state.accuracy) && !std::isnan(state.local_accuracy),
      [&] { return "local accuracy " + format_percent(state.local_accuracy); });
  add(!std::isnan(state.rounds_per_second), [&] { return fmt::format("{:#.3g} rounds/s", state.rounds_per_second); });
  add(!std::isnan(state.seconds_left), [&] { return format_whole_seconds(state.seconds_left) + " left"; });
  return line.substr(0, width);
}

void pace::advance(std::uint32_t rounds_done, double now) {
  if (rounds_done <= latest_.round)
    return;
  latest_ = {rounds_done, now};
  if (rounds_done % stride_ != 0)
    return;
  marks_.push_back(latest_);
  if (marks_.size() <= most_marks)
    return;
  stride_ *= 2;
  std::erase_if(marks_, [&](const mark& each) { return each.round % stride_ != 0; });
}

double pace::seconds_per_round() const {
  const std::uint32_t done = latest_.round;
  if (done == 0)
    return not_measured;
  const std::uint32_t window = std::min(done, std::max(20u, done / 2));
  const std::uint32_t from = done == 1 ? 0 : std::max(1u, done - window);
  const auto first_at = [&](std::uint32_t round) {
    return std::lower_bound(marks_.begin(), marks_.end(), round,
                            [](const mark& each, std::uint32_t value) { return each.round < value; });
  };
  // Where several rounds have ended in one call, the start of the window may have no mark before the latest one.
  const auto start = std::min(first_at(from), std::prev(first_at(done)));
  return (latest_.at - start->at) / (done - start->round);
}

double pace::seconds_left(std::uint32_t rounds_total, double now) const {
  const double missing = std::max(rounds_total, latest_.round) - latest_.round;
  const double left = missing * seconds_per_round() - (now - latest_.at);
  return left < 0 ? 0 : left;
}

progress_writer::progress_writer(std::ostream& out, std::uint32_t rounds_total, std::function<std::size_t()> width)
    : out_(out), width_(std::move(width)) {
  state_.rounds_total = rounds_total;
}

void progress_writer::update(const round_record& round, double now) {
  pace_.advance(round.round, now);
  state_.rounds_done = std::max(state_.rounds_done, round.round);
  const bool evaluated = round.evaluated_nodes > 0;
  const auto show = [](double& shown, std::initializer_list<double> candidates) {
    const auto known = std::find_if(candidates.begin(), candidates.end(), [](double x) { return !std::isnan(x); });
    if (known != candidates.end())
      shown = *known;
  };
  show(state_.loss, {round.train_loss, round.loss_mean, round.local_loss_mean});
  show(state_.accuracy, {round.accuracy_mean});
  show(state_.local_accuracy, {round.local_accuracy_mean});
  const bool due = std::isnan(last_drawn_) || now - last_drawn_ >= (width_ ? redraw_seconds : line_seconds);
  if (due || evaluated || state_.rounds_done >= state_.rounds_total)
    draw(now);
}

void progress_writer::draw(double now) {
  last_drawn_ = now;
  const double per_round = pace_.seconds_per_round();
  state_.rounds_per_second = per_round > 0 ? 1 / per_round : not_measured;
  state_.seconds_left =
      state_.rounds_done < state_.rounds_total ? pace_.seconds_left(state_.rounds_total, now) : not_measured;
  if (!width_) {
    out_ << progress_line(state_, std::numeric_limits<std::size_t>::max()) << '\n' << std::flush;
    return;
  }
  // One column stays free: a terminal wraps when the last one is written.
  out_ << '\r' << progress_line(state_, std::max<std::size_t>(width_(), 2) - 1) << "\x1b[K" << std::flush;
  on_screen_ = true;
}

void progress_writer::clear() {
  if (on_screen_)
    out_ << "\r\x1b[K" << std::flush;
  on_screen_ = false;
}

void progress_writer::finish() {
  if (on_screen_)
    out_ << '\n' << std::flush;
  on_screen_ = false;
}

} // namespace rhizome::results
