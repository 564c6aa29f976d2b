// What litewatch may not do, and what may happen to it: no rights, files that move under its feet,
// a busy app. And it leaves nothing behind.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <thread>

#include "sqlite_reading.h"

using namespace litewatch;

namespace {

/// Runs it in a child process that has no rights; true where it says so.
bool as_nobody(const std::function<bool()>& holds) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::setgid(65534) == 0 && ::setuid(65534) == 0;
    ::_exit(dropped && holds() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

SqliteReading reading_of(const std::string& path) {
  const auto reading = read_sqlite_database(SqlitePaths(path), SqliteReadOptions());
  return reading ? *reading : SqliteReading();
}

bool denied(const std::optional<Error>& error) {
  return error && error->kind == ErrorKind::kDenied && error->errnum == EACCES;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    count += entry.path().empty() ? 0 : 1;
  }
  return count;
}

/// Name, inode, size, times and content of all files in a folder.
std::map<std::string, std::string> snapshot(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    struct stat st;
    REQUIRE(::stat(entry.path().c_str(), &st) == 0);
    std::ifstream in(entry.path(), std::ios::binary);
    files[entry.path().filename()] =
        std::to_string(st.st_ino) + " " + std::to_string(st.st_mtim.tv_sec) + "." +
        std::to_string(st.st_mtim.tv_nsec) + " " + std::to_string(st.st_ctim.tv_nsec) + "\n" +
        std::string(std::istreambuf_iterator<char>(in), {});
  }
  return files;
}

}  // namespace

TEST_CASE("no rights: on the database -> denied") {
  WatchedApp app("CREATE TABLE t(a)");
  REQUIRE(::chmod(app.folder.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(app.path.c_str(), 0600) == 0);
  CHECK(as_nobody([&] {
    const auto reading = read_sqlite_database(SqlitePaths(app.path), SqliteReadOptions());
    return !reading.ok() && denied(reading.error()) && reading.error().path == app.path;
  }));
  REQUIRE(::chmod(app.path.c_str(), 0644) == 0);
  CHECK(as_nobody([&] { return reading_of(app.path).header.has_value(); }));
}

TEST_CASE("no rights: on the sidecars -> each is denied, stat and the rest are there") {
  WatchedApp app("PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
  REQUIRE(::chmod(app.folder.path().c_str(), 0755) == 0);
  REQUIRE(::chmod((app.path + "-wal").c_str(), 0600) == 0);
  REQUIRE(::chmod((app.path + "-shm").c_str(), 0600) == 0);
  CHECK(as_nobody([&] {
    const SqliteReading reading = reading_of(app.path);
    return denied(error_of(reading, SqliteOp::kWal)) &&
           denied(error_of(reading, SqliteOp::kWalIndex)) && reading.wal_file &&
           reading.wal_file->size_bytes > 0 && reading.shm_file && reading.main_header &&
           reading.locks && reading.locks->shared.held() && !reading.header;
  }));
  // The wal-index alone is denied: the WAL itself still tells.
  REQUIRE(::chmod((app.path + "-wal").c_str(), 0644) == 0);
  CHECK(as_nobody([&] {
    const SqliteReading reading = reading_of(app.path);
    return denied(error_of(reading, SqliteOp::kWalIndex)) && reading.header &&
           reading.pages() == 2 && reading.wal_frames() > 0;
  }));
  // The WAL alone is denied: page 1 is in it, so nobody can tell the header.
  REQUIRE(::chmod((app.path + "-wal").c_str(), 0600) == 0);
  REQUIRE(::chmod((app.path + "-shm").c_str(), 0644) == 0);
  CHECK(as_nobody([&] {
    const SqliteReading reading = reading_of(app.path);
    return !reading.header && reading.wal_index_in_use() && reading.pages() == 2;
  }));
}

TEST_CASE("no rights: on the journal -> denied, its size is known") {
  WatchedApp app("PRAGMA journal_mode=PERSIST; CREATE TABLE t(a)");
  REQUIRE(::chmod(app.folder.path().c_str(), 0755) == 0);
  REQUIRE(::chmod((app.path + "-journal").c_str(), 0600) == 0);
  CHECK(as_nobody([&] {
    const SqliteReading reading = reading_of(app.path);
    return denied(error_of(reading, SqliteOp::kJournal)) && reading.journal_file && reading.header;
  }));
}

TEST_CASE("a file that shrinks and grows while it is read -> never worse than an answer") {
  TempDir folder;
  const std::string path = folder.file("app.db");
  WatchedApp source(
      "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(a); "
      "INSERT INTO t VALUES(zeroblob(100000))");
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::copy_file(source.path + suffix, path + suffix);
  }
  std::atomic<bool> stop = false;
  std::thread vandal([&] {
    const std::uintmax_t sizes[] = {0, 3, 31, 100, 140, 4096, 40000, 200000};
    for (std::size_t i = 0; !stop; ++i) {
      const char* suffix = i % 3 == 0 ? "" : i % 3 == 1 ? "-wal" : "-shm";
      std::error_code ignored;
      std::filesystem::resize_file(path + suffix, sizes[i / 3 % 8], ignored);
      if (i % 5 == 0) {
        std::filesystem::copy_file(source.path + suffix, path + suffix,
                                   std::filesystem::copy_options::overwrite_existing, ignored);
      }
    }
  });
  int answers = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto reading = read_sqlite_database(SqlitePaths(path), SqliteReadOptions());
    answers += reading.ok() && reading->exists ? 1 : 0;
  }
  stop = true;
  vandal.join();
  CHECK(answers == 3000);
}

