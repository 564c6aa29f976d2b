#include "read/sqlite_locks.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "catch.h"
#include "support/sqlite_child.h"
#include "support/temp_dir.h"

using namespace litewatch;

namespace {

struct App {
  TempDir folder;
  std::string path = folder.file("app.db");
  SqliteChild child;

  explicit App(const std::string& journal_mode) {
    child.must("open " + path);
    child.must("exec PRAGMA journal_mode=" + journal_mode + "; CREATE TABLE t(a)");
  }
};

Fd open_file(const std::string& path) {
  auto fd = open_regular_file(path.c_str());
  REQUIRE(fd.ok());
  REQUIRE(fd->has_value());
  return std::move(**fd);
}

DatabaseLocks database_locks(const App& app) {
  const auto locks = query_database_locks(open_file(app.path).get());
  REQUIRE(locks.ok());
  return *locks;
}

WalIndexLocks index_locks(const App& app) {
  const auto locks = query_wal_index_locks(open_file(app.path + "-shm").get());
  REQUIRE(locks.ok());
  return *locks;
}

/// A file whose bytes are locked by open-file-description locks, which F_GETLK shows even to the
/// process that holds them.
struct LockedFile {
  TempDir folder;
  std::string path = folder.file("locked");
  Fd fd = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));

  void lock(off_t byte) { set(byte, F_WRLCK); }
  void unlock(off_t byte) { set(byte, F_UNLCK); }

 private:
  void set(off_t byte, short type) {
    struct flock lock = {};
    lock.l_type = type;
    lock.l_start = byte;
    lock.l_len = 1;
    REQUIRE(::fcntl(fd.get(), F_OFD_SETLK, &lock) == 0);
  }
};

}  // namespace

TEST_CASE("database locks: rollback mode, idle -> none") {
  const App app("delete");
  const DatabaseLocks locks = database_locks(app);
  CHECK_FALSE(locks.pending.held());
  CHECK_FALSE(locks.reserved.held());
  CHECK_FALSE(locks.shared.held());
}

TEST_CASE("database locks: rollback mode, each kind of transaction -> its locks and their pid") {
  App app("delete");
  app.child.must("exec BEGIN; SELECT * FROM t");
  CHECK(database_locks(app).shared.mode == LockMode::kRead);
  CHECK(database_locks(app).shared.pid == app.child.pid());
  CHECK_FALSE(database_locks(app).reserved.held());

  app.child.must("exec INSERT INTO t VALUES(1)");
  CHECK(database_locks(app).reserved.mode == LockMode::kWrite);
  CHECK(database_locks(app).reserved.pid == app.child.pid());
  CHECK_FALSE(database_locks(app).pending.held());

  app.child.must("exec COMMIT; BEGIN EXCLUSIVE");
  const DatabaseLocks locks = database_locks(app);
  CHECK(locks.pending.mode == LockMode::kWrite);
  CHECK(locks.reserved.mode == LockMode::kWrite);
  CHECK(locks.shared.mode == LockMode::kWrite);
}

TEST_CASE("database locks: WAL mode, idle -> shared, for as long as it is open") {
  App app("wal");
  CHECK(database_locks(app).shared.mode == LockMode::kRead);
  CHECK_FALSE(database_locks(app).reserved.held());
  app.child.must("close");
  CHECK_FALSE(database_locks(app).shared.held());
}

TEST_CASE("database locks: dropped by a raw open and close in the app -> none, but dms is held") {
  App app("wal");
  app.child.must("drop-locks " + app.path);
  CHECK_FALSE(database_locks(app).shared.held());
  CHECK(index_locks(app).dms.mode == LockMode::kRead);
}

TEST_CASE("wal-index locks: idle, writer, readers -> as they are") {
  App app("wal");
  WalIndexLocks locks = index_locks(app);
  CHECK(locks.dms.mode == LockMode::kRead);
  CHECK(locks.dms.pid == app.child.pid());
  CHECK_FALSE(locks.write.held());

  app.child.must("exec BEGIN IMMEDIATE");
  locks = index_locks(app);
  CHECK(locks.write.mode == LockMode::kWrite);
  CHECK(locks.write.pid == app.child.pid());
  CHECK_FALSE(locks.checkpoint.held());
  CHECK_FALSE(locks.recover.held());
  app.child.must("exec INSERT INTO t VALUES(1); COMMIT");

  app.child.must("open reader " + app.path);
  app.child.must("step reader SELECT * FROM t");
  locks = index_locks(app);
  CHECK_FALSE(locks.write.held());
  CHECK_FALSE(locks.read[0].held());
  CHECK(locks.read[1].mode == LockMode::kRead);
}

TEST_CASE("wal-index locks: a reader of a checkpointed WAL -> slot 0") {
  App app("wal");
  app.child.must("exec PRAGMA wal_checkpoint(RESTART)");
  app.child.must("open reader " + app.path);
  app.child.must("step reader SELECT * FROM sqlite_schema");
  CHECK(index_locks(app).read[0].mode == LockMode::kRead);
}

TEST_CASE("wal-index locks: the app is gone -> none") {
  App app("wal");
  app.child.kill9();
  const WalIndexLocks locks = index_locks(app);
  CHECK_FALSE(locks.dms.held());
  CHECK_FALSE(locks.write.held());
}

TEST_CASE("locks: each byte of the wal-index alone -> its own lock") {
  LockedFile file;
  for (int byte = 120; byte <= 128; ++byte) {
    CAPTURE(byte);
    file.lock(byte);
    const auto result = query_wal_index_locks(open_file(file.path).get());
    REQUIRE(result.ok());
    const WalIndexLocks& is = *result;
    const LockState* all[] = {&is.write,   &is.checkpoint, &is.recover, &is.read[0], &is.read[1],
                              &is.read[2], &is.read[3],    &is.read[4], &is.dms};
    for (int other = 120; other <= 128; ++other) {
      CHECK(all[other - 120]->held() == (other == byte));
      CHECK(all[other - 120]->pid == (other == byte ? -1 : 0));
    }
    file.unlock(byte);
  }
}

TEST_CASE("locks: first and last byte of each range of the database -> that lock alone") {
  struct Expected {
    off_t byte;
    bool pending, reserved, shared;
  };
  constexpr off_t kPending = 0x40000000;
  LockedFile file;
  for (const Expected& expected :
       {Expected{kPending - 1, false, false, false}, Expected{kPending, true, false, false},
        Expected{kPending + 1, false, true, false}, Expected{kPending + 2, false, false, true},
        Expected{kPending + 511, false, false, true},
        Expected{kPending + 512, false, false, false}}) {
    CAPTURE(expected.byte);
    file.lock(expected.byte);
    const auto locks = query_database_locks(open_file(file.path).get());
    REQUIRE(locks.ok());
    CHECK(locks->pending.held() == expected.pending);
    CHECK(locks->reserved.held() == expected.reserved);
    CHECK(locks->shared.held() == expected.shared);
    file.unlock(expected.byte);
  }
}

TEST_CASE("locks: a descriptor that is not open -> error") {
  CHECK(query_database_locks(-1).error().kind == ErrorKind::kInternal);
  CHECK(query_wal_index_locks(-1).error().kind == ErrorKind::kInternal);
}
