#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "probe/run/room.h"

namespace litewatch {

/// Where in its interval a target is due, by its name alone: evenly spread over [0, 1), and the
/// same after a restart.
double schedule_phase(std::string_view name);

/// The first moment after `after_s` on the grid (k + phase) * interval_s. Counted from the clock's
/// own start, so that it does not drift.
double next_on_grid(double after_s, double interval_s, double phase);

/// When a target that is new is due first: soon, but `count` new targets are spread over a second
/// for each 500 of them (at most the interval).
double first_due_s(double now_s, double interval_s, double phase, std::size_t count);

/// When which target is probed. Runs stand on the target's grid; while it fails, the next run is
/// due failing_interval_s after the end of the last one, if that is sooner. A run that is due while
/// the one before is still under way or waits for room is left out. Every call takes O(log n) a
/// target. Pure: the time is passed in (any monotonic clock, seconds). Not thread-safe.
class Schedule {
 public:
  using Id = Room::Id;
  struct Terms {
    std::string host;               ///< what counts as one host
    double interval_s = 15;         ///< over 0
    double failing_interval_s = 5;  ///< 0, or over interval_s: as often as while it succeeds
    double phase = 0;               ///< see schedule_phase()
  };
  struct Start {
    Id id = 0;
    double queue_s = 0;  ///< how long it waited for room
  };
  /// What advance() found to do.
  struct Turn {
    std::vector<Start> starts;
    std::vector<Id> skipped;
  };

  void set_limits(const Room::Limits& limits) { room_.set_limits(limits); }

  /// REQUIRES: `id` is new.
  void add(Id id, Terms terms, double due_s);
  /// Forgets a target, whether or not a run of it is under way.
  void remove(Id id);

  /// Whose turn it is by now. Clears `turn` first. What starts must finish().
  void advance(double now_s, Turn& turn);
  /// A run ended. advance() is due then: there is room again.
  void finish(Id id, bool success, double now_s);

  /// When something is due next; nullopt where nothing is.
  std::optional<double> wake_s() const;
  /// When the target is due next. REQUIRES: it was added.
  double due_s(Id id) const { return entries_.at(id).due_s; }

  std::size_t size() const { return entries_.size(); }
  std::size_t in_flight() const { return room_.in_flight(); }
  std::size_t waiting() const { return room_.waiting(); }

 private:
  struct Entry {
    Terms terms;
    double due_s = 0;
    double waiting_since_s = 0;
    bool busy = false;     ///< under way or waiting
    bool failing = false;  ///< so did its last run
  };

  void set_due(Id id, Entry& entry, double due_s);
  void pass_due(double now_s, Turn& turn);

  Room room_;
  std::unordered_map<Id, Entry> entries_;
  std::set<std::pair<double, Id>> agenda_;  ///< by due time
};

}  // namespace litewatch