TEST_CASE("a busy app -> every header is of one commit, in every journal mode") {
  for (const std::string mode : {"wal", "delete", "truncate", "persist"}) {
    CAPTURE(mode);
    WatchedApp app("PRAGMA journal_mode=" + mode +
                   "; PRAGMA wal_autocheckpoint=7; "
                   "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    // Each transaction sets two fields to the same number; some leave page 1 alone, in WAL mode.
    std::string sql = "SELECT 1";
    for (int i = 1; i <= 1500; ++i) {
      const std::string n = std::to_string(i);
      sql += ";BEGIN;PRAGMA user_version=" + n + ";PRAGMA application_id=" + n + ";COMMIT";
      if (i % 3 == 0) sql += ";UPDATE t SET a=a+1;UPDATE t SET a=a+1";
    }
    std::atomic<bool> done = false;
    std::thread writer([&] {
      app.child.send("exec " + sql);
      done = true;
    });
    int torn = 0;
    int back = 0;
    int readings = 0;
    int headers = 0;
    int last = 0;
    while (!done) {
      const auto reading = read_sqlite_database(SqlitePaths(app.path), SqliteReadOptions());
      ++readings;
      if (!reading.ok() || !reading->header) continue;
      ++headers;
      torn += reading->header->user_version != reading->header->application_id ? 1 : 0;
      back += reading->header->user_version < last ? 1 : 0;
      last = reading->header->user_version;
    }
    writer.join();
    CAPTURE(readings, headers, last);
    CHECK(torn == 0);
    CHECK(back == 0);
    CHECK(headers > 100);
    CHECK(headers > readings * 99 / 100);
    CHECK(app.read().header->user_version == 1500);
  }
}

TEST_CASE("reading -> no file changed, none made, no descriptor left, no lock in the way") {
  for (const std::string mode : {"wal", "delete"}) {
    WatchedApp app("PRAGMA journal_mode=" + mode + "; CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    const auto before = snapshot(app.folder.path());
    const std::size_t descriptors = open_descriptors();
    for (int i = 0; i < 10; ++i) app.read();
    CHECK(snapshot(app.folder.path()) == before);
    CHECK(open_descriptors() == descriptors);
    app.exec("BEGIN EXCLUSIVE; INSERT INTO t VALUES(2); COMMIT");
  }
}
