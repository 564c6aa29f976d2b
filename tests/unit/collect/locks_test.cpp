#include <cmath>
#include <memory>

#include "base/clock.h"
#include "catch.h"
#include "scene.h"

namespace litewatch {

TEST_CASE("locks: BEGIN IMMEDIATE -> the write lock is held and its age grows until COMMIT") {
  const std::string mode = GENERATE(as<std::string>(), "wal", "delete");
  Scene scene;
  App app(scene.path(), mode);
  scene.scrape();
  CHECK(scene.lock("write") == 0);
  app.exec("BEGIN IMMEDIATE");
  scene.scrape();
  CHECK(scene.lock("write") == 1);
  CHECK(scene.lock("reserved") == (mode == "wal" ? 0 : 1));
  double age_s = 0;
  for (int i = 0; i < 3; ++i) {
    pause_ms(10);
    scene.scrape();
    CHECK(scene.of("sqlite_write_lock_held_seconds") >= age_s + 0.01);
    age_s = scene.of("sqlite_write_lock_held_seconds");
  }
  app.exec("INSERT INTO t VALUES(1); COMMIT; BEGIN IMMEDIATE");
  scene.scrape();
  CHECK(scene.lock("write") == 1);
  CHECK(scene.of("sqlite_write_lock_held_seconds") == 0);  // another transaction, another age
  app.exec("COMMIT");
  scene.scrape();
  CHECK(scene.lock("write") == 0);
  CHECK(scene.of("sqlite_write_lock_held_seconds") == 0);
}

TEST_CASE("locks: a write transaction past its objective -> the finding says for how long") {
  SqliteObjectives objectives = Scene::no_objectives();
  objectives.write_lock_held_s = 0.005;
  Scene scene(objectives);
  App app(scene.path(), "wal");
  app.exec("BEGIN IMMEDIATE");
  scene.scrape();
  CHECK_FALSE(scene.found("write_lock_stuck"));
  pause_ms(20);
  scene.scrape();
  CHECK(scene.found("write_lock_stuck"));
  CHECK(scene.watch().row("db").state == "a write transaction is stuck");
}

TEST_CASE("locks: WAL mode -> shared while open, the rollback names as well") {
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "wal");
  scene.scrape();
  CHECK(scene.of("sqlite_database_open") == 1);
  CHECK(scene.lock("shared") == 1);
  for (const char* name : {"write", "checkpoint", "recover", "read0", "reserved", "pending"}) {
    INFO(name);
    CHECK(scene.lock(name) == 0);
  }
  (*app)->quit();
  scene.scrape();
  CHECK(scene.of("sqlite_database_open") == 0);
  CHECK(scene.lock("shared") == 0);
  CHECK_FALSE(scene.has("sqlite_lock_held", "lock=\"write\""));  // no wal-index, no such lock
  CHECK(scene.of("sqlite_recovery_pending") == 0);
}

TEST_CASE("locks: rollback mode -> held only within transactions") {
  Scene scene;
  App app(scene.path(), "delete");
  app.insert();
  scene.scrape();
  CHECK(scene.of("sqlite_database_open") == 0);
  CHECK_FALSE(scene.has("sqlite_lock_held", "lock=\"checkpoint\""));

  SqliteChild reader;
  reader.must("open " + scene.path());
  reader.must("step SELECT * FROM t, (SELECT 1 UNION SELECT 2)");
  scene.scrape();
  CHECK(scene.of("sqlite_database_open") == 1);
  CHECK(scene.lock("shared") == 1);
  CHECK(scene.lock("pending") == 0);

  // The commit waits for the reader and keeps new ones out.
  app.exec("PRAGMA busy_timeout=0; BEGIN IMMEDIATE; INSERT INTO t VALUES(1)");
  CHECK(app->send("exec COMMIT").starts_with("err 5 "));
  scene.scrape();
  CHECK(scene.lock("pending") == 1);
  CHECK(scene.lock("write") == 1);
  CHECK(scene.of("sqlite_hot_journal") == 0);
  reader.must("reset");
  app.exec("COMMIT");
  scene.scrape();
  CHECK(scene.lock("pending") == 0);
  CHECK(scene.of("sqlite_database_open") == 0);
}

