#include "probe/run/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "catch.h"

namespace litewatch {
namespace {

using Terms = Schedule::Terms;

std::vector<Schedule::Id> started(Schedule& schedule, double now_s) {
  Schedule::Turn turn;
  schedule.advance(now_s, turn);
  std::vector<Schedule::Id> ids;
  for (const auto& start : turn.starts) ids.push_back(start.id);
  return ids;
}

std::vector<Schedule::Id> ids(std::initializer_list<Schedule::Id> list) { return list; }

/// Runs a schedule in simulated time; each run takes `takes_s`.
class Simulation {
 public:
  void run(Schedule& schedule, double from_s, double to_s, double takes_s, bool success = true) {
    double now_s = from_s;
    while (now_s < to_s) {
      schedule.advance(now_s, turn_);
      for (const auto& start : turn_.starts) {
        starts[start.id].push_back(now_s);
        longest_queue_s = std::max(longest_queue_s, start.queue_s);
        ends_.emplace(now_s + takes_s, start.id);
      }
      skipped += turn_.skipped.size();
      most_in_flight = std::max(most_in_flight, schedule.in_flight());
      now_s = std::min(schedule.wake_s().value_or(to_s), ends_.empty() ? to_s : ends_.top().first);
      while (!ends_.empty() && ends_.top().first <= now_s) {
        schedule.finish(ends_.top().second, success, now_s);
        ends_.pop();
      }
    }
  }

  std::map<Schedule::Id, std::vector<double>> starts;
  std::size_t skipped = 0;
  std::size_t most_in_flight = 0;
  double longest_queue_s = 0;

