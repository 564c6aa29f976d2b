#include "read/proc_locks.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "catch.h"
#include "sqlite_bytes.h"
#include "support/sqlite_child.h"
#include "support/temp_dir.h"

using namespace litewatch;

namespace {

ProcLock one(std::string_view line) {
  const auto locks = parse_proc_locks(line);
  REQUIRE(locks.size() == 1);
  return locks[0];
}

/// A procfs with one process 7.
struct Procfs {
  TempDir folder;
  Procfs() { std::filesystem::create_directory(folder.file("7")); }
  void put(const std::string& name, std::string_view content) {
    write_file(folder.file("7/" + name), content);
  }
  std::string command() const { return read_command(folder.path(), 7); }
};

}  // namespace

TEST_CASE("proc_locks: a POSIX lock -> every field") {
  const ProcLock lock = one("1: POSIX  ADVISORY  READ 2105 fd:0a:1234 1073741826 1073742335\n");
  CHECK(lock.mode == LockMode::kRead);
  CHECK(lock.posix);
  CHECK_FALSE(lock.waiting);
  CHECK(lock.pid == 2105);
  CHECK(lock.major == 0xfd);
  CHECK(lock.minor == 0x0a);
  CHECK(lock.inode == 1234);
  CHECK(lock.start == 1073741826);
  CHECK(lock.end == 1073742335);
}

TEST_CASE("proc_locks: waiting, other kinds, EOF -> as they are") {
  const ProcLock waiting = one("7: -> POSIX  ADVISORY  WRITE 9 08:01:5 0 EOF");
  CHECK(waiting.waiting);
  CHECK(waiting.posix);
  CHECK(waiting.mode == LockMode::kWrite);
  CHECK(waiting.end == UINT64_MAX);
  CHECK(one("7:   -> POSIX  ADVISORY  WRITE 9 08:01:5 0 1").waiting);
  const ProcLock ofd = one("2: OFDLCK ADVISORY  WRITE -1 08:01:5 120 120");
  CHECK_FALSE(ofd.posix);
  CHECK(ofd.pid == -1);
  CHECK_FALSE(one("3: FLOCK  ADVISORY  WRITE 1 00:17:8 0 EOF").posix);
  CHECK(one("4: LEASE  ACTIVE    NONE 1 00:17:8 0 EOF").mode == LockMode::kNone);
}

TEST_CASE("proc_locks: empty, malformed, truncated, overflowing lines -> skipped") {
  CHECK(parse_proc_locks("").empty());
  CHECK(parse_proc_locks("1:\n2: POSIX\n").empty());
  CHECK(parse_proc_locks("1: POSIX ADVISORY READ 5 <none>:0 0 EOF\n").empty());
  CHECK(parse_proc_locks("1: POSIX ADVISORY READ 5 08:01:1234 0\n").empty());
  CHECK(parse_proc_locks("1: POSIX ADVISORY READ x 08:01:1234 0 1\n").empty());
  CHECK(parse_proc_locks("1: POSIX ADVISORY READ 99999999999 08:01:1234 0 1\n").empty());
  CHECK(parse_proc_locks("1: POSIX ADVISORY READ 5 08:01:99999999999999999999 0 1\n").empty());
  CHECK(parse_proc_locks("1: POSIX ADVISORY READ 5 08:zz:1234 0 1\n").empty());
}

TEST_CASE("read_proc_locks: the locks of a live app -> listed under its pid") {
  TempDir folder;
  SqliteChild app;
  app.must("open " + folder.file("app.db"));
  app.must("exec CREATE TABLE t(a); BEGIN IMMEDIATE");
  struct stat st;
  REQUIRE(::stat(folder.file("app.db").c_str(), &st) == 0);

  const auto locks = read_proc_locks("/proc/locks");
  REQUIRE(locks.ok());
  const bool reserved = std::any_of(locks->begin(), locks->end(), [&](const ProcLock& lock) {
    return lock.posix && lock.pid == app.pid() && lock.inode == st.st_ino &&
           lock.mode == LockMode::kWrite && lock.start == 0x40000001 && lock.end == 0x40000001;
  });
  CHECK(reserved);
  CHECK(read_proc_locks("/nonexistent/locks").error().errnum == ENOENT);
}

TEST_CASE("read_command: arguments -> joined; nothing there -> comm, or empty") {
  Procfs procfs;
  CHECK(procfs.command().empty());
  procfs.put("comm", "kworker/0:1\n");
  CHECK(procfs.command() == "[kworker/0:1]");
  procfs.put("cmdline", "");
  CHECK(procfs.command() == "[kworker/0:1]");
  procfs.put("cmdline", std::string_view("node\0server.js\0", 15));
  CHECK(procfs.command() == "node server.js");
  CHECK(read_command("/proc", ::getpid()).find("unit_read") != std::string::npos);
  CHECK(read_command(procfs.folder.path(), 8).empty());
}

TEST_CASE("read_command: control characters, long, cut within a character -> readable") {
  Procfs procfs;
  procfs.put("cmdline", "a\nb\x1b[31mc\x7f");
  CHECK(procfs.command() == "a?b?[31mc?");
  procfs.put("cmdline", std::string(500, 'x'));
  CHECK(procfs.command() == std::string(200, 'x'));
  procfs.put("cmdline", std::string(199, 'x') + "\xc3\xa9" + "yyy");
  CHECK(procfs.command() == std::string(199, 'x'));
}
