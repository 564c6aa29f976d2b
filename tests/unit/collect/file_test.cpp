#include <filesystem>
#include <memory>
#include <random>

#include "catch.h"
#include "scene.h"

namespace litewatch {
namespace {

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes;
  while (bytes.size() < size) bytes += static_cast<char>(random());
  return bytes;
}

/// A closed database of some pages in the given journal mode.
void make_database(const std::string& path, const std::string& mode) {
  App app(path, mode);
  app.exec("INSERT INTO t VALUES(zeroblob(20000))");
  app->quit();
}

}  // namespace

TEST_CASE("file: shorter than its header says -> truncated after a second look") {
  const std::string mode = GENERATE(as<std::string>(), "wal", "delete");
  Scene scene;
  make_database(scene.path(), mode);
  scene.scrape();
  CHECK(scene.of("sqlite_file_truncated") == 0);
  std::filesystem::resize_file(scene.path(), 3 * 4096);
  scene.scrape();
  CHECK(scene.of("sqlite_file_truncated") == 0);
  scene.scrape();
  CHECK(scene.of("sqlite_file_truncated") == 1);
  CHECK(scene.found("file_truncated"));
  CHECK(scene.of("sqlite_file_misaligned") == 0);
  CHECK(scene.watch().row("db").why.find("12.0 KiB") != std::string::npos);
}

TEST_CASE("file: a WAL database shorter than its page count -> legal, not truncated") {
  Scene scene;
  App app(scene.path(), "wal");
  app.exec("PRAGMA wal_autocheckpoint=0; INSERT INTO t VALUES(zeroblob(50000))");
  scene.scrape();
  scene.scrape();
  CHECK(scene.of("sqlite_database_size_bytes") < 4096 * scene.of("sqlite_database_pages"));
  CHECK(scene.of("sqlite_file_truncated") == 0);
}

TEST_CASE("file: not a multiple of the page size -> misaligned") {
  Scene scene;
  make_database(scene.path(), "delete");
  scene.scrape();
  CHECK(scene.of("sqlite_file_misaligned") == 0);
  std::filesystem::resize_file(scene.path(), std::filesystem::file_size(scene.path()) + 100);
  scene.scrape();
  CHECK(scene.of("sqlite_file_misaligned") == 1);
  CHECK(scene.found("file_misaligned"));
  CHECK(scene.of("sqlite_file_truncated") == 0);
}

TEST_CASE("file: zero bytes -> a database that nobody has written to") {
  Scene scene;
  write_file(scene.path(), "");
  scene.scrape();
  CHECK(scene.of("sqlite_up") == 1);
  CHECK(scene.of("sqlite_header_valid") == 1);
  CHECK(scene.of("sqlite_database_size_bytes") == 0);
  CHECK_FALSE(scene.has("sqlite_database_pages"));
  CHECK_FALSE(scene.found("header_invalid"));

  App app(scene.path(), "delete");  // and then somebody does
  scene.scrape();
  CHECK(scene.of("sqlite_database_pages") == 2);
}

TEST_CASE("file: one byte, a text, a torn header -> no valid header, and said so") {
  const std::string content =
      GENERATE(as<std::string>(), "S", "name,value\n", "SQLite format 3", std::string(5000, 'x'));
  CAPTURE(content.substr(0, 20));
  Scene scene;
  write_file(scene.path(), content);
  scene.scrape();
  CHECK(scene.of("sqlite_up") == 1);
  CHECK(scene.of("sqlite_header_valid") == 0);
  CHECK(scene.of("sqlite_encrypted") == 0);
  CHECK(scene.found("header_invalid"));
  CHECK(scene.of("sqlite_database_size_bytes") == static_cast<double>(content.size()));
  CHECK_FALSE(scene.has("sqlite_write_transactions_total"));
}

TEST_CASE("file: the magic, then nonsense -> damaged") {
  Scene scene;
  make_database(scene.path(), "delete");
  poke(scene.path(), 16, random_bytes(84));
  scene.scrape();
  CHECK(scene.of("sqlite_header_valid") == 0);
  CHECK(scene.found("header_invalid"));
  CHECK(scene.watch().row("db").why.find("damaged") != std::string::npos);
  CHECK(scene.of("sqlite_read_errors_total", "op=\"database\"") == 1);
}

