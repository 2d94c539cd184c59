#include "core/results/progress.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "core/results/format.hpp"

namespace rhizome::results {

namespace {

constexpr double redraw_seconds = 0.1; ///< on a terminal
constexpr double line_seconds = 5;     ///< elsewhere

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
  add(!std::isnan(state.rounds_per_second), [&] { return fmt::format("{:#.3g} rounds/s", state.rounds_per_second); });
  add(!std::isnan(state.seconds_left), [&] { return format_whole_seconds(state.seconds_left) + " left"; });
  return line.substr(0, width);
}

void pace::advance(std::uint32_t rounds_done, double now) {
  if (rounds_done + 1 > ends_.size())
    ends_.resize(rounds_done + 1, now);
}

double pace::seconds_per_round() const {
  const std::size_t done = ends_.size() - 1;
  if (done == 0)
    return not_measured;
  const std::size_t window = std::max<std::size_t>(20, done / 2);
  const std::size_t from = done == 1 ? 0 : std::max<std::size_t>(1, done - std::min(done, window));
  return (ends_[done] - ends_[from]) / static_cast<double>(done - from);
}

double pace::seconds_left(std::uint32_t rounds_total, double now) const {
  const std::size_t done = ends_.size() - 1;
  const double missing = static_cast<double>(std::max<std::size_t>(rounds_total, done) - done);
  const double left = missing * seconds_per_round() - (now - ends_.back());
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
  const double loss = std::isnan(round.train_loss) ? round.loss_mean : round.train_loss;
  if (!std::isnan(loss))
    state_.loss = loss;
  if (!std::isnan(round.accuracy_mean))
    state_.accuracy = round.accuracy_mean;
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
