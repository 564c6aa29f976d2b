#include <unistd.h>

#include <filesystem>
#include <memory>

#include "catch.h"
#include "scene.h"

namespace litewatch {
namespace {

constexpr std::uint64_t kWriterVersion = 96;  // in the header of the main file

}  // namespace

TEST_CASE("danger: the app opens and closes its own file raw -> its locks are lost") {
  Scene scene;
  App app(scene.path(), "wal");
  app.insert(2);
  scene.scrape();
  CHECK(scene.of("sqlite_posix_locks_lost") == 0);
  app->must("drop-locks " + scene.path());
  scene.scrape();
  CHECK(scene.of("sqlite_posix_locks_lost") == 0);  // an app that just closes looks the same once
  scene.scrape();
  CHECK(scene.of("sqlite_posix_locks_lost") == 1);
  CHECK(scene.found("posix_locks_lost"));
  CHECK(scene.of("sqlite_database_open") == 1);
  CHECK(scene.watch().row("db").state == "locks lost");

  // The prophecy: the next to close the database deletes the WAL under the app.
  SqliteChild outsider;
  outsider.must("open " + scene.path());
  outsider.must("query SELECT * FROM t");
  outsider.quit();
  CHECK_FALSE(std::filesystem::exists(scene.path() + "-wal"));
  app->quit();
  scene.scrape();
  CHECK(scene.of("sqlite_posix_locks_lost") == 0);
}

TEST_CASE("danger: all locks lost, of the wal-index too -> locks lost, no recovery") {
  const bool both = GENERATE(false, true);
  Scene scene;
  App app(scene.path(), "wal");
  app.insert(2);
  scene.scrape();
  app->must("drop-locks " + scene.path() + "-shm");
  if (both) app->must("drop-locks " + scene.path());
  for (const int lost : {0, 1, 1}) {
    scene.scrape();
    CHECK(scene.of("sqlite_posix_locks_lost") == lost);
    CHECK(scene.of("sqlite_recovery_pending") == 0);
    CHECK(scene.of("sqlite_database_open") == 1);
    CHECK(scene.of("sqlite_wal_frames") == 4);
  }
  const StatusRow& row = scene.watch().row("db");
  CHECK(row.state == "locks lost");
  CHECK(row.why.find(std::to_string(app->pid())) != std::string::npos);
  CHECK(row.next.find("no second app") != std::string::npos);

  app->kill9();
  scene.scrape();
  CHECK(scene.of("sqlite_posix_locks_lost") == 0);
  CHECK(scene.of("sqlite_recovery_pending") == 1);
}

TEST_CASE("danger: frames that nobody seems to use -> the advice is safe where the app runs, too") {
  Scene scene;
  App app(scene.path(), "wal");
  app->kill9();
  scene.scrape();
  CHECK(scene.watch().row("db").next.starts_with("See first whether a process has it open"));
}

TEST_CASE("danger: a sidecar is deleted under the app -> missing after a second look") {
  const std::string sidecar = GENERATE(as<std::string>(), "-wal", "-shm");
  Scene scene;
  App app(scene.path(), "wal");
  app.insert(2);
  scene.scrape();
  remove_file(scene.path() + sidecar);
  scene.scrape();
  CHECK(scene.of("sqlite_sidecar_missing") == 0);
  scene.scrape();
  CHECK(scene.of("sqlite_sidecar_missing") == 1);
  CHECK(scene.found("sidecar_missing"));
  CHECK(scene.watch().row("db").why.find(sidecar + " file") != std::string::npos);
  app->quit();
  scene.scrape();
  CHECK(scene.of("sqlite_sidecar_missing") == 0);
}

TEST_CASE("danger: the database is renamed away and a copy put in its place -> replaced") {
  Scene scene;
  App app(scene.path(), "wal");
  app.insert(3);
  app->quit();
  scene.scrape();
  CHECK(scene.of("sqlite_file_replaced_total") == 0);
  const double written = scene.of("sqlite_write_transactions_total");
  std::filesystem::copy_file(scene.path(), scene.file("copy"));
  std::filesystem::rename(scene.path(), scene.file("old"));
  std::filesystem::rename(scene.file("copy"), scene.path());
  scene.scrape();
  CHECK(scene.of("sqlite_file_replaced_total") == 1);
  CHECK(scene.of("sqlite_write_transactions_total") == written);
  scene.scrape();
  CHECK(scene.of("sqlite_file_replaced_total") == 1);
}

TEST_CASE("danger: the database is gone for a while and comes back as another -> replaced") {
  Scene scene;
  App app(scene.path(), "wal");
  app->quit();
  scene.scrape();
  const double last_read_s = scene.of("sqlite_last_read_timestamp_seconds");
  std::filesystem::rename(scene.path(), scene.file("old"));
  scene.scrape();
  CHECK(scene.of("sqlite_up") == 0);
  CHECK(scene.found("missing"));
  CHECK_FALSE(scene.has("sqlite_database_size_bytes"));
  CHECK(scene.of("sqlite_file_replaced_total") == 0);
  CHECK(scene.of("sqlite_last_read_timestamp_seconds") == last_read_s);
  std::filesystem::copy_file(scene.file("old"), scene.path());
  scene.scrape();
  CHECK(scene.of("sqlite_up") == 1);
  CHECK_FALSE(scene.found("missing"));
  CHECK(scene.of("sqlite_file_replaced_total") == 1);
}

TEST_CASE("danger: sidecars of another user -> mismatch") {
  if (::geteuid() != 0) {
    WARN("needs root to give files away");
    return;
  }
  Scene scene;
  App app(scene.path(), "wal");
  scene.scrape();
  CHECK(scene.of("sqlite_sidecar_owner_mismatch") == 0);
  const std::string sidecar = GENERATE(as<std::string>(), "-wal", "-shm");
  REQUIRE(::chown((scene.path() + sidecar).c_str(), 65534, 65534) == 0);
  scene.scrape();
  CHECK(scene.of("sqlite_sidecar_owner_mismatch") == 1);
  CHECK(scene.found("sidecar_owner_mismatch"));
}

TEST_CASE("danger: a sidecar that may not be written, unlike the database -> mismatch") {
  Scene scene;
  App app(scene.path(), "wal");
  std::filesystem::permissions(scene.path() + "-wal", std::filesystem::perms::owner_read);
  scene.scrape();
  CHECK(scene.of("sqlite_sidecar_owner_mismatch") == 1);
}

TEST_CASE("danger: more frames copied than there are -> the wal-index is inconsistent") {
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "wal");
  app->insert(2);
  scene.scrape();
  CHECK(scene.of("sqlite_wal_index_inconsistent") == 0);
  (*app)->kill9();
  scene.scrape();
  CHECK(scene.of("sqlite_wal_index_inconsistent") == 0);
  poke_native32(scene.path() + "-shm", 96, 5);  // nBackfill; mxFrame is 4
  scene.scrape();
  CHECK(scene.of("sqlite_wal_index_inconsistent") == 1);
  CHECK(scene.found("wal_index_inconsistent"));
  CHECK(scene.watch().row("db").why.find("5 frames are copied of 4") != std::string::npos);
}

