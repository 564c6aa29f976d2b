#include <memory>

#include "catch.h"
#include "scene.h"

namespace litewatch {
namespace {

/// Follows a counter: what it has grown by since the last look, which must not be negative.
class Growth {
 public:
  Growth(Scene& scene, std::string metric) : scene_(scene), metric_(std::move(metric)) {}

  double look() {
    scene_.scrape();
    const double value = scene_.of(metric_);
    REQUIRE(value >= last_);
    return value - std::exchange(last_, value);
  }

 private:
  Scene& scene_;
  const std::string metric_;
  double last_ = 0;
};

}  // namespace

TEST_CASE("transactions: any journal mode -> one per commit, none for a read or a rollback") {
  const std::string mode = GENERATE(as<std::string>(), "wal", "delete", "persist", "truncate");
  CAPTURE(mode);
  Scene scene;
  App app(scene.path(), mode);
  Growth transactions(scene, "sqlite_write_transactions_total");
  CHECK(transactions.look() == 0);  // counted from the first look on
  app.insert(5);
  CHECK(transactions.look() == 5);
  app.exec("BEGIN; INSERT INTO t VALUES(1); INSERT INTO t VALUES(2); COMMIT");
  CHECK(transactions.look() == 1);
  app.exec("SELECT count(*) FROM t; BEGIN; INSERT INTO t VALUES(3); ROLLBACK");
  CHECK(transactions.look() == 0);
}

TEST_CASE("transactions: WAL checkpoints and resets -> the count goes on") {
  Scene scene;
  App app(scene.path(), "wal");
  Growth transactions(scene, "sqlite_write_transactions_total");
  transactions.look();
  app.insert(3);
  app.exec("PRAGMA wal_checkpoint(RESTART)");
  app.insert(2);
  CHECK(transactions.look() == 5);
  app.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK(transactions.look() == 0);
  app.insert(4);
  CHECK(transactions.look() == 4);
}

TEST_CASE("transactions: crash and recovery -> the count goes on, also past where it was") {
  const int after = GENERATE(1, 20);
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "wal");
  Growth transactions(scene, "sqlite_write_transactions_total");
  transactions.look();
  app->insert(5);
  CHECK(transactions.look() == 5);
  app->insert(2);
  (*app)->kill9();
  CHECK(transactions.look() == 2);  // the dead wal-index still tells
  App next(scene.path(), "wal");
  next.insert(after);
  CHECK(transactions.look() == after);
  next.insert(3);
  CHECK(transactions.look() == 3);
}

TEST_CASE("transactions: crash and recovery between two looks -> never fewer") {
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "wal");
  Growth transactions(scene, "sqlite_write_transactions_total");
  transactions.look();
  app->insert(5);
  transactions.look();
  (*app)->kill9();
  App next(scene.path(), "wal");
  next.insert(2);
  CHECK(transactions.look() == 2);
}

TEST_CASE("transactions: closed and opened again, a wal-index made anew -> the count goes on") {
  const bool look_between = GENERATE(true, false);
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "wal");
  Growth transactions(scene, "sqlite_write_transactions_total");
  transactions.look();
  app->insert(5);
  CHECK(transactions.look() == 5);
  (*app)->quit();
  if (look_between) CHECK(transactions.look() == 0);
  App next(scene.path(), "wal");
  next.insert(look_between ? 30 : 2);
  CHECK(transactions.look() == (look_between ? 30 : 2));
}

TEST_CASE("transactions: journal mode switched and back -> the count goes on") {
  Scene scene;
  App app(scene.path(), "delete");
  Growth transactions(scene, "sqlite_write_transactions_total");
  transactions.look();
  app.insert(3);
  CHECK(transactions.look() == 3);
  app.exec("PRAGMA journal_mode=WAL");
  transactions.look();
  app.insert(7);
  CHECK(transactions.look() == 7);
  app.exec("PRAGMA journal_mode=DELETE");
  transactions.look();
  app.insert(4);
  CHECK(transactions.look() == 4);
  app.exec("PRAGMA journal_mode=WAL");
  app.insert(6);  // and the first look in WAL mode sees these
  CHECK(transactions.look() >= 6);
}

TEST_CASE("transactions: the schema changes -> one per change, by any mode, none for rows") {
  const std::string mode = GENERATE(as<std::string>(), "wal", "delete");
  Scene scene;
  App app(scene.path(), mode);
  Growth changes(scene, "sqlite_schema_changes_total");
  CHECK(changes.look() == 0);
  app.insert(3);
  CHECK(changes.look() == 0);
  app.exec("CREATE TABLE u(a); CREATE INDEX i ON u(a)");
  CHECK(changes.look() == 2);
  app.exec("ALTER TABLE u ADD COLUMN b");
  CHECK(changes.look() >= 1);
  app.exec("PRAGMA schema_version=1");  // set back, as a restore in place would
  CHECK(changes.look() == 1);
}

}  // namespace litewatch
