// The states of a database in WAL mode, made by a real SQLite.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "sqlite_reading.h"

using namespace litewatch;

namespace {

constexpr const char* kStale =
    "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(a, b); "
    "INSERT INTO t VALUES(1, zeroblob(20000)); PRAGMA user_version=9";

/// Overwrites bytes of a sidecar, as only a test may.
void poke(const std::string& path, std::uint64_t at, std::string_view bytes) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
          static_cast<ssize_t>(bytes.size()));
}

std::string native32(std::uint32_t value) {
  return std::string(reinterpret_cast<const char*>(&value), 4);
}

void check_current(const SqliteReading& reading, int user_version, std::uint64_t pages) {
  REQUIRE(reading.header.has_value());
  CHECK(reading.header->user_version == user_version);
  CHECK(reading.pages() == pages);
}

}  // namespace

TEST_CASE("wal states: open -> the current header, not the main file's") {
  const WatchedApp app(kStale);
  const SqliteReading reading = app.read();
  CHECK(reading.wal_mode);
  check_current(reading, 9, 6);
  CHECK(reading.main_header->user_version == 0);
  CHECK(reading.main_header->pages == 1);
  CHECK(reading.wal_index_in_use());
  CHECK(reading.wal_index->frames == reading.wal_frames());
  CHECK(reading.wal_header->salt1 == reading.wal_index->salt1);
  CHECK(reading.wal_header->salt2 == reading.wal_index->salt2);
  CHECK(reading.wal_index->page_size_bytes == 4096);
  CHECK(reading.wal_file->size_bytes == 32 + reading.wal_frames() * 4120ULL);
  CHECK_FALSE(reading.wal_extent.has_value());
  CHECK(reading.locks->shared.held());
  CHECK_FALSE(failed(reading));
}

TEST_CASE("wal states: checkpointed, then reset -> frames and size tell it") {
  WatchedApp app(kStale);
  const std::uint32_t frames = app.read().wal_frames();
  const std::uint32_t sequence = app.read().wal_header->checkpoint_sequence;
  app.exec("PRAGMA wal_checkpoint(PASSIVE)");
  SqliteReading reading = app.read();
  CHECK(reading.wal_index->backfilled_frames == frames);
  check_current(reading, 9, 6);

  app.exec("PRAGMA wal_checkpoint(RESTART); PRAGMA user_version=10");
  reading = app.read();
  CHECK(reading.wal_frames() == 1);
  CHECK(reading.wal_file->size_bytes == 32 + frames * 4120ULL);  // a high-water mark
  CHECK(reading.wal_header->checkpoint_sequence == sequence + 1);
  check_current(reading, 10, 6);

  app.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  reading = app.read();
  CHECK(reading.wal_frames() == 0);
  CHECK(reading.wal_file->size_bytes == 0);
  CHECK_FALSE(reading.wal_header.has_value());
  check_current(reading, 10, 6);
  CHECK_FALSE(failed(reading));
}

TEST_CASE("wal states: closed cleanly -> no sidecars, the main file is current") {
  WatchedApp app(kStale);
  app.child.must("close");
  const SqliteReading reading = app.read();
  CHECK(reading.wal_mode);
  CHECK_FALSE(reading.wal_file.has_value());
  CHECK_FALSE(reading.shm_file.has_value());
  CHECK(reading.wal_frames() == 0);
  check_current(reading, 9, 6);
}

TEST_CASE("wal states: killed -> what recovery will find, with the index and without") {
  WatchedApp app(kStale);
  const std::uint32_t frames = app.read().wal_frames();
  app.exec("PRAGMA cache_size=5; BEGIN; UPDATE t SET b = zeroblob(90000); PRAGMA user_version=10");
  app.child.kill9();
  SqliteReading reading = app.read();
  CHECK(reading.wal_index.has_value());
  CHECK_FALSE(reading.wal_index_in_use());
  CHECK(reading.wal_extent->frames == frames);
  CHECK(reading.wal_frames() == frames);
  check_current(reading, 9, 6);

  std::filesystem::resize_file(app.path + "-shm", 3);
  check_current(app.read(), 9, 6);
  CHECK_FALSE(app.read().wal_index.has_value());
  std::filesystem::remove(app.path + "-shm");
  reading = app.read();
  check_current(reading, 9, 6);
  CHECK(reading.wal_frames() == frames);
  CHECK_FALSE(failed(reading));
}

TEST_CASE("wal states: exclusive mode beside a leftover index -> the WAL is believed") {
  WatchedApp app(kStale);
  app.child.kill9();
  SqliteChild next;
  next.must("open " + app.path);
  next.must(
      "exec PRAGMA locking_mode=EXCLUSIVE; PRAGMA wal_autocheckpoint=0; "
      "PRAGMA user_version=11; PRAGMA user_version=12");
  const SqliteReading reading = app.read();
  CHECK(reading.locks->shared.mode == LockMode::kWrite);
  REQUIRE(reading.wal_index.has_value());
  CHECK_FALSE(reading.wal_index_in_use());
  CHECK(reading.wal_frames() == reading.wal_index->frames + 2);
  check_current(reading, 12, 6);
}

