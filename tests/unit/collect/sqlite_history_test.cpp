#include "read/sqlite_history.h"

#include "catch.h"

namespace litewatch {
namespace {

/// A reading of a database in WAL mode that somebody has open.
SqliteReading wal_reading(std::uint32_t change, std::uint32_t frames = 10,
                          std::uint32_t backfilled = 0) {
  SqliteReading reading;
  reading.exists = true;
  reading.wal_mode = true;
  reading.content = SqliteContent::kDatabase;
  reading.file.inode = 7;
  reading.file.size_bytes = 4096;
  reading.shm_file.emplace().inode = 8;
  reading.wal_file.emplace().size_bytes = 1 << 20;
  reading.header.emplace().page_size_bytes = 4096;
  reading.locks.emplace().shared.mode = LockMode::kRead;
  reading.wal_index_locks.emplace().dms.mode = LockMode::kRead;
  WalIndex& index = reading.wal_index.emplace();
  index.change = change;
  index.frames = frames;
  index.backfilled_frames = index.backfill_attempted_frames = backfilled;
  index.salt1 = 1000;
  index.salt2 = 2000;
  return reading;
}

SqliteReading rollback_reading(std::uint32_t change_counter, std::uint32_t cookie = 1) {
  SqliteReading reading;
  reading.exists = true;
  reading.content = SqliteContent::kDatabase;
  reading.file.inode = 7;
  reading.file.size_bytes = 4096;
  reading.header.emplace().page_size_bytes = 4096;
  reading.header->change_counter = change_counter;
  reading.header->schema_cookie = cookie;
  reading.locks.emplace();
  return reading;
}

/// A history that gets a reading each second.
struct Watcher {
  SqliteHistory history;
  double now_s = 100;