TEST_CASE("locks: checkpoint and recover -> seen by their bytes") {
  Scene scene;
  App app(scene.path(), "wal");
  SqliteChild hand;
  const auto [name, byte] =
      GENERATE(table<std::string, int>({{"checkpoint", 121}, {"recover", 122}}));
  hand.must("lock " + scene.path() + "-shm " + std::to_string(byte) + " 1 write");
  scene.scrape();
  CHECK(scene.lock("checkpoint") == (name == "checkpoint" ? 1 : 0));
  CHECK(scene.lock("recover") == (name == "recover" ? 1 : 0));
  hand.must("lock " + scene.path() + "-shm " + std::to_string(byte) + " 1 none");
  scene.scrape();
  CHECK(scene.lock(name) == 0);
}

TEST_CASE("locks: exclusive mode in WAL without a wal-index -> told after a second look") {
  Scene scene;
  App app(scene.path(), "wal", "PRAGMA locking_mode=EXCLUSIVE");
  app.insert(3);
  scene.scrape();
  CHECK(scene.of("sqlite_exclusive_mode") == 0);
  scene.scrape();
  CHECK(scene.of("sqlite_exclusive_mode") == 1);
  CHECK(scene.of("sqlite_database_open") == 1);
  CHECK(scene.of("sqlite_sidecar_missing") == 0);
  CHECK(scene.of("sqlite_recovery_pending") == 0);
  CHECK(scene.of("sqlite_file_truncated") == 0);
  CHECK(scene.of("sqlite_wal_frames") == 5);
  CHECK(scene.of("sqlite_wal_live_bytes") == 32 + 5 * 4120);
  CHECK_FALSE(scene.has("sqlite_wal_backfilled_frames"));
  CHECK_FALSE(scene.has("sqlite_wal_reader_slots_in_use"));
  app->quit();
  scene.scrape();
  CHECK(scene.of("sqlite_exclusive_mode") == 0);
}

TEST_CASE("locks: exclusive mode with a rollback journal -> told") {
  Scene scene;
  App app(scene.path(), "delete", "PRAGMA locking_mode=EXCLUSIVE");
  app.insert();
  scene.scrape();
  scene.scrape();
  CHECK(scene.of("sqlite_exclusive_mode") == 1);
  CHECK(scene.of("sqlite_hot_journal") == 0);
}

TEST_CASE("locks: exclusive mode with a rollback journal -> each commit is another transaction") {
  Scene scene;
  App app(scene.path(), "delete", "PRAGMA locking_mode=EXCLUSIVE");
  app.insert();
  scene.scrape();
  pause_ms(20);
  scene.scrape();
  const double idle_s = scene.of("sqlite_write_lock_held_seconds");
  CHECK(idle_s >= 0.02);  // it looks like BEGIN EXCLUSIVE
  app.insert();
  scene.scrape();
  CHECK(scene.of("sqlite_write_lock_held_seconds") < idle_s);
}

TEST_CASE("locks: the sampler -> counts how often a lock was held") {
  SqliteLimits limits = quiet_limits();
  limits.lock_samples_per_s = 500;
  Scene scene(Scene::no_objectives(), limits);
  App app(scene.path(), "wal");
  app.exec("BEGIN IMMEDIATE");
  const double deadline_s = monotonic_s() + 10;
  do {
    pause_ms(5);
    scene.scrape();
  } while (!(scene.of("sqlite_lock_samples_total") >= 20) && monotonic_s() < deadline_s);
  const auto held = [&](const std::string& name) {
    return scene.of("sqlite_lock_held_samples_total", "lock=\"" + name + "\"");
  };
  CHECK(scene.of("sqlite_lock_samples_total") >= 20);
  CHECK(held("write") == scene.of("sqlite_lock_samples_total"));
  CHECK(held("shared") == scene.of("sqlite_lock_samples_total"));
  CHECK(held("checkpoint") == 0);
  CHECK(scene.of("sqlite_write_lock_held_seconds") > 0);

  app.exec("ROLLBACK");
  scene.scrape();
  const double so_far = held("write");
  const double samples = scene.of("sqlite_lock_samples_total");
  while (!(scene.of("sqlite_lock_samples_total") >= samples + 5) && monotonic_s() < deadline_s) {
    pause_ms(5);
    scene.scrape();
  }
  CHECK(scene.of("sqlite_lock_samples_total") >= samples + 5);
  CHECK(held("write") == so_far);
}

}  // namespace litewatch
