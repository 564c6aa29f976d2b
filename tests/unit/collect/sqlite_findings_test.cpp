#include "read/sqlite_findings.h"

#include <functional>
#include <set>

#include "base/parse.h"
#include "catch.h"

namespace litewatch {
namespace {

using enum SqliteFinding;

constexpr Moment kNow{5000, 1.7e9};

/// A healthy database in WAL mode, to be made sick.
struct Patient {
  Result<SqliteReading> reading{SqliteReading{}};
  SqliteHistory history;
  SqliteObjectives objectives;
  std::uint64_t corrupt_copies = 0;

  Patient() {
    reading->exists = true;
    reading->wal_mode = true;
    reading->content = SqliteContent::kDatabase;
    reading->file.size_bytes = 40960;
    reading->file.links = 1;
    reading->file.uid = 1000;
    reading->file.mode = 0644;
    reading->file.modified_s = kNow.unix_s - 60;
    reading->wal_file = reading->shm_file = reading->file;
    reading->wal_file->modified_s = kNow.unix_s - 30;
    reading->filesystem.emplace().avail_bytes = 1ull << 40;
    SqliteHeader& header = reading->header.emplace();
    header.page_size_bytes = 4096;
    header.pages = 10;
    header.writer_version = 3051003;
    reading->main_header = header;
    reading->locks.emplace().shared.mode = LockMode::kRead;
    reading->wal_index_locks.emplace().dms.mode = LockMode::kRead;
    WalIndex& index = reading->wal_index.emplace();
    index.page_size_bytes = 4096;
    index.frames = 100;
    index.backfilled_frames = index.backfill_attempted_frames = 100;
    history.last_full_checkpoint_unix_s = kNow.unix_s;
  }

  SqliteSubject subject() const { return {reading, history, objectives, kNow, corrupt_copies}; }
  WalIndex& index() { return *reading->wal_index; }
  void close() {
    reading->locks.emplace();
    reading->wal_index_locks.emplace();
  }
};

struct Case {
  SqliteFinding finding;
  std::function<void(Patient&)> make;
  std::vector<std::string> figures;  ///< what the sentence must hold
};

void fail(SqliteReading& reading, SqliteOp op) {
  reading.errors[static_cast<std::size_t>(op)] = Error{};
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {kUnreadable,
       [](Patient& p) {
         p.reading = Error{ErrorKind::kDenied, "cannot open", "/x/app.db", 13};
       },
       {"/x/app.db", "cannot open", "Permission denied"}},
      {kMissing, [](Patient& p) { p.reading = SqliteReading(); }, {"no such file"}},
      {kWalIndexInconsistent,
       [](Patient& p) {
         p.index().inconsistent = true;
         p.index().backfilled_frames = 103;
         p.index().backfill_attempted_frames = 103;
       },
       {"103", "100"}},
      {kPosixLocksLost, [](Patient& p) { p.history.posix_locks_lost = true; }, {"lock"}},
      {kSidecarMissing,
       [](Patient& p) {
         p.history.sidecar_missing = true;
         p.reading->wal_file.reset();
       },
       {"-wal file"}},
      {kHeaderInvalid,
       [](Patient& p) { p.reading->content = SqliteContent::kNotADatabase; },
       {"SQLite format 3"}},
      {kFileTruncated,
       [](Patient& p) {
         p.history.file_truncated = true;
         p.reading->file.size_bytes = 8192;
       },
       {"8.0 KiB", "40.0 KiB"}},
      {kWriteLockStuck,
       [](Patient& p) { p.history.write_lock_held_s = 95; },
       {"1 min 35 s", "30 s"}},
      {kSidecarOwnerMismatch, [](Patient& p) { p.reading->shm_file->uid = 0; }, {"uid 1000"}},
      {kFilesystemFull,
       [](Patient& p) { p.reading->filesystem->avail_bytes = 5 << 20; },
       {"5.0 MiB", "1.0 GiB"}},
      {kRecoveryPending,
       [](Patient& p) {
         p.close();
         p.index().backfilled_frames = p.index().backfill_attempted_frames = 40;
         p.reading->wal_extent = WalExtent{100, 10};
       },
       {"100 frames wait"}},
      {kHotJournal,
       [](Patient& p) {
         p.reading->locks.emplace();
         p.reading->journal_file.emplace(p.reading->file).size_bytes = 3 << 20;
         p.reading->journal_header.emplace().raw[0] = std::byte{0xd9};
         p.reading->journal_stable = true;
       },
       {"3.0 MiB"}},
      {kReaderPinsWal,
       [](Patient& p) {
         p.history.oldest_reader_s = 4000;
         p.index().backfilled_frames = p.index().backfill_attempted_frames = 60;
         p.index().read_marks[2] = 60;
         p.reading->wal_index_locks->read[2] = {LockMode::kRead, 4711};
       },
       {"rocess 4711", "1 h 6 min", "40 of 100"}},
      {kWalTooLarge, [](Patient& p) { p.objectives.wal_bytes = 1024; }, {"402 KiB", "1.0 KiB"}},
      {kCheckpointStalled,
       [](Patient& p) {
         p.objectives.checkpoint_lag_bytes = 4096;
         p.index().backfilled_frames = p.index().backfill_attempted_frames = 50;
         *p.history.last_full_checkpoint_unix_s -= 901;
       },
       {"201 KiB"}},
      {kWriteLockSaturated,
       [](Patient& p) { p.history.recent_write_occupancy_ratio = 0.85; },
       {"85 %", "70 %"}},
      {kNoWrites, [](Patient& p) { p.objectives.write_age_s = 20; }, {"30 s", "20 s"}},
      {kNetworkFilesystem, [](Patient& p) { p.reading->filesystem->magic = 0x6969; }, {"nfs"}},
      {kHardLinked, [](Patient& p) { p.reading->file.links = 3; }, {"3 names"}},
      {kFileMisaligned,
       [](Patient& p) { p.reading->file.size_bytes = 40961; },
       {"40961 bytes", "4096"}},
      {kOverlayFilesystem,
       [](Patient& p) { p.reading->filesystem->magic = 0x794c7630; },
       {"overlay"}},
      {kWalResetBug, [](Patient& p) { p.reading->header->writer_version = 3046000; }, {"3.46.0"}},
      {kCheckpointInterrupted,
       [](Patient& p) {
         p.index().backfilled_frames = 70;
         p.index().backfill_attempted_frames = 90;
       },
       {"90", "70"}},
      {kCorruptCopies, [](Patient& p) { p.corrupt_copies = 4; }, {"4 files"}},
      {kFreelistLarge,
       [](Patient& p) {
         p.reading->header->pages = 700'000;
         p.reading->header->freelist_pages = 400'000;
       },
       {"400000 of 700000", "1.5 GiB"}},
      {kPartlyUnreadable,
       [](Patient& p) {
         p.reading->errors[static_cast<std::size_t>(SqliteOp::kWal)] =
             Error{ErrorKind::kDenied, "cannot open", "/x/app.db-wal", 13};
       },
       {"/x/app.db-wal", "Permission denied"}},
  };
  return all;
}

}  // namespace

