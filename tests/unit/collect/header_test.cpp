#include <filesystem>
#include <map>

#include "catch.h"
#include "scene.h"

namespace litewatch {
namespace {

/// What the page says must equal what SQLite says.
void check_pragmas(const Scene& scene, App& app) {
  const std::map<std::string, std::string> pragma_of = {
      {"sqlite_database_pages", "page_count"},     {"sqlite_page_size_bytes", "page_size"},
      {"sqlite_freelist_pages", "freelist_count"}, {"sqlite_schema_cookie", "schema_version"},
      {"sqlite_user_version", "user_version"},     {"sqlite_application_id", "application_id"}};
  for (const auto& [metric, pragma] : pragma_of) {
    INFO(metric);
    CHECK(scene.of(metric) == std::stod(app.query("PRAGMA " + pragma)));
  }
}

/// The labels of the only info series of "db".
std::string info_of(const Scene& scene) {
  const std::string start = "sqlite_database_info{app=\"app\",db=\"db\"";
  const std::size_t at = const_cast<Scene&>(scene).watch().page().find(start);
  const std::string& page = const_cast<Scene&>(scene).watch().page();
  return at == std::string::npos ? "" : page.substr(at, page.find('\n', at) - at);
}

}  // namespace

TEST_CASE("header: the main file is stale in WAL mode -> what the pragmas say") {
  Scene scene;
  App app(scene.path(), "wal");
  app.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint=0");
  app.exec("PRAGMA user_version=9; PRAGMA application_id=-5; CREATE TABLE u(a)");
  app.exec("INSERT INTO t VALUES(zeroblob(200000)); DELETE FROM t");
  const std::string main_file = read_file(scene.path());
  CHECK(main_file.substr(60, 4) == be32(0));  // user_version: not there yet
  scene.scrape();
  CHECK(scene.of("sqlite_user_version") == 9);
  CHECK(scene.of("sqlite_application_id") == -5);
  CHECK(scene.of("sqlite_freelist_pages") > 40);
  check_pragmas(scene, app);
  CHECK(scene.of("sqlite_writer_version_number") == std::stod(app->must("version")));
}

TEST_CASE("header: any page size -> what the pragmas say") {
  const int page_size = GENERATE(512, 4096, 65536);
  const std::string mode = GENERATE(as<std::string>(), "wal", "delete");
  CAPTURE(page_size, mode);
  Scene scene;
  App app(scene.path(), mode, "PRAGMA page_size=" + std::to_string(page_size));
  app.exec("INSERT INTO t VALUES(zeroblob(300000)); DELETE FROM t");
  scene.scrape();
  CHECK(scene.of("sqlite_page_size_bytes") == page_size);
  CHECK(scene.of("sqlite_freelist_pages") > 0);
  check_pragmas(scene, app);
}

TEST_CASE("header: what the database is -> labels of the info series") {
  Scene scene;
  App app(scene.path(), "wal",
          "PRAGMA page_size=8192; PRAGMA encoding='UTF-16le'; PRAGMA auto_vacuum=INCREMENTAL");
  scene.scrape();
  const std::string version = app.query("SELECT sqlite_version()");
  const std::string info = info_of(scene);
  INFO(info);
  CHECK(info.find(",path=\"" + scene.path() +
                  "\",journal_mode=\"wal\",encoding=\"UTF-16le\","
                  "auto_vacuum=\"incremental\",page_size=\"8192\",fs_type=\"") !=
        std::string::npos);
  CHECK(info.ends_with("\",writer_version=\"" + version + "\"} 1"));
}

TEST_CASE("header: rollback mode, no auto_vacuum -> says so") {
  Scene scene;
  App app(scene.path(), "delete");
  scene.scrape();
  const std::string info = info_of(scene);
  CHECK(info.find("journal_mode=\"rollback\",encoding=\"UTF-8\",auto_vacuum=\"none\"") !=
        std::string::npos);
}

TEST_CASE("header: Litestream's folder beside the database -> managed by it") {
  Scene scene;
  App app(scene.path(), "wal");
  scene.scrape();
  CHECK(info_of(scene).find("managed_by") == std::string::npos);
  std::filesystem::create_directory(scene.file(".app.db-litestream"));
  scene.scrape();
  CHECK(info_of(scene).find(",managed_by=\"litestream\"}") != std::string::npos);
}

TEST_CASE("header: sizes and times -> what stat says") {
  Scene scene;
  App app(scene.path(), "wal");
  app.exec("INSERT INTO t VALUES(zeroblob(100000)); PRAGMA wal_checkpoint(PASSIVE)");
  app.insert();
  scene.scrape();
  const auto size = static_cast<double>(std::filesystem::file_size(scene.path()));
  CHECK(scene.of("sqlite_database_size_bytes") == size);
  CHECK(scene.of("sqlite_database_allocated_bytes") >= size);
  const auto wal_time =
      std::chrono::file_clock::to_sys(std::filesystem::last_write_time(scene.path() + "-wal"));
  CHECK(scene.of("sqlite_database_modified_timestamp_seconds") ==
        Approx(std::chrono::duration<double>(wal_time.time_since_epoch()).count()).margin(0.001));
}

}  // namespace litewatch