 private:
  using End = std::pair<double, Schedule::Id>;
  Schedule::Turn turn_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
};

}  // namespace

TEST_CASE("schedule_phase: numbered names -> spread evenly over the interval, the same each time") {
  std::array<int, 10> tenths{};
  for (int i = 0; i < 10'000; ++i) {
    const double phase = schedule_phase("target-" + std::to_string(i));
    REQUIRE(phase >= 0);
    REQUIRE(phase < 1);
    ++tenths[static_cast<std::size_t>(phase * 10)];
  }
  for (const int count : tenths) CHECK(std::abs(count - 1000) < 150);
  CHECK(schedule_phase("shop") == schedule_phase("shop"));
  CHECK(schedule_phase("shop") != schedule_phase("shop2"));
}

TEST_CASE("next_on_grid: any moment -> after it, by one interval at most, on the same grid") {
  CHECK(next_on_grid(0, 15, 0) == Approx(15));
  CHECK(next_on_grid(14.9, 15, 0.5) == Approx(22.5));
  CHECK(next_on_grid(22.5, 15, 0.5) == Approx(37.5));
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> moment(0, 1e7);
  std::uniform_real_distribution<double> phases(0, 1);
  for (int i = 0; i < 10'000; ++i) {
    const double now_s = moment(random);
    const double phase = phases(random);
    const double interval_s = i % 2 ? 15 : 0.1;
    const double due_s = next_on_grid(now_s, interval_s, phase);
    REQUIRE(due_s > now_s);
    REQUIRE(due_s <= now_s + interval_s + 1e-6);
    const double k = due_s / interval_s - phase;
    REQUIRE(std::abs(k - std::round(k)) < 1e-4);
  }
}

TEST_CASE("first_due_s: a few targets at once, many over a second per 500, within the interval") {
  CHECK(first_due_s(100, 15, 0.999, 3) < 100.01);
  CHECK(first_due_s(100, 15, 0.5, 5000) == Approx(105));
  CHECK(first_due_s(100, 15, 0.5, 100'000) == Approx(107.5));
  CHECK(first_due_s(100, 0.2, 0.5, 5000) == Approx(100.1));
}

TEST_CASE("schedule: a target that succeeds -> on its grid, without drift") {
  Schedule schedule;
  schedule.add(1, Terms{"a", 15, 5, 0.25}, 1000.1);
  Simulation simulation;
  simulation.run(schedule, 1000, 1000 + 15 * 1000, 3.3);
  const auto& starts = simulation.starts[1];
  REQUIRE(starts.size() >= 1000);
  CHECK(starts[0] == Approx(1000.1));
  CHECK(starts[1] == Approx(1008.75));  // (67 + 0.25) * 15
  for (std::size_t i = 2; i < starts.size(); ++i) {
    REQUIRE(starts[i] == Approx(starts[1] + 15.0 * static_cast<double>(i - 1)).epsilon(1e-12));
  }
  CHECK(simulation.skipped == 0);
}

TEST_CASE("schedule: a failing target -> failing_interval after its end, back on the grid after") {
  Schedule schedule;
  schedule.add(1, Terms{"a", 15, 5, 0}, 150);
  CHECK(started(schedule, 150) == ids({1}));
  CHECK(schedule.due_s(1) == Approx(165));
  schedule.finish(1, false, 150.5);
  CHECK(schedule.due_s(1) == Approx(155.5));
  CHECK(started(schedule, 155.5) == ids({1}));
  schedule.finish(1, false, 156);
  CHECK(schedule.due_s(1) == Approx(161));
  CHECK(started(schedule, 161) == ids({1}));
  schedule.finish(1, false, 161.5);
  CHECK(schedule.due_s(1) == Approx(165));  // close enough to 166.5: the grid's own
  CHECK(started(schedule, 165) == ids({1}));
  schedule.finish(1, true, 165.1);
  CHECK(schedule.due_s(1) == Approx(180));
}

TEST_CASE("schedule: failing_interval of 0 or over the interval -> the interval") {
  for (const double failing_s : {0.0, 60.0}) {
    Schedule schedule;
    schedule.add(1, Terms{"a", 10, failing_s, 0}, 100);
    started(schedule, 100);
    schedule.finish(1, false, 100.1);
    CHECK(schedule.due_s(1) == Approx(110));
  }
}

TEST_CASE("schedule: a run that is due while the one before is under way -> left out") {
  Schedule schedule;
  schedule.add(1, Terms{"a", 10, 10, 0}, 100);
  CHECK(started(schedule, 100) == ids({1}));
  Schedule::Turn turn;
  schedule.advance(110, turn);
  CHECK(turn.starts.empty());
  CHECK(turn.skipped == ids({1}));
  CHECK(schedule.due_s(1) == Approx(120));
  schedule.finish(1, true, 111);
  CHECK(started(schedule, 111).empty());
  CHECK(started(schedule, 120) == ids({1}));
}

TEST_CASE("schedule: the process slept for an hour -> one run each, no storm of missed ones") {
  Schedule schedule;
  schedule.add(1, Terms{"a", 10, 10, 0}, 100);
  Schedule::Turn turn;
  schedule.advance(3700, turn);
  CHECK(turn.starts.size() == 1);
  CHECK(turn.skipped.empty());
  CHECK(schedule.due_s(1) > 3700);
}

TEST_CASE("schedule: no room -> waits in the order of the due times, skips while it waits") {
  Schedule schedule;
  schedule.set_limits({2, 2});
  for (Schedule::Id id = 1; id <= 4; ++id) {
    schedule.add(id, Terms{"host" + std::to_string(id), 10, 10, 0.1 * static_cast<double>(id)},
                 100 + static_cast<double>(id) / 10);
  }
  CHECK(started(schedule, 101) == ids({1, 2}));
  CHECK(schedule.waiting() == 2);
  Schedule::Turn turn;
  schedule.advance(115, turn);
  CHECK(turn.skipped == ids({1, 2, 3, 4}));  // two under way, two waiting
  CHECK(schedule.waiting() == 2);
  schedule.finish(2, true, 116);
  schedule.advance(116, turn);
  REQUIRE(turn.starts.size() == 1);
  CHECK(turn.starts[0].id == 3);
  CHECK(turn.starts[0].queue_s == Approx(15));
}

TEST_CASE("schedule: a host that has all it may -> does not hold up the others") {
  Schedule schedule;
  schedule.set_limits({100, 2});
  for (Schedule::Id id = 1; id <= 50; ++id) schedule.add(id, Terms{"slow", 10, 10, 0}, 100);
  schedule.add(51, Terms{"quick", 10, 10, 0}, 100.5);
  CHECK(started(schedule, 101) == ids({1, 2, 51}));
  CHECK(schedule.waiting() == 48);
  schedule.finish(1, true, 102);
  CHECK(started(schedule, 102) == ids({3}));
}

TEST_CASE("schedule: removed while waiting, under way and idle -> its room is free, no trace") {
  Schedule schedule;
  schedule.set_limits({1, 1});
  for (Schedule::Id id = 1; id <= 3; ++id) schedule.add(id, Terms{"a", 10, 10, 0}, 100);
  CHECK(started(schedule, 100) == ids({1}));
  schedule.remove(2);
  CHECK(schedule.waiting() == 1);
  schedule.remove(1);
  CHECK(started(schedule, 101) == ids({3}));
  schedule.finish(1, true, 101);  // late news of a run that is gone
  CHECK(schedule.in_flight() == 1);
  schedule.remove(3);
  schedule.remove(3);
  CHECK(schedule.in_flight() == 0);
  CHECK(schedule.size() == 0);
  CHECK_FALSE(schedule.wake_s());
}

TEST_CASE("schedule: limits changed by a reload -> more room is used at once, less is waited for") {
  Schedule schedule;
  schedule.set_limits({1, 1});
  for (Schedule::Id id = 1; id <= 4; ++id) schedule.add(id, Terms{"a", 10, 10, 0}, 100);
  CHECK(started(schedule, 100) == ids({1}));
  schedule.set_limits({10, 3});
  CHECK(started(schedule, 101) == ids({2, 3}));
  schedule.set_limits({10, 1});
  schedule.finish(1, true, 102);
  schedule.finish(2, true, 102);
  CHECK(started(schedule, 102).empty());
  schedule.finish(3, true, 102);
  CHECK(started(schedule, 102) == ids({4}));
}

TEST_CASE("schedule: 10,000 targets at 15 s -> each on time, the load even from the start") {
  Schedule schedule;
  constexpr std::size_t kTargets = 10'000;
  for (Schedule::Id id = 0; id < kTargets; ++id) {
    const double phase = schedule_phase("target-" + std::to_string(id));
    schedule.add(id, Terms{"host-" + std::to_string(id % 500), 15, 5, phase},
                 first_due_s(1000, 15, phase, kTargets));
  }
  Simulation simulation;
  simulation.run(schedule, 1000, 1000 + 10 * 15, 0.05);
  CHECK(simulation.skipped == 0);
  CHECK(simulation.starts.size() == kTargets);
  CHECK(simulation.most_in_flight < 150);  // 33 on average, twice that in the first round
  for (const auto& [id, starts] : simulation.starts) {
    REQUIRE(starts.size() >= 9);
    for (std::size_t i = 1; i < starts.size(); ++i) REQUIRE(starts[i] - starts[i - 1] < 22.51);
  }
}

TEST_CASE("schedule: those that fail -> half of the room, and half of a host's") {
  Schedule schedule;
  schedule.set_limits({4, 4});
  for (Schedule::Id id = 1; id <= 8; ++id) schedule.add(id, Terms{"a", 10, 10, 0}, 100);
  CHECK(started(schedule, 100) == ids({1, 2, 3, 4}));
  for (Schedule::Id id = 1; id <= 4; ++id) schedule.finish(id, false, 101);
  CHECK(started(schedule, 101) == ids({5, 6, 7, 8}));
  for (Schedule::Id id = 5; id <= 8; ++id) schedule.finish(id, true, 102);
  // All are due: 1 to 4 failed, and waited first.
  CHECK(started(schedule, 110) == ids({1, 2, 5, 6}));
  schedule.finish(5, true, 111);
  CHECK(started(schedule, 111) == ids({7}));
  schedule.finish(1, true, 112);
  CHECK(started(schedule, 112) == ids({3}));

  Schedule narrow;
  narrow.set_limits({1, 1});
  narrow.add(1, Terms{"a", 10, 10, 0}, 100);
  CHECK(started(narrow, 100) == ids({1}));
  narrow.finish(1, false, 101);
  CHECK(started(narrow, 110) == ids({1}));  // never none
}

TEST_CASE("schedule: more hang than there is room for -> the others miss no run") {
  Schedule schedule;
  schedule.set_limits({512, 512});
  constexpr std::size_t kTargets = 10'000;
  for (Schedule::Id id = 0; id < kTargets; ++id) {
    const double phase = schedule_phase("target-" + std::to_string(id));
    schedule.add(id, Terms{"host", 15, 5, phase}, first_due_s(1000, 15, phase, kTargets));
  }
  Schedule::Turn turn;
  std::multimap<double, Schedule::Id> ends;
  std::size_t healthy_skipped = 0;
  std::size_t hanging_skipped = 0;
  double longest_queue_s = 0;
  for (double now_s = 1000; now_s < 1150;) {
    schedule.advance(now_s, turn);
    for (const auto& start : turn.starts) {
      const bool hangs = start.id % 10 == 0;
      if (!hangs && now_s > 1030) longest_queue_s = std::max(longest_queue_s, start.queue_s);
      ends.emplace(now_s + (hangs ? 10 : 0.01), start.id);
    }
    for (const auto id : turn.skipped) ++(id % 10 == 0 ? hanging_skipped : healthy_skipped);
    now_s = std::min(*schedule.wake_s(), ends.empty() ? 1e9 : ends.begin()->first);
    while (!ends.empty() && ends.begin()->first <= now_s) {
      schedule.finish(ends.begin()->second, ends.begin()->second % 10 != 0, now_s);
      ends.erase(ends.begin());
    }
  }
  CHECK(healthy_skipped == 0);
  CHECK(longest_queue_s == 0);
  CHECK(hanging_skipped > 0);  // 1000 of them for 10 s each, room for 256
}

}  // namespace litewatch