TEST_CASE("sqlite_findings: a healthy database -> none") {
  const Patient patient;
  CHECK(find(patient.subject()).empty());
}

TEST_CASE("sqlite_findings: every one of them -> can be reached, alone, and gives its figures") {
  std::set<SqliteFinding> seen;
  for (const Case& test : cases()) {
    const SqliteFindingDesc& desc = describe(test.finding);
    INFO(desc.reason);
    seen.insert(test.finding);
    Patient patient;
    test.make(patient);
    const SqliteSubject subject = patient.subject();
    const SqliteFindings findings = find(subject);
    for (std::size_t i = 0; i < kSqliteFindingCount; ++i) {
      const auto finding = static_cast<SqliteFinding>(i);
      INFO(describe(finding).reason);
      CHECK(findings.has(finding) == (finding == test.finding));
    }
    REQUIRE_FALSE(findings.empty());
    CHECK(findings.worst() == test.finding);
    std::string why = "what stood here before";
    explain(test.finding, subject, why);
    INFO(why);
    for (const std::string& figure : test.figures) CHECK(why.find(figure) != std::string::npos);
    CHECK(why.size() > 10);
    CHECK(why.find("before") == std::string::npos);
    CHECK(desc.next.ends_with("."));
    CHECK_FALSE(desc.state.empty());
  }
  CHECK(seen.size() == kSqliteFindingCount);
}

TEST_CASE("sqlite_findings: reasons -> differ, and are words for a label") {
  std::set<std::string_view> reasons;
  for (std::size_t i = 0; i < kSqliteFindingCount; ++i) {
    const std::string_view reason = describe(static_cast<SqliteFinding>(i)).reason;
    CHECK(reason.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == reason.npos);
    CHECK(reasons.insert(reason).second);
  }
}

TEST_CASE("sqlite_findings: several -> the worst is the first of the list") {
  SqliteFindings findings;
  findings.add(kFreelistLarge);
  CHECK(findings.worst() == kFreelistLarge);
  findings.add(kPosixLocksLost);
  findings.add(kHardLinked);
  CHECK(findings.worst() == kPosixLocksLost);
}

