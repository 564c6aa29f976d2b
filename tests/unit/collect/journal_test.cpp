#include <memory>

#include "catch.h"
#include "scene.h"

namespace litewatch {
namespace {

/// More pages than the cache holds, changed in one transaction: SQLite spills into the file.
constexpr const char* kFill =
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c LIMIT 200) "
    "INSERT INTO t SELECT zeroblob(2000) FROM c";
constexpr const char* kSpill = "PRAGMA cache_size=5; BEGIN; UPDATE t SET a = randomblob(2000)";

}  // namespace

TEST_CASE("journal: a writer killed after it spilled -> hot until somebody opens the database") {
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "delete");
  app->exec(kFill);
  app->exec(kSpill);
  scene.scrape();
  CHECK(scene.of("sqlite_journal_size_bytes") > 100'000);
  CHECK(scene.of("sqlite_hot_journal") == 0);  // its writer lives

  (*app)->kill9();
  scene.scrape();
  CHECK(scene.of("sqlite_hot_journal") == 1);
  CHECK(scene.found("hot_journal"));
  CHECK(scene.of("sqlite_journal_size_bytes") > 100'000);
  CHECK(scene.of("sqlite_file_truncated") == 0);

  SqliteChild rescuer;
  rescuer.must("open " + scene.path());
  CHECK(rescuer.must("query PRAGMA integrity_check") == "ok");
  scene.scrape();
  CHECK(scene.of("sqlite_hot_journal") == 0);
  CHECK(scene.of("sqlite_journal_size_bytes") == 0);
  CHECK_FALSE(scene.found("hot_journal"));
}

TEST_CASE("journal: of every other kind, idle, at work or after a crash -> never hot") {
  const std::string mode = GENERATE(as<std::string>(), "persist", "truncate", "memory", "off");
  INFO(mode);
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), mode);
  app->exec(kFill);
  scene.scrape();
  CHECK(scene.of("sqlite_hot_journal") == 0);
  CHECK((scene.of("sqlite_journal_size_bytes") > 0) == (mode == "persist"));
  app->exec("BEGIN; INSERT INTO t VALUES(1)");
  scene.scrape();
  CHECK(scene.of("sqlite_hot_journal") == 0);
  CHECK(scene.lock("reserved") == 1);
  app->exec("COMMIT");
  (*app)->kill9();
  scene.scrape();
  CHECK(scene.of("sqlite_hot_journal") == 0);
  CHECK(scene.of("sqlite_database_open") == 0);
}

TEST_CASE("journal: killed before anything was spilled -> nothing to roll back") {
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "delete");
  app->exec("BEGIN; INSERT INTO t VALUES(1)");
  (*app)->kill9();
  scene.scrape();
  CHECK(scene.of("sqlite_hot_journal") == 0);  // its header is still zero
  CHECK(scene.of("sqlite_journal_size_bytes") >= 512);
}

TEST_CASE("journal: WAL, committed, killed -> recovery is pending until somebody opens it") {
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "wal");
  app->insert(4);
  scene.scrape();
  CHECK(scene.of("sqlite_recovery_pending") == 0);
  (*app)->kill9();
  scene.scrape();
  CHECK(scene.of("sqlite_recovery_pending") == 1);
  CHECK(scene.found("recovery_pending"));
  CHECK(scene.of("sqlite_wal_frames") == 6);
  CHECK(scene.of("sqlite_database_open") == 0);
  CHECK(scene.watch().row("db").why.find("6 frames wait") != std::string::npos);

  SqliteChild rescuer;
  rescuer.must("open " + scene.path());
  CHECK(rescuer.must("query SELECT count(*) FROM t") == "4");
  scene.scrape();
  CHECK(scene.of("sqlite_recovery_pending") == 0);
  CHECK(scene.of("sqlite_wal_frames") == 6);
  rescuer.quit();
  scene.scrape();
  CHECK(scene.of("sqlite_recovery_pending") == 0);
  CHECK(scene.of("sqlite_wal_size_bytes") == 0);
}

TEST_CASE("journal: WAL, all copied, killed -> nothing waits") {
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "wal");
  app->insert(4);
  app->exec("PRAGMA wal_checkpoint(PASSIVE)");
  (*app)->kill9();
  scene.scrape();
  CHECK(scene.of("sqlite_wal_size_bytes") > 32);
  CHECK(scene.of("sqlite_recovery_pending") == 0);
}

TEST_CASE("journal: WAL with nothing in it but garbage -> nothing waits") {
  Scene scene;
  App app(scene.path(), "wal");
  app.insert();
  const std::string header = read_file(scene.path() + "-wal").substr(0, 32);
  app->quit();
  write_file(scene.path() + "-wal", header + std::string(3 * 4120, '\x5a'));
  scene.scrape();
  CHECK(scene.of("sqlite_recovery_pending") == 0);
  CHECK(scene.of("sqlite_wal_frames") == 0);
}

TEST_CASE("journal: WAL, killed, -shm of three bytes or none -> recovery is pending all the same") {
  const bool three_bytes = GENERATE(true, false);
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "wal");
  app->insert(4);
  (*app)->kill9();
  remove_file(scene.path() + "-shm");
  if (three_bytes) write_file(scene.path() + "-shm", std::string(3, '\0'));
  scene.scrape();
  CHECK(scene.of("sqlite_recovery_pending") == 1);
  CHECK(scene.of("sqlite_wal_frames") == 6);
  CHECK(scene.of("sqlite_up") == 1);
  CHECK(scene.of("sqlite_read_errors_total", "op=\"wal_index\"") == 0);
}

}  // namespace litewatch
