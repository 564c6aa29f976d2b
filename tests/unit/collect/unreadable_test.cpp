#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <span>

#include "catch.h"
#include "scene.h"

namespace litewatch {
namespace {

/// A watched path that cannot be a database: it says so and nothing else happens.
void check_unreadable(Scene& scene, std::string_view why) {
  for (int i = 1; i <= 2; ++i) {
    scene.scrape();
    CHECK(scene.of("sqlite_up") == 0);
    CHECK(scene.watch().unhealthy("unreadable") == 1);
    CHECK(scene.of("sqlite_read_errors_total", "op=\"database\"") == i);
    CHECK_FALSE(scene.has("sqlite_database_size_bytes"));
    CHECK_FALSE(scene.has("sqlite_last_read_timestamp_seconds"));
    INFO(scene.watch().row("db").why);
    CHECK(scene.watch().row("db").why.find(why) != std::string::npos);
    CHECK(scene.watch().row("db").health == Health::kCritical);
  }
}

/// Whether this process may become another user, as run_as_nobody() has to.
bool may_become_nobody() {
  if (::geteuid() == 0) return true;
  WARN("needs root to become another user");
  return false;
}

/// The database of an app that runs, in a folder that every user may look into.
struct SharedApp {
  SharedApp() : path(folder.file("app.db")), app(path, "wal") {
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    app.insert();
  }
  void hide(std::string_view suffix) const {
    REQUIRE(::chmod((path + std::string(suffix)).c_str(), 0600) == 0);
  }

  TempDir folder;
  std::string path;
  App app;
};

/// Runs `body` in a process of another user, before it has threads; its exit code says how it went.
template <class Body>
int run_as_nobody(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool changed = ::setgid(65534) == 0 && ::setuid(65534) == 0;
    ::_exit(changed ? body() : 99);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

SqliteFleet::Options options_for(const std::string& path) {
  SqliteFleet::Options options;
  options.targets = {file_target("db", path)};
  options.limits = quiet_limits();
  return options;
}

}  // namespace

TEST_CASE("unreadable: a FIFO in place of the database -> not opened for long, and said so") {
  Scene scene;
  REQUIRE(::mkfifo(scene.path().c_str(), 0600) == 0);
  check_unreadable(scene, "not a regular file");
}

TEST_CASE("unreadable: a directory in place of the database -> said so") {
  Scene scene;
  std::filesystem::create_directory(scene.path());
  check_unreadable(scene, "a directory, not a file");
  CHECK(scene.watch().row("db").next.find("discovery:") != std::string::npos);
}

TEST_CASE("unreadable: a link that leads to itself -> said so") {
  Scene scene;
  std::filesystem::create_symlink(scene.path(), scene.path());
  check_unreadable(scene, "cannot open");
}

TEST_CASE("unreadable: no such file -> missing, until it is there") {
  Scene scene;
  scene.scrape();
  CHECK(scene.of("sqlite_up") == 0);
  CHECK(scene.watch().unhealthy("missing") == 1);
  CHECK(scene.watch().unhealthy("unreadable") == 0);
  CHECK(scene.watch().row("db").why == "There is no such file.");
  CHECK_FALSE(scene.has("sqlite_last_read_timestamp_seconds"));
  App app(scene.path(), "wal");
  scene.scrape();
  CHECK(scene.of("sqlite_up") == 1);
  CHECK(scene.watch().unhealthy("missing") == 0);
  CHECK(scene.of("sqlite_file_replaced_total") == 0);
}

TEST_CASE("unreadable: no folder either -> missing") {
  Scene scene;
  SqliteFleet::Options options = options_for(scene.file("no/such/folder/app.db"));
  Watch watch(options);
  watch.scrape();
  CHECK(watch.of("db", "sqlite_up") == 0);
  CHECK(watch.unhealthy("missing") == 1);
}

TEST_CASE("unreadable: a FIFO or a directory in place of a sidecar -> partly unreadable") {
  const bool fifo = GENERATE(true, false);
  Scene scene;
  App app(scene.path(), "wal");
  app->quit();
  const std::string wal = scene.path() + "-wal";
  if (fifo) {
    REQUIRE(::mkfifo(wal.c_str(), 0600) == 0);
  } else {
    std::filesystem::create_directory(wal);
  }
  scene.scrape();
  CHECK(scene.of("sqlite_up") == 1);
  CHECK(scene.of("sqlite_header_valid") == 1);
  CHECK(scene.watch().unhealthy("partly_unreadable") == 1);
  CHECK(scene.of("sqlite_read_errors_total", "op=\"wal\"") == 1);
  CHECK(scene.of("sqlite_database_size_bytes") > 0);
}

TEST_CASE("unreadable: sidecars not for our eyes -> what they hold is absent, never 0") {
  if (!may_become_nobody()) return;
  const SharedApp shared;
  for (const char* sidecar : {"-wal", "-shm"}) shared.hide(sidecar);
  const int outcome = run_as_nobody([&] {
    Watch watch(options_for(shared.path));
    watch.scrape();
    int number = 1;
    for (const char* absent : {"sqlite_wal_frames", "sqlite_wal_live_bytes",
                               "sqlite_wal_checkpoint_lag_bytes", "sqlite_wal_reader_slots_in_use",
                               "sqlite_posix_locks_lost", "sqlite_write_lock_held_seconds"}) {
      if (watch.has("db", absent)) return number;
      ++number;
    }
    if (watch.has("db", "sqlite_lock_held_samples_total", "lock=\"write\"")) return number;
    const StatusRow& row = watch.row("db");
    if (row.state != "partly unreadable") return 20;
    for (const StatusCell& cell : std::span(row.cells).first(row.cell_count)) {
      const bool hidden =
          cell.title == "WAL" || cell.title == "checkpoint lag" || cell.title == "readers";
      if (std::isnan(cell.value) != (hidden || cell.title == "oldest reader")) return 21;
    }
    return watch.of("db", "sqlite_sidecar_missing") == 0 ? 0 : 22;  // stat sees that they are there
  });
  CHECK(outcome == 0);
}

TEST_CASE("unreadable: not for our eyes -> denied, as another user") {
  if (!may_become_nobody()) return;
  const SharedApp shared;
  const std::string hidden = GENERATE(as<std::string>(), "", "-shm");
  shared.hide(hidden);
  const int outcome = run_as_nobody([&] {
    Watch watch(options_for(shared.path));
    watch.scrape();
    if (hidden.empty()) {
      if (watch.of("db", "sqlite_up") != 0) return 1;
      if (watch.unhealthy("unreadable") != 1) return 2;
      return watch.row("db").why.find("Permission denied") != std::string::npos ? 0 : 3;
    }
    if (watch.of("db", "sqlite_up") != 1) return 4;
    if (watch.unhealthy("partly_unreadable") != 1) return 5;
    if (watch.of("db", "sqlite_database_open") != 1) return 6;
    if (watch.unhealthy("sidecar_missing") != 0) return 7;
    return watch.has("db", "sqlite_wal_size_bytes") ? 0 : 8;
  });
  CHECK(outcome == 0);
}

}  // namespace litewatch