TEST_CASE("danger: the version that wrote last -> vulnerable to the WAL-reset bug or not") {
  const auto [version, vulnerable] = GENERATE(table<std::uint32_t, int>({{3006023, 0},
                                                                         {3007000, 1},
                                                                         {3040001, 1},
                                                                         {3044005, 1},
                                                                         {3044006, 0},
                                                                         {3044999, 0},
                                                                         {3045000, 1},
                                                                         {3050006, 1},
                                                                         {3050007, 0},
                                                                         {3051000, 1},
                                                                         {3051002, 1},
                                                                         {3051003, 0},
                                                                         {3052000, 0}}));
  CAPTURE(version);
  const std::string mode = GENERATE(as<std::string>(), "wal", "delete");
  Scene scene;
  App app(scene.path(), mode);
  app->quit();
  poke(scene.path(), kWriterVersion, be32(version));
  scene.scrape();
  CHECK(scene.of("sqlite_writer_version_number") == version);
  const int expected = mode == "wal" ? vulnerable : 0;
  CHECK(scene.of("sqlite_version_vulnerable", "bug=\"wal_reset\"") == expected);
  const StatusRow& row = scene.watch().row("db");
  CHECK((row.why.find("WAL mode") != std::string::npos) == (expected == 1));
}

TEST_CASE("danger: a wal-index of another version or byte order -> an error, no wrong numbers") {
  WalIndexBytes index;
  index.frame(1).frame(2).seal();
  const bool swapped = GENERATE(true, false);
  if (swapped) {
    index.bytes().put<std::uint32_t>(0, __builtin_bswap32(3007000));
  } else {
    index.bytes().put<std::uint32_t>(0, 3008000);  // the wal2 branch
  }
  index.bytes().put_bytes(48, index.bytes().text().substr(0, 48));
  Scene scene;
  App app(scene.path(), "wal");
  app->quit();
  write_file(scene.path() + "-shm", index.bytes().text());
  scene.scrape();
  CHECK(scene.of("sqlite_up") == 1);
  CHECK(scene.of("sqlite_read_errors_total", "op=\"wal_index\"") == 1);
  CHECK(scene.found("partly_unreadable"));
  CHECK(scene.of("sqlite_wal_frames") == 0);  // there is no WAL
  CHECK_FALSE(scene.has("sqlite_wal_index_inconsistent"));
  CHECK(scene.of("sqlite_wal_frames_written_total") == 0);
}

TEST_CASE("danger: a second name for the file -> hard links are counted") {
  Scene scene;
  App app(scene.path(), "wal");
  scene.scrape();
  CHECK(scene.of("sqlite_file_hard_links") == 1);
  std::filesystem::create_hard_link(scene.path(), scene.file("other-name.db"));
  scene.scrape();
  CHECK(scene.of("sqlite_file_hard_links") == 2);
  CHECK(scene.found("hard_linked"));
}

TEST_CASE("danger: corrupt copies beside it -> counted, by its own name only") {
  TempDir folder;
  App app(folder.file("app.db"), "wal");
  write_file(folder.file("app.db.corrupt.2026-01-01"), "x");
  write_file(folder.file("app.db.corrupt"), "x");
  write_file(folder.file("other.db.corrupt"), "x");
  SqliteFleet::Options options;
  options.targets = {file_target("db", folder.file("app.db"))};
  options.limits = quiet_limits();
  Watch watch(options);
  watch.scrape();
  CHECK(watch.of("db", "sqlite_corrupt_copies") == 2);
  CHECK(watch.unhealthy("corrupt_copies") == 1);
}

}  // namespace litewatch