  Watcher& see(const SqliteReading& reading) {
    now_s += 1;
    history.observe(reading, Moment{now_s, now_s + 1e9});
    return *this;
  }
};

void hold(SqliteReading& reading, std::size_t slot, std::uint32_t mark) {
  reading.wal_index_locks->read[slot].mode = LockMode::kRead;
  reading.wal_index->read_marks[slot] = mark;
}

}  // namespace

TEST_CASE("sqlite_history: the change counter across 2^32 -> counts on") {
  Watcher watcher;
  watcher.see(rollback_reading(0xfffffffe)).see(rollback_reading(3));
  CHECK(watcher.history.write_transactions == 5);
}

TEST_CASE("sqlite_history: iChange across 2^32, as after a recovery -> what is left counts") {
  Watcher watcher;
  watcher.see(wal_reading(0xffffffff)).see(wal_reading(2));
  CHECK(watcher.history.write_transactions == 2);
}

TEST_CASE("sqlite_history: the first reading -> counts nothing, whatever the numbers") {
  Watcher watcher;
  watcher.see(wal_reading(123456, 999, 5));
  CHECK(watcher.history.write_transactions == 0);
  CHECK(watcher.history.wal_frames_written == 0);
  CHECK(watcher.history.wal_frames_backfilled == 0);
  CHECK(watcher.history.wal_resets == 0);
}

TEST_CASE("sqlite_history: a wal-index that nobody used, opened again -> counts from 0") {
  SqliteReading leftover = wal_reading(5);
  leftover.wal_index_locks->dms.mode = LockMode::kNone;
  leftover.locks->shared.mode = LockMode::kNone;
  Watcher watcher;
  watcher.see(wal_reading(5)).see(leftover).see(leftover);
  CHECK(watcher.history.write_transactions == 0);
  watcher.see(wal_reading(9));
  CHECK(watcher.history.write_transactions == 9);
}

TEST_CASE("sqlite_history: a reading without the wal-index -> the next compares with the last") {
  SqliteReading busy = wal_reading(0);
  busy.wal_index.reset();
  busy.errors[static_cast<std::size_t>(SqliteOp::kWalIndex)] = Error{};
  Watcher watcher;
  watcher.see(wal_reading(5, 10)).see(busy).see(wal_reading(8, 12));
  CHECK(watcher.history.write_transactions == 3);
  CHECK(watcher.history.wal_frames_written == 2);
  CHECK(watcher.history.read_errors[static_cast<std::size_t>(SqliteOp::kWalIndex)] == 1);
}

TEST_CASE("sqlite_history: salt-1 goes on by steps -> as many resets; by a jump -> one") {
  const auto [jump, resets] = GENERATE(table<std::uint32_t, std::uint64_t>(
      {{1, 1}, {3, 3}, {4095, 4095}, {4096, 1}, {0x7fffffff, 1}, {0xffffffff, 1}}));
  CAPTURE(jump);
  SqliteReading next = wal_reading(2, 4, 0);
  next.wal_index->salt1 += jump;
  next.wal_index->salt2 = 5;
  Watcher watcher;
  watcher.see(wal_reading(1, 10, 6)).see(next);
  CHECK(watcher.history.wal_resets == resets);
  CHECK(watcher.history.wal_frames_written == 4);
  CHECK(watcher.history.wal_frames_backfilled == 4);  // what was left of the ten
  CHECK(*watcher.history.last_full_checkpoint_unix_s == watcher.now_s + 1e9);
}

TEST_CASE("sqlite_history: salt-1 across 2^32 -> one reset") {
  SqliteReading first = wal_reading(1);
  first.wal_index->salt1 = 0xffffffff;
  SqliteReading next = wal_reading(2, 1);
  next.wal_index->salt1 = 0;
  next.wal_index->salt2 = 5;
  Watcher watcher;
  watcher.see(first).see(next);
  CHECK(watcher.history.wal_resets == 1);
}

TEST_CASE("sqlite_history: the first frame into an empty wal-index -> no reset") {
  SqliteReading empty = wal_reading(0, 0, 0);
  empty.wal_index->salt1 = empty.wal_index->salt2 = 0;
  Watcher watcher;
  watcher.see(empty).see(wal_reading(1, 3, 0));
  CHECK(watcher.history.wal_resets == 0);
  CHECK(watcher.history.wal_frames_written == 3);
}

TEST_CASE("sqlite_history: fewer frames or copies under the same salts -> nothing is taken back") {
  Watcher watcher;
  watcher.see(wal_reading(1, 10, 8)).see(wal_reading(2, 12, 10)).see(wal_reading(2, 5, 0));
  CHECK(watcher.history.wal_frames_written == 2);
  CHECK(watcher.history.wal_frames_backfilled == 2);
}

TEST_CASE("sqlite_history: the schema cookie goes up, down, or cannot be told -> counted right") {
  Watcher watcher;
  watcher.see(rollback_reading(1, 5)).see(rollback_reading(2, 8));
  CHECK(watcher.history.schema_changes == 3);
  SqliteReading untold = rollback_reading(3, 9);
  untold.header.reset();
  watcher.see(untold).see(rollback_reading(4, 9));
  CHECK(watcher.history.schema_changes == 4);
  watcher.see(rollback_reading(5, 2));
  CHECK(watcher.history.schema_changes == 5);
}

TEST_CASE("sqlite_history: a reader's age -> from when it was first seen to pin") {
  SqliteReading current = wal_reading(1, 10);
  hold(current, 2, 10);
  SqliteReading pinned = wal_reading(2, 12);
  hold(pinned, 2, 10);
  Watcher watcher;
  watcher.see(current).see(current).see(pinned);
  CHECK(watcher.history.oldest_reader_s == 0);
  watcher.see(pinned).see(pinned);
  CHECK(watcher.history.oldest_reader_s == Approx(2));

  SECTION("it lets go for one reading") {
    watcher.see(wal_reading(2, 12)).see(pinned);
    CHECK(watcher.history.oldest_reader_s == 0);
  }
  SECTION("another mark") {
    hold(pinned, 2, 11);
    CHECK(watcher.see(pinned).history.oldest_reader_s == 0);
  }
  SECTION("another WAL") {
    ++pinned.wal_index->salt1;
    CHECK(watcher.see(pinned).history.oldest_reader_s == 0);
  }
  SECTION("an older one in another slot") {
    hold(pinned, 4, 3);
    CHECK(watcher.see(pinned).history.oldest_reader_s == 0);
    CHECK(watcher.see(pinned).history.oldest_reader_s == Approx(1));
    pinned.wal_index_locks->read[4].mode = LockMode::kNone;
    CHECK(watcher.see(pinned).history.oldest_reader_s == Approx(5));
  }
  SECTION("a writer at the slot for a moment") {
    pinned.wal_index_locks->read[2].mode = LockMode::kWrite;
    CHECK(watcher.see(pinned).history.oldest_reader_s == 0);
  }
}

TEST_CASE("sqlite_history: the reader of the database alone -> aged while nothing can be copied") {
  SqliteReading idle = wal_reading(1, 10, 10);
  hold(idle, 0, 0);
  SqliteReading pinned = wal_reading(2, 3, 0);
  hold(pinned, 0, 0);
  Watcher watcher;
  watcher.see(idle).see(pinned).see(pinned);
  CHECK(watcher.history.oldest_reader_s == Approx(1));
  SqliteReading later = wal_reading(3, 5, 3);  // copied meanwhile: so it had let go
  hold(later, 0, 0);
  CHECK(watcher.see(later).history.oldest_reader_s == 0);
}

TEST_CASE("sqlite_history: an open write transaction -> aged until another one") {
  SqliteReading writing = wal_reading(5);
  writing.wal_index_locks->write = {LockMode::kWrite, 42};
  Watcher watcher;
  watcher.see(writing).see(writing).see(writing);
  CHECK(watcher.history.write_lock_held_s == Approx(2));
  SECTION("a commit lies between") {
    ++writing.wal_index->change;
    CHECK(watcher.see(writing).history.write_lock_held_s == 0);
  }
  SECTION("another process") {
    writing.wal_index_locks->write.pid = 43;
    CHECK(watcher.see(writing).history.write_lock_held_s == 0);
  }
  SECTION("the sampler saw it free") {
    watcher.history.sample(lock_states(wal_reading(5).locks, wal_reading(5).wal_index_locks, true));
    CHECK(watcher.see(writing).history.write_lock_held_s == 0);
  }
  SECTION("the sampler saw it held") {
    watcher.history.sample(lock_states(writing.locks, writing.wal_index_locks, true));
    CHECK(watcher.see(writing).history.write_lock_held_s == Approx(3));
  }
}

TEST_CASE("sqlite_history: alarms -> by two looks running, and gone with the file") {
  SqliteReading lost = wal_reading(1);
  lost.locks->shared.mode = LockMode::kNone;
  Watcher watcher;
  CHECK_FALSE(watcher.see(lost).history.posix_locks_lost);
  CHECK_FALSE(watcher.see(wal_reading(1)).history.posix_locks_lost);
  CHECK_FALSE(watcher.see(lost).history.posix_locks_lost);
  CHECK(watcher.see(lost).history.posix_locks_lost);
  CHECK_FALSE(watcher.see(SqliteReading()).history.posix_locks_lost);
  CHECK_FALSE(watcher.see(lost).history.posix_locks_lost);  // the first look at what came back
}

TEST_CASE("sqlite_history: another file under the path -> nothing is compared with the old one") {
  SqliteReading other = wal_reading(900, 50, 40);
  other.file.inode = 77;
  other.wal_index_locks->write = {LockMode::kWrite, 42};
  SqliteReading old = wal_reading(5);
  old.wal_index_locks->write = {LockMode::kWrite, 42};
  old.wal_index->change = 900;
  Watcher watcher;
  watcher.see(old).see(old).see(other);
  CHECK(watcher.history.file_replaced == 1);
  CHECK(watcher.history.write_transactions == 0);
  CHECK(watcher.history.wal_frames_written == 0);
  CHECK(watcher.history.write_lock_held_s == 0);
}

TEST_CASE("sqlite_history: the sampler's looks -> a share that fades") {
  SqliteReading held = wal_reading(1);
  held.wal_index_locks->write.mode = LockMode::kWrite;
  Watcher watcher;
  for (int i = 0; i < 1000; ++i) {
    watcher.history.sample(lock_states(held.locks, held.wal_index_locks, true));
  }
  CHECK(watcher.history.lock_samples == 1000);
  CHECK(watcher.history.recent_write_occupancy_ratio == Approx(1).margin(0.001));
  for (int i = 0; i < 1000; ++i) watcher.history.sample(SqliteLockStates());
  CHECK(watcher.history.lock_held_samples[static_cast<std::size_t>(SqliteLock::kWrite)] == 1000);
  CHECK(watcher.history.recent_write_occupancy_ratio == Approx(0).margin(0.001));
}

}  // namespace litewatch