TEST_CASE("sqlite_findings: at an objective exactly -> not yet") {
  Patient patient;
  patient.history.write_lock_held_s = patient.objectives.write_lock_held_s;
  patient.history.oldest_reader_s = patient.objectives.oldest_reader_s;
  patient.history.recent_write_occupancy_ratio = patient.objectives.write_lock_occupancy_ratio;
  patient.objectives.wal_bytes = *wal_live_bytes(*patient.reading);
  patient.reading->filesystem->avail_bytes = patient.objectives.filesystem_avail_bytes;
  CHECK(find(patient.subject()).empty());
}

TEST_CASE("sqlite_findings: a lag that a reader explains, or a young one -> not stalled") {
  Patient patient;
  patient.objectives.checkpoint_lag_bytes = 4096;
  patient.index().backfilled_frames = patient.index().backfill_attempted_frames = 50;
  *patient.history.last_full_checkpoint_unix_s -= 899;
  CHECK(find(patient.subject()).empty());
  *patient.history.last_full_checkpoint_unix_s -= 100;
  patient.index().read_marks[1] = 50;
  patient.reading->wal_index_locks->read[1].mode = LockMode::kRead;
  CHECK_FALSE(find(patient.subject()).has(kCheckpointStalled));
}

TEST_CASE("sqlite_findings: recovery pending -> counts frames, or says that they are unknown") {
  Patient patient;
  patient.close();
  patient.reading->wal_index.reset();
  patient.reading->wal_extent = WalExtent{1, 10};
  std::string why;
  explain(kRecoveryPending, patient.subject(), why);
  CHECK(why.ends_with(": 1 frame waits."));
  patient.reading->wal_extent.reset();
  fail(*patient.reading, SqliteOp::kWal);
  CHECK(find(patient.subject()).has(kRecoveryPending));
  explain(kRecoveryPending, patient.subject(), why);
  CHECK(why.ends_with("frames wait in its 40.0 KiB cannot be read."));
}

TEST_CASE("sqlite_findings: the WAL or the wal-index is not for our eyes -> figures are unknown") {
  Patient patient;
  SqliteReading& reading = *patient.reading;
  reading.wal_index.reset();
  reading.wal_index_locks.reset();
  fail(reading, SqliteOp::kWalIndex);
  CHECK(wal_frames(reading) == 0u);  // the WAL for itself
  reading.wal_extent = WalExtent{7, 10};
  CHECK(wal_frames(reading) == 7u);
  CHECK_FALSE(wal_checkpoint_lag_bytes(reading));
  CHECK_FALSE(reader_slots_in_use(reading));
  CHECK(locks_known(reading));
  CHECK_FALSE(all_locks_known(reading));
  CHECK(sidecars_known(reading));

  reading.wal_extent.reset();
  fail(reading, SqliteOp::kWal);
  CHECK_FALSE(wal_frames(reading));
  CHECK_FALSE(wal_live_bytes(reading));
  CHECK_FALSE(wal_checkpoint_lag_bytes(reading));
  reading.wal_file.reset();
  CHECK_FALSE(sidecars_known(reading));
  CHECK_FALSE(looks_sidecar_missing(reading));
}

TEST_CASE("sqlite_findings: no sidecars, and no error -> known to be none") {
  Patient patient;
  patient.close();
  SqliteReading& reading = *patient.reading;
  reading.wal_index.reset();
  reading.wal_index_locks.reset();
  reading.wal_file.reset();
  reading.shm_file.reset();
  CHECK(wal_frames(reading) == 0u);
  CHECK(wal_live_bytes(reading) == 0u);
  CHECK(wal_checkpoint_lag_bytes(reading) == 0u);
  CHECK(reader_slots_in_use(reading) == 0u);
  CHECK(all_locks_known(reading));
  CHECK(sidecars_known(reading));
  reading.wal_mode = false;
  CHECK_FALSE(wal_frames(reading));
  CHECK_FALSE(reader_slots_in_use(reading));
}

TEST_CASE("sqlite_findings: a notice -> healthy all the same") {
  SqliteFindings findings;
  CHECK(is_healthy(findings));
  findings.add(kWalResetBug);
  findings.add(kPartlyUnreadable);
  CHECK(is_healthy(findings));
  CHECK(findings.worst() == kPartlyUnreadable);
  findings.add(kFileMisaligned);
  CHECK_FALSE(is_healthy(findings));
}

TEST_CASE("sqlite_findings: a large freelist of a small file -> not worth a word") {
  Patient patient;
  patient.reading->header->freelist_pages = 9;
  CHECK(find(patient.subject()).empty());
}

}  // namespace litewatch
