#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace litewatch {

/// How well a watched thing is, best first.
enum class Health : unsigned char { kOk, kNotice, kWarning, kCritical, kUnknown };

/// A notice is worth knowing and no reason to look now.
constexpr bool is_well(Health health) { return health <= Health::kNotice; }

/// What a cell of a status row counts, so that a page can write it for people.
enum class CellKind : unsigned char {
  kNumber,
  kBytes,
  kDurationSeconds,
  kTimestampSeconds,
  kPastTimestampSeconds,  ///< of what has happened: one to come is the fault of a clock
  kRatio,                 ///< 0 to 1, written in per cent
};

/// One figure of a status row. NaN means that there is none.
struct StatusCell {
  std::string_view title;  ///< static storage, e.g. "checkpoint lag"
  CellKind kind = CellKind::kNumber;
  double value = std::numeric_limits<double>::quiet_NaN();
};

/// One look at a watched thing in the past.
struct StatusMark {
  Health health = Health::kUnknown;
  float value = 0;  ///< e.g. how long it took, in seconds: how high the mark is drawn
};

/// One watched thing as a person reads it on the status page: its state and why.
/// Rows of one kind carry the same cells in the same order. Strings keep their capacity when a row
/// is assigned again, so that a steady state does not allocate.
struct StatusRow {
  static constexpr std::size_t kMaxCells = 10;

  std::string_view kind;  ///< static storage: "database", "target" or "container"
  std::string app;
  std::string name;
  std::string detail;  ///< e.g. the path
  Health health = Health::kUnknown;
  std::string state;  ///< a few words: "healthy", "a reader pins the WAL"
  std::string why;    ///< one sentence; empty where all is well
  std::string next;   ///< what to do; empty where all is well
  std::array<StatusCell, kMaxCells> cells;
  std::size_t cell_count = 0;

  static constexpr std::size_t kMaxMarks = 24;
  std::array<StatusMark, kMaxMarks> marks;  ///< the last looks, oldest first
  std::size_t mark_count = 0;
};

}  // namespace litewatch
