#include "tests/support/doctest.hpp"

#include <cmath>
#include <limits>

#include "actors/remote_messages.hpp"

using namespace rhizome;
using namespace rhizome::actors;

namespace {

template <class T>
T there_and_back(const T& value) {
  T read;
  REQUIRE(from_bytes(to_bytes(value), read));
  CHECK(to_bytes(read) == to_bytes(value));
  return read;
}

node_report make_report(double loss) {
  node_report report{7, {}};
  report.report.rounds = 3;
  report.report.train_loss = loss;
  report.report.bytes_sent = std::uint64_t{1} << 40;
  report.report.evaluations = {{learning::test_set::local, loss, 0.5, 100, 0.75},
                               {learning::test_set::global, 1, 0.25, 3}};
  return report;
}

} // namespace

TEST_CASE("numbers cross machines by their bits: infinities, NaN and denormals too") {
  for (const double value : {0.0, -0.0, 1.5, std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max()}) {
    const auto read = there_and_back(make_report(value));
    CHECK(std::bit_cast<std::uint64_t>(read.report.train_loss) == std::bit_cast<std::uint64_t>(value));
    CHECK(read.report.evaluations.at(0).on == learning::test_set::local);
    CHECK(read.report.evaluations.at(0).mae == 0.75);
    CHECK(std::isnan(read.report.evaluations.at(1).mae));
    CHECK(read.report.bytes_sent == std::uint64_t{1} << 40);
  }
}

TEST_CASE("views, statuses and lists cross machines as they are") {
  deliver_views views{5, {}};
  learning::round_view view{0.5, {{1, 0.25}, {2, 0.25}}, {{3, 0.125}}, {{0, 1}, {}}};
  views.views.push_back({9, std::make_shared<const learning::round_view>(view)});
  const auto read = there_and_back(views);
  CHECK(read.round == 5);
  REQUIRE(read.views.size() == 1);
  CHECK(read.views[0].node == 9);
  CHECK(read.views[0].view->in == view.in);
  CHECK(read.views[0].view->out == view.out);
  CHECK(read.views[0].view->in_neighbours_of_out == view.in_neighbours_of_out);
  CHECK(read.views[0].view->self_weight == 0.5);

  const auto stall = there_and_back(stall_report{2, {{4, {1, "models of round 1", {5, 6}}}}});
  CHECK(stall.nodes.at(0).waiting.what == "models of round 1");
  CHECK(stall.nodes.at(0).waiting.nodes == std::vector<node_id>{5, 6});
  CHECK(there_and_back(nodes_changed{1, {3, 4}, true, 8, {0, 1}}).donors == std::vector<node_id>{0, 1});
  CHECK(there_and_back(rounds_over{1, std::chrono::nanoseconds(5), {}, {}, {}, 2, {{3, 99}}}).hashes.at(0).second ==
        99);
}

TEST_CASE("bytes that are not the message are refused without much memory") {
  const auto bytes = to_bytes(make_report(1));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    node_report read;
    CHECK_FALSE(from_bytes(std::vector<char>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)), read));
  }
  auto longer = bytes;
  longer.push_back(0);
  node_report read;
  CHECK_FALSE(from_bytes(longer, read));
  // a length that says four thousand million
  const std::vector<char> forged{'\x01', '\0', '\0', '\0', '\xff', '\xff', '\xff', '\xff'};
  deliver_views views;
  CHECK_FALSE(from_bytes(forged, views));
}
