#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/objectives.h"
#include "read/sqlite_history.h"

namespace litewatch {

/// Everything that can be wrong with a database, worst first. The status page, `litetool inspect`
/// and the roll-ups by reason all read this one list.
enum class SqliteFinding : std::uint8_t {
  kUnreadable,
  kMissing,
  kWalIndexInconsistent,
  kPosixLocksLost,
  kSidecarMissing,
  kHeaderInvalid,
  kFileTruncated,
  kWriteLockStuck,
  kSidecarOwnerMismatch,
  kFilesystemFull,
  kRecoveryPending,
  kHotJournal,
  kReaderPinsWal,
  kWalTooLarge,
  kCheckpointStalled,
  kWriteLockSaturated,
  kNoWrites,
  kNetworkFilesystem,
  kHardLinked,
  kFileMisaligned,
  kOverlayFilesystem,
  kPartlyUnreadable,
  kWalResetBug,
  kCheckpointInterrupted,
  kCorruptCopies,
  kFreelistLarge,
  kCount_,
};
inline constexpr std::size_t kSqliteFindingCount = static_cast<std::size_t>(SqliteFinding::kCount_);

enum class Severity : std::uint8_t { kNotice, kWarning, kCritical };

/// What never changes about a finding.
struct SqliteFindingDesc {
  SqliteFinding finding;
  std::string_view reason;  ///< the `reason` label's value
  Severity severity;
  std::string_view state;  ///< a few words for a headline
  std::string_view next;   ///< what to do now
};
const SqliteFindingDesc& describe(SqliteFinding finding);

/// One database as the findings see it.
struct SqliteSubject {
  const Result<SqliteReading>& reading;
  const SqliteHistory& history;
  const SqliteObjectives& objectives;
  Moment now;
  std::uint64_t corrupt_copies = 0;  ///< files named DATABASE.corrupt*
};

/// The findings that hold, as a set.
class SqliteFindings {
 public:
  void add(SqliteFinding finding) { bits_ |= bit(finding); }
  bool has(SqliteFinding finding) const { return (bits_ & bit(finding)) != 0; }
  bool empty() const { return bits_ == 0; }
  /// The worst one. REQUIRES: !empty().
  SqliteFinding worst() const;
  bool operator==(const SqliteFindings&) const = default;

 private:
  static std::uint64_t bit(SqliteFinding finding) {
    return std::uint64_t{1} << static_cast<unsigned>(finding);
  }
  std::uint64_t bits_ = 0;
};

SqliteFindings find(const SqliteSubject& subject);

/// Nothing worse than a notice.
bool is_healthy(SqliteFindings findings);

/// Why a finding holds for this subject: one sentence with its figures, written over `out`.
void explain(SqliteFinding finding, const SqliteSubject& subject, std::string& out);

/// What to do now about a finding of this subject. Static storage.
std::string_view next_step(SqliteFinding finding, const SqliteSubject& subject);

}  // namespace litewatch
