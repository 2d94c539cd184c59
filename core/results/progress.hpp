#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "core/results/records.hpp"

namespace rhizome::results {

/// What the progress line shows; NaN is left out.
struct progress_state {
  std::uint32_t rounds_done = 0;
  std::uint32_t rounds_total = 0;
  double loss = not_measured;     ///< the latest training loss or, where there is none, of the evaluation
  double accuracy = not_measured; ///< of the last evaluation on the global test set, fraction
  double rounds_per_second = not_measured;
  double seconds_left = not_measured;
  double local_accuracy = not_measured; ///< on the nodes' own test samples; shown where there is no global accuracy
};

/// "round 12/60 | loss 1.234 | accuracy 71.2 % | 3.40 rounds/s | 14 s left", in at most `width` characters: what does
/// not fit is left out from the end.
[[nodiscard]] std::string progress_line(const progress_state& state, std::size_t width);

/// Estimates speed from the times at which rounds ended. Single rounds say little: the first one warms up, and those
/// with an evaluation take longer. So the mean is over the later half of the rounds so far, at least the last 20, and
/// the first round counts only while it is the only one.
class pace {
public:
  /// The round `rounds_done` ended at `now`, in seconds since the start of the first round. Several rounds may end in
  /// one call.
  void advance(std::uint32_t rounds_done, double now);

  [[nodiscard]] double seconds_per_round() const; ///< NaN before the first round has ended
  /// Until the end of the last round as seen at `now`; never negative; NaN before the first round has ended.
  [[nodiscard]] double seconds_left(std::uint32_t rounds_total, double now) const;

private:
  struct mark {
    std::uint32_t round = 0;
    double at = 0; ///< seconds
  };

  mark latest_; ///< at first the start: the end of "round 0"
  /// The ends of the rounds that `stride_` divides. A long run doubles the stride again and again, so that they stay
  /// few and still lie dense beside the half of the rounds that the mean is over.
  std::vector<mark> marks_{mark{}};
  std::uint32_t stride_ = 1;
};

/// Writes the progress of a run. On a terminal it is one line, rewritten in place; elsewhere (a file, a pipe) plain
/// lines: at most one every few seconds, and every evaluation and the last round. It reads no clock: time is passed in.
class progress_writer {
public:
  /// `width` says how many columns the terminal has now; null: `out` is no terminal.
  progress_writer(std::ostream& out, std::uint32_t rounds_total, std::function<std::size_t()> width = {});

  /// A round ended at `now`, in seconds since the start of the first round. Call it after the round has been stored.
  void update(const round_record& round, double now);

  /// Takes the line off the terminal, so that something else can be printed; the next update() draws it again.
  void clear();

  /// Leaves the last line where it is and goes to the next one.
  void finish();

private:
  void draw(double now);

  std::ostream& out_;
  std::function<std::size_t()> width_;
  progress_state state_;
  pace pace_;
  double last_drawn_ = not_measured;
  bool on_screen_ = false; ///< a line without its end stands on the terminal
};

} // namespace rhizome::results
