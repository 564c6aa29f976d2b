#include "read/sqlite_shm_writers.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "read/sqlite_state.h"
#include "sqlite_reading.h"

namespace litewatch {
namespace {

struct App : WatchedApp {
  App() : WatchedApp("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)") {}

  void drop_locks(const std::string& sidecar) { child.must("drop-locks " + path + sidecar); }
  SqliteReading look(const std::string& procfs = "/proc") const {
    SqliteReading reading = read();
    SqliteShmWriters writers(procfs);
    look_for_unlocked_writer(SqlitePaths(path), writers, reading);
    return reading;
  }
};

}  // namespace

TEST_CASE("shm writers: an app with its locks -> nobody, and it is open") {
  const App app;
  CHECK_FALSE(app.look().unlocked_writer);
  CHECK(database_open(app.look()));
}

TEST_CASE("shm writers: locks lost on the wal-index, alone or with the file's -> the app") {
  const bool both = GENERATE(false, true);
  App app;
  const auto frames = wal_frames(app.read());
  app.drop_locks("-shm");
  if (both) app.drop_locks("");
  const SqliteReading reading = app.look();
  CHECK(reading.unlocked_writer == app.child.pid());
  CHECK(looks_locks_lost(reading));
  CHECK(database_open(reading));
  CHECK_FALSE(recovery_pending(reading));
  CHECK(wal_frames(reading) == frames);
}

TEST_CASE("shm writers: the app was killed -> nobody; it waits for recovery") {
  App app;
  app.child.kill9();
  const SqliteReading reading = app.look();
  CHECK_FALSE(reading.unlocked_writer);
  CHECK_FALSE(looks_locks_lost(reading));
  CHECK(recovery_pending(reading));
}

TEST_CASE("shm writers: who has the -shm file open only to read it -> nobody") {
  App app;
  app.child.kill9();
  const Fd reader(::open((app.path + "-shm").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK_FALSE(app.look().unlocked_writer);
  const Fd writer(::open((app.path + "-shm").c_str(), O_RDWR | O_CLOEXEC));
  CHECK(app.look().unlocked_writer == ::getpid());
}

TEST_CASE("shm writers: another file of the same name -> nobody") {
  App app;
  app.child.kill9();
  const TempDir elsewhere;
  const Fd other(::open(elsewhere.file("app.db-shm").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  CHECK_FALSE(app.look().unlocked_writer);
}

TEST_CASE("shm writers: no /proc to look into -> nobody is known") {
  App app;
  app.drop_locks("-shm");
  app.drop_locks("");
  const SqliteReading reading = app.look("/no/such/procfs");
  CHECK_FALSE(reading.unlocked_writer);
  CHECK(recovery_pending(reading));
}

}  // namespace litewatch