TEST_CASE("file: random bytes from the start -> taken for encrypted, not for damaged") {
  Scene scene;
  write_file(scene.path(), random_bytes(8 * 4096));
  scene.scrape();
  CHECK(scene.of("sqlite_up") == 1);
  CHECK(scene.of("sqlite_encrypted") == 1);
  CHECK_FALSE(scene.has("sqlite_header_valid"));
  CHECK_FALSE(scene.found("header_invalid"));
  CHECK_FALSE(scene.has("sqlite_user_version"));
  CHECK_FALSE(scene.has("sqlite_wal_frames"));
}

TEST_CASE("file: encrypted pages, in WAL mode -> what the sidecars say is shown") {
  Scene scene;
  App app(scene.path(), "wal");
  app.insert(3);
  poke(scene.path(), 0, random_bytes(4096));  // the WAL and the wal-index stay plain
  scene.scrape();
  CHECK(scene.of("sqlite_encrypted") == 1);
  CHECK_FALSE(scene.has("sqlite_header_valid"));
  CHECK(scene.of("sqlite_wal_frames") == 5);
  CHECK(scene.of("sqlite_wal_live_bytes") == 32 + 5 * 4120);
  CHECK(scene.of("sqlite_database_open") == 1);
  CHECK_FALSE(scene.has("sqlite_user_version"));
  SqliteChild writer;
  app.exec("BEGIN IMMEDIATE");
  scene.scrape();
  CHECK(scene.lock("write") == 1);
}

TEST_CASE("file: a disk below its objective -> the objective and the finding") {
  SqliteObjectives objectives = Scene::no_objectives();
  objectives.filesystem_avail_bytes = 1ull << 50;
  Scene scene(objectives);
  make_database(scene.path(), "wal");
  scene.scrape();
  CHECK(scene.of("sqlite_filesystem_avail_limit_bytes") == static_cast<double>(1ull << 50));
  CHECK(scene.of("sqlite_filesystem_avail_bytes") > 0);
  CHECK(scene.watch().unhealthy("filesystem_full") == 1);  // its twins have none
  CHECK(scene.watch().row("db").why.ends_with("the limit is 1.0 PiB."));
}

TEST_CASE("file: objectives -> series of their own") {
  SqliteObjectives objectives;
  objectives.wal_bytes = 11;
  objectives.checkpoint_lag_bytes = 12;
  objectives.oldest_reader_s = 13;
  objectives.write_lock_held_s = 14;
  objectives.write_lock_occupancy_ratio = 0.15;
  objectives.freelist_ratio = 0.16;
  objectives.filesystem_avail_bytes = 17;
  const bool with_age = GENERATE(false, true);
  if (with_age) objectives.write_age_s = 1e6;
  Scene scene(objectives);
  make_database(scene.path(), "wal");
  scene.scrape();
  CHECK(scene.of("sqlite_wal_limit_bytes") == 11);
  CHECK(scene.of("sqlite_wal_checkpoint_lag_limit_bytes") == 12);
  CHECK(scene.of("sqlite_wal_oldest_reader_limit_seconds") == 13);
  CHECK(scene.of("sqlite_write_lock_held_limit_seconds") == 14);
  CHECK(scene.of("sqlite_write_lock_occupancy_limit_ratio") == 0.15);
  CHECK(scene.of("sqlite_freelist_limit_ratio") == 0.16);
  CHECK(scene.of("sqlite_filesystem_avail_limit_bytes") == 17);
  CHECK(scene.has("sqlite_write_age_limit_seconds") == with_age);
  CHECK_FALSE(scene.found("no_writes"));
}

TEST_CASE("file: no write for longer than its objective -> a finding") {
  SqliteObjectives objectives = Scene::no_objectives();
  objectives.write_age_s = 0.01;
  Scene scene(objectives);
  make_database(scene.path(), "wal");
  pause_ms(30);
  scene.scrape();
  CHECK(scene.watch().unhealthy("no_writes") == 1);
}

}  // namespace litewatch
