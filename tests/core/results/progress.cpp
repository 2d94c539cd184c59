#include "core/results/progress.hpp"

#include <cmath>
#include <sstream>

#include "tests/core/results/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome::results;
using namespace rhizome::results::testing;

TEST_CASE("the progress line says what is known") {
  progress_state state{12, 60, 1.2341, 0.712, 3.4, 14.1};
  CHECK(progress_line(state, 200) == "round 12/60 | loss 1.234 | accuracy 71.2 % | 3.40 rounds/s | 14 s left");
  CHECK(progress_line({.rounds_done = 1, .rounds_total = 60, .loss = 2.3}, 200) == "round 1/60 | loss 2.300");
}

TEST_CASE("the progress line shows the local accuracy where there is no global one") {
  progress_state state{.rounds_done = 1, .rounds_total = 60, .loss = 2.3, .local_accuracy = 0.5};
  CHECK(progress_line(state, 200) == "round 1/60 | loss 2.300 | local accuracy 50.0 %");
  state.accuracy = 0.25;
  CHECK(progress_line(state, 200) == "round 1/60 | loss 2.300 | accuracy 25.0 %");
}

TEST_CASE("the progress line fits the terminal") {
  const progress_state state{12, 60, 1.2341, 0.712, 3.4, 14.1};
  CHECK(progress_line(state, 50) == "round 12/60 | loss 1.234 | accuracy 71.2 %");
  CHECK(progress_line(state, 5) == "round");
  for (std::size_t width = 0; width < 100; ++width)
    CHECK(progress_line(state, width).size() <= width);
}

TEST_CASE("the time left is not misled by a slow first round") {
  pace speed;
  CHECK(std::isnan(speed.seconds_left(10, 0)));
  speed.advance(1, 30);
  CHECK(speed.seconds_left(10, 30) == 270);
  speed.advance(2, 31);
  speed.advance(3, 32);
  CHECK(speed.seconds_per_round() == 1);
  CHECK(speed.seconds_left(10, 32) == 7);
  CHECK(speed.seconds_left(10, 34) == 5);
  CHECK(speed.seconds_left(10, 1000) == 0);
}

TEST_CASE("the time left counts evaluations in and follows a change of speed") {
  pace regular;
  double now = 0;
  for (std::uint32_t round = 1; round <= 100; ++round)
    regular.advance(round, now += round % 10 == 0 ? 11 : 1);
  CHECK(regular.seconds_left(200, now) == doctest::Approx(200));

  pace slower;
  now = 0;
  for (std::uint32_t round = 1; round <= 100; ++round)
    slower.advance(round, now += round > 50 ? 4 : 1);
  CHECK(slower.seconds_per_round() == 4);
}

TEST_CASE("the time left follows a change of speed in a run of very many rounds") {
  pace speed;
  double now = 0;
  for (std::uint32_t round = 1; round <= 100'000; ++round)
    speed.advance(round, now += round > 50'000 ? 4 : 1);
  CHECK(speed.seconds_per_round() == doctest::Approx(4).epsilon(0.01));
  for (std::uint32_t round = 100'001; round <= 150'000; ++round)
    speed.advance(round, now += 1);
  CHECK(speed.seconds_per_round() == doctest::Approx(2).epsilon(0.01));
}

TEST_CASE("rounds that end together count as so many") {
  pace speed;
  speed.advance(4, 8);
  CHECK(speed.seconds_per_round() == 2);
  speed.advance(3, 9);
  CHECK(speed.seconds_left(10, 8) == 12);
}

TEST_CASE("an evaluation on local data only shows on the line") {
  std::ostringstream out;
  progress_writer progress(out, 1);
  auto round = some_round(1);
  round.train_loss = not_measured;
  round.evaluated_nodes = 1;
  round.local_loss_mean = 0.5;
  round.local_accuracy_mean = 0.75;
  progress.update(round, 2);
  CHECK(out.str() == "round 1/1 | loss 0.5000 | local accuracy 75.0 % | 0.500 rounds/s\n");
}

TEST_CASE("elsewhere than on a terminal lines are rare, but every evaluation and the end is shown") {
  std::ostringstream out;
  progress_writer progress(out, 10);
  for (std::uint32_t round = 1; round <= 10; ++round)
    progress.update(round == 4 ? evaluated_round(4, 0.5) : some_round(round), round);
  progress.finish();
  CHECK(out.str() == "round 1/10 | loss 1.000 | 1.00 rounds/s | 9 s left\n"
                     "round 4/10 | loss 0.2500 | accuracy 50.0 % | 1.00 rounds/s | 6 s left\n"
                     "round 9/10 | loss 0.1111 | accuracy 50.0 % | 1.00 rounds/s | 1 s left\n"
                     "round 10/10 | loss 0.1000 | accuracy 50.0 % | 1.00 rounds/s\n");
}

TEST_CASE("on a terminal one line is rewritten in place, not too often") {
  std::ostringstream out;
  progress_writer progress(out, 100, [] { return std::size_t{24}; });
  progress.update(some_round(1), 0.50);
  progress.update(some_round(2), 0.52);
  progress.update(some_round(3), 0.70);
  progress.finish();
  CHECK(out.str() == "\rround 1/100\x1b[K\rround 3/100\x1b[K\n");

  out.str("");
  progress.update(some_round(4), 1.0);
  progress.clear();
  progress.clear();
  progress.finish();
  CHECK(out.str() == "\rround 4/100\x1b[K\r\x1b[K");
}