TEST_CASE("wal states: exclusive mode, page 1 more than 4096 frames back -> pages, no header") {
  WatchedApp app(
      "PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=512; PRAGMA journal_mode=WAL; "
      "PRAGMA wal_autocheckpoint=0; CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  CHECK(app.read().header.has_value());
  std::string sql = "SELECT 1";
  for (int i = 0; i < 4200; ++i) sql += "; UPDATE t SET a = a + 1";
  app.exec(sql);
  const SqliteReading reading = app.read();
  CHECK(reading.wal_frames() > 4200);
  CHECK_FALSE(reading.header.has_value());
  CHECK(reading.main_header.has_value());
  CHECK(reading.pages() == 2);
  CHECK(reading.page_size_bytes() == 512);
  CHECK_FALSE(failed(reading));
}

TEST_CASE("wal states: many frames and page 1 far back, but an index -> found") {
  WatchedApp app(
      "PRAGMA page_size=512; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; "
      "CREATE TABLE t(a); INSERT INTO t VALUES(1); PRAGMA user_version=3");
  std::string sql = "SELECT 1";
  for (int i = 0; i < 9000; ++i) sql += "; UPDATE t SET a = a + 1";
  app.exec(sql);
  CHECK(app.read().wal_frames() > 9000);
  check_current(app.read(), 3, 2);
}

TEST_CASE("wal states: readers at four places -> four slots, each with its mark") {
  WatchedApp app(kStale);
  std::uint32_t marks[4];
  for (int i = 0; i < 4; ++i) {
    const std::string name = "r" + std::to_string(i);
    marks[i] = app.read().wal_frames();
    app.child.must("open " + name + " " + app.path);
    app.child.must("step " + name + " SELECT * FROM t");
    app.exec("INSERT INTO t VALUES(1, 2)");
  }
  app.exec("PRAGMA wal_checkpoint(PASSIVE)");
  const SqliteReading reading = app.read();
  CHECK(reading.wal_index->backfilled_frames == marks[0]);
  int found = 0;
  for (std::size_t slot = 1; slot < WalIndex::kReaders; ++slot) {
    if (!reading.wal_index_locks->read[slot].held()) continue;
    for (const std::uint32_t mark : marks) found += reading.wal_index->read_marks[slot] == mark;
  }
  CHECK(found == 4);
}

TEST_CASE("wal states: nBackfill past mxFrame, with nobody there to blink -> inconsistent") {
  WatchedApp app(kStale);
  const std::uint32_t frames = app.read().wal_frames();
  CHECK_FALSE(app.read().wal_index->inconsistent);
  poke(app.path + "-shm", 96, native32(frames + 1));
  CHECK(app.read().wal_index->inconsistent);
}

TEST_CASE("wal states: an index format we do not know, in use -> unsupported, header absent") {
  WatchedApp app(kStale);
  poke(app.path + "-shm", 0, native32(3021000));
  poke(app.path + "-shm", 48, native32(3021000));
  const SqliteReading reading = app.read();
  CHECK(error_of(reading, SqliteOp::kWalIndex)->kind == ErrorKind::kUnsupported);
  CHECK_FALSE(reading.header.has_value());
  CHECK(reading.main_header.has_value());
}

TEST_CASE("wal states: an index torn for good -> busy, and the WAL is asked instead") {
  WatchedApp app(kStale);
  poke(app.path + "-shm", 56, native32(1));
  const SqliteReading reading = app.read();
  CHECK(error_of(reading, SqliteOp::kWalIndex)->kind == ErrorKind::kBusy);
  check_current(reading, 9, 6);
}

TEST_CASE("wal states: the WAL is gone while the index is in use -> header absent, not stale") {
  WatchedApp app(kStale);
  std::filesystem::remove(app.path + "-wal");
  SqliteReading reading = app.read();
  CHECK_FALSE(reading.wal_file.has_value());
  CHECK_FALSE(reading.header.has_value());
  CHECK(reading.shm_file.has_value());
  write_file(app.path + "-wal", "");
  reading = app.read();
  CHECK_FALSE(reading.header.has_value());
  CHECK(error_of(reading, SqliteOp::kWalIndex)->kind == ErrorKind::kBusy);
}

TEST_CASE("wal states: damaged WAL header and no index -> malformed; SQLite takes it for empty") {
  WatchedApp app(kStale);
  app.exec("PRAGMA wal_checkpoint(PASSIVE)");
  app.child.kill9();
  std::filesystem::remove(app.path + "-shm");
  poke(app.path + "-wal", 20, "XXXX");
  const SqliteReading reading = app.read();
  CHECK(error_of(reading, SqliteOp::kWal)->kind == ErrorKind::kMalformed);
  check_current(reading, 9, 6);
}

TEST_CASE("wal states: a folder or a FIFO in a sidecar's place -> unsupported, the rest is read") {
  WatchedApp app(kStale);
  app.child.must("close");
  REQUIRE(::mkdir((app.path + "-wal").c_str(), 0700) == 0);
  REQUIRE(::mkfifo((app.path + "-shm").c_str(), 0600) == 0);
  const SqliteReading reading = app.read();
  CHECK(error_of(reading, SqliteOp::kWal)->kind == ErrorKind::kUnsupported);
  CHECK(error_of(reading, SqliteOp::kWalIndex)->kind == ErrorKind::kUnsupported);
  CHECK(reading.main_header.has_value());
  CHECK(reading.locks.has_value());
}
