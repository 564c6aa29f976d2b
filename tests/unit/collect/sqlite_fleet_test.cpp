#include "collect/sqlite_fleet.h"

#include <filesystem>
#include <map>
#include <optional>

#include "base/clock.h"
#include "catch.h"
#include "scene.h"
#include "support/logged.h"

namespace litewatch {
namespace {

/// Databases in a folder of their own, and mounts that only a made-up mountinfo knows of.
class Estate {
 public:
  Estate() {
    std::filesystem::create_directories(folder_.file("proc/self"));
    mount("/");
  }

  void mount(const std::string& mount_point) {
    mountinfo_ += "1 1 8:1 / " + mount_point + " rw - ext4 /dev/x rw\n";
    write_file(folder_.file("proc/self/mountinfo"), mountinfo_);
  }

  std::string path(const std::string& name) const { return folder_.file(name); }

  /// A healthy, closed database with `inserts` rows.
  std::string add(const std::string& name, int inserts = 0) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    App app(path(name), "delete", "PRAGMA synchronous=OFF");
    app.insert(inserts);
    app->quit();
    return path(name);
  }

  SqliteFleet::Options options(std::vector<SqliteTarget> targets) const {
    SqliteFleet::Options options;
    options.targets = std::move(targets);
    options.limits = quiet_limits();
    options.procfs = folder_.file("proc");
    return options;
  }

 private:
  TempDir folder_;
  std::string mountinfo_;
};

SqliteTarget in_group(SqliteTarget target, const std::string& group) {
  target.group = group;
  return target;
}

SqliteTarget folder_target(const std::string& path, const std::string& group = "") {
  SqliteTarget target = in_group(file_target("", path), group);
  target.literal = false;
  target.folder = true;
  return target;
}

SqliteTarget pattern_target(const std::string& path) {
  SqliteTarget target = file_target("", path);
  target.literal = false;
  return target;
}

/// What the fleet says over all mounts, told how one of them does.
std::shared_ptr<const Page> summary_of(Watch& watch, const std::optional<CollectorHealth>& health) {
  SeriesBudget budget(1000);
  SeriesTable table(budget);
  PageFactory factory;
  std::vector<CollectorHealth> healths;
  if (health) healths.push_back(*health);
  table.begin();
  watch.fleet().summarize(healths, table);
  return factory.make(std::vector{table.commit()});
}

double rollup(const Watch& watch, const std::string& metric, const std::string& group,
              const std::string& reason = "") {
  const std::string more = reason.empty() ? "" : ",reason=\"" + reason + "\"";
  return watch.series("sqlite_databases_" + metric + "{group=\"" + group + "\"" + more + "}");
}

/// "APP/DB PATH", in the order of paths below the estate.
std::string databases_of(Watch& watch, const Estate& estate) {
  std::map<std::string, std::string> lines;
  const std::string root = estate.path("");
  const auto below = [&](const std::string& path) {
    return path.starts_with(root) ? path.substr(root.size()) : path;
  };
  for (const WatchedDatabase& database : watch.fleet().databases()) {
    const std::string path = below(database.path);
    CHECK(lines.emplace(path, database.app + "/" + below(database.db) + " " + path).second);
  }
  std::string text;
  for (const auto& entry : lines) text += (text.empty() ? "" : ", ") + entry.second;
  return text;
}

}  // namespace

TEST_CASE("sqlite_fleet: databases() -> all that were found, by app, name and real path") {
  Estate estate;
  estate.add("x/app.db");
  estate.add("y/app.db");
  estate.add("z.db");
  std::filesystem::create_symlink(estate.path("z.db"), estate.path("link.db"));
  Watch watch(estate.options({folder_target(estate.path("x")), folder_target(estate.path("y")),
                              file_target("z", estate.path("link.db")),
                              file_target("none", estate.path("none.db"))}));
  watch.scrape();
  CHECK(databases_of(watch, estate) ==
        "app/none none.db, app/app.db x/app.db, app/y/app.db y/app.db, app/z z.db");
}

TEST_CASE("sqlite_fleet: databases() under a new configuration -> never none in between") {
  Estate estate;
  estate.add("a.db");
  estate.add("b.db");
  SqliteTarget b = file_target("b", estate.path("b.db"));
  Watch watch(estate.options({file_target("a", estate.path("a.db")), b}));
  watch.scrape();
  b.app = "other";
  watch.configure(estate.options({b}));
  CHECK(databases_of(watch, estate) == "app/a a.db, app/b b.db");
  watch.scrape();
  watch.scrape();
  CHECK(databases_of(watch, estate) == "other/b b.db");
}

TEST_CASE("sqlite_fleet: several groups -> each with its own sums") {
  Estate estate;
  estate.add("shops/a.db");
  estate.add("shops/b.db");
  estate.add("blogs/c.db");
  std::filesystem::create_hard_link(estate.path("shops/b.db"), estate.path("b2"));
  Watch watch(estate.options({folder_target(estate.path("shops"), "shops"),
                              folder_target(estate.path("blogs"), "blogs"),
                              in_group(file_target("gone", estate.path("gone.db")), "blogs")}));
  watch.scrape();
  CHECK(rollup(watch, "discovered", "shops") == 2);
  CHECK(rollup(watch, "discovered", "blogs") == 2);
  CHECK(rollup(watch, "unhealthy", "shops", "hard_linked") == 1);
  CHECK(rollup(watch, "unhealthy", "blogs", "hard_linked") == 0);
  CHECK(rollup(watch, "unhealthy", "blogs", "missing") == 1);
  CHECK(rollup(watch, "unhealthy", "shops", "missing") == 0);
  CHECK(rollup(watch, "unhealthy", "shops", "not_answering") == 0);
  CHECK(rollup(watch, "left_out", "shops") == 0);
  CHECK(watch.of("a.db", "sqlite_up") == 1);
  CHECK(watch.of("gone", "sqlite_up") == 0);
}

TEST_CASE("sqlite_fleet: a group that the configuration drops -> its sums vanish") {
  Estate estate;
  estate.add("a.db");
  const SqliteTarget target = file_target("a", estate.path("a.db"));
  Watch watch(estate.options({in_group(target, "old")}));
  watch.scrape();
  CHECK(rollup(watch, "discovered", "old") == 1);
  watch.configure(estate.options({in_group(target, "new")}));
  watch.scrape();
  watch.scrape();
  CHECK(rollup(watch, "discovered", "new") == 1);
  CHECK(watch.page().find("group=\"old\"") == std::string::npos);
}

TEST_CASE("sqlite_fleet: more than may have series -> the listed, the sick and the first do") {
  Estate estate;
  for (const char* name : {"d/1.db", "d/2.db", "d/3.db", "d/4.db", "listed.db"}) estate.add(name);
  std::filesystem::create_hard_link(estate.path("d/4.db"), estate.path("d4"));
  auto options = estate.options(
      {file_target("listed", estate.path("listed.db")), folder_target(estate.path("d"))});
  options.limits.detailed_databases = 1;
  Watch watch(options);
  watch.scrape();
  CHECK(watch.of("listed", "sqlite_up") == 1);
  CHECK(watch.of("1.db", "sqlite_up") == 1);
  CHECK_FALSE(watch.has("2.db", "sqlite_up"));
  CHECK_FALSE(watch.has("3.db", "sqlite_database_size_bytes"));
  CHECK_FALSE(watch.has_row("3.db"));
  CHECK(watch.row("2 more").state == "healthy");
  CHECK(watch.row("2 more").health == Health::kNotice);
  CHECK(watch.of("4.db", "sqlite_file_hard_links") == 2);
  CHECK(watch.series("sqlite_databases_discovered") == 5);
  CHECK(watch.unhealthy("hard_linked") == 1);
}

TEST_CASE("sqlite_fleet: more than may be watched -> the rest is counted as left out") {
  Estate estate;
  for (const char* name : {"d/1.db", "d/2.db", "d/3.db", "d/4.db", "d/5.db"}) estate.add(name);
  auto options = estate.options({folder_target(estate.path("d"), "g")});
  options.limits.databases = 2;
  options.limits.rescan_interval_s = 0;
  Watch watch(options);
  for (int i = 0; i < 3; ++i) {  // room that is taken once is not taken again
    watch.scrape_once();
    CHECK(rollup(watch, "discovered", "g") == 2);
    CHECK(rollup(watch, "left_out", "g") == 3);
  }
  options.limits.databases = 10;
  options.limits.rescan_interval_s = 1e6;
  watch.configure(options);
  watch.scrape();
  watch.scrape();
  CHECK(rollup(watch, "discovered", "g") == 5);
  CHECK(rollup(watch, "left_out", "g") == 0);
}

TEST_CASE("sqlite_fleet: renamed by a new configuration -> the counters go on") {
  Estate estate;
  const std::string path = estate.path("a.db");
  App app(path, "wal");
  Watch watch(estate.options({file_target("before", path)}));
  watch.scrape();
  app.insert(3);
  watch.scrape();
  CHECK(watch.of("before", "sqlite_write_transactions_total") == 3);
  watch.configure(estate.options({file_target("after", path)}));
  app.insert(2);
  watch.scrape();
  watch.scrape();
  CHECK(watch.of("after", "sqlite_write_transactions_total") == 5);
  CHECK(watch.page().find("db=\"before\"") == std::string::npos);
}

TEST_CASE("sqlite_fleet: a name given to another file -> it has the name at once") {
  Estate estate;
  estate.add("old/a.db");
  estate.add("new/a.db", 5);
  Watch watch(estate.options({file_target("a", estate.path("old/a.db"))}));
  watch.scrape();
  watch.configure(estate.options({file_target("a", estate.path("new/a.db"))}));
  watch.scrape();
  watch.scrape();
  CHECK(watch.row("a").detail == estate.path("new/a.db"));
  CHECK(watch.page().find("old/a.db") == std::string::npos);
}

TEST_CASE("sqlite_fleet: the whole configuration dropped -> nothing of it stays on the page") {
  Estate estate;
  estate.mount(estate.path("vol"));
  estate.add("vol/a.db");
  estate.add("b.db");
  Watch watch(estate.options(
      {file_target("a", estate.path("vol/a.db")), file_target("b", estate.path("b.db"))}));
  watch.scrape();
  watch.scrape();
  CHECK(watch.of("a", "sqlite_up") == 1);
  CHECK(watch.of("b", "sqlite_up") == 1);
  watch.configure(estate.options({file_target("b", estate.path("b.db"))}));
  watch.scrape();
  watch.scrape();
  CHECK(watch.of("b", "sqlite_up") == 1);
  CHECK(watch.page().find("db=\"a\"") == std::string::npos);
  CHECK_FALSE(watch.has_row("a"));
}

TEST_CASE("sqlite_fleet: removed from a searched folder -> gone after the next rounds") {
  Estate estate;
  estate.add("d/stays.db");
  estate.add("d/goes.db");
  auto options = estate.options({folder_target(estate.path("d"))});
  options.limits.rescan_interval_s = 0;
  Watch watch(options);
  watch.scrape_once();
  CHECK(watch.of("goes.db", "sqlite_up") == 1);
  std::filesystem::remove(estate.path("d/goes.db"));
  watch.scrape_once();
  CHECK(watch.of("goes.db", "sqlite_up") == 0);  // missing, for the time being
  for (int i = 0; i < 4; ++i) watch.scrape_once();
  CHECK_FALSE(watch.has("goes.db", "sqlite_up"));
  CHECK_FALSE(watch.has_row("goes.db"));
  CHECK(watch.of("stays.db", "sqlite_up") == 1);
  CHECK(watch.series("sqlite_databases_discovered") == 1);

  estate.add("d/goes.db");  // and it comes back as a new one
  for (int i = 0; i < 3; ++i) watch.scrape_once();
  CHECK(watch.of("goes.db", "sqlite_up") == 1);
  CHECK(watch.of("goes.db", "sqlite_file_replaced_total") == 0);
}

TEST_CASE("sqlite_fleet: damaged under a pattern or in a folder -> stays, with what is wrong") {
  Estate estate;
  const std::string path = estate.add("d/a.db");
  const bool named = GENERATE(true, false);
  CAPTURE(named);
  auto options = estate.options(
      {named ? pattern_target(estate.path("d/*.db")) : folder_target(estate.path("d"))});
  options.limits.rescan_interval_s = 0;
  Watch watch(options);
  watch.scrape_once();
  CHECK(watch.of("a.db", "sqlite_header_valid") == 1);
  write_file(path, std::string(8192, 'x'));
  for (int i = 0; i < 5; ++i) watch.scrape_once();
  CHECK(watch.of("a.db", "sqlite_header_valid") == 0);
  CHECK(watch.unhealthy("header_invalid") == 1);
  CHECK(watch.series("sqlite_databases_discovered") == 1);
}

TEST_CASE("sqlite_fleet: removed where a pattern names it -> missing for a while, then forgotten") {
  Estate estate;
  estate.add("d/goes/app.db");
  estate.add("d/stays/app.db");
  auto options = estate.options({pattern_target(estate.path("d/*/app.db"))});
  options.limits.rescan_interval_s = 0;
  Watch watch(options);
  watch.scrape_once();
  std::filesystem::remove(estate.path("d/goes/app.db"));
  for (int i = 0; i < 5; ++i) watch.scrape_once();
  CHECK(watch.of("goes/app.db", "sqlite_up") == 0);
  CHECK(watch.row("goes/app.db").state == "missing");
  CHECK(watch.unhealthy("missing") == 1);
  estate.add("d/goes/app.db");
  watch.scrape_once();
  CHECK(watch.of("goes/app.db", "sqlite_up") == 1);

  std::filesystem::remove(estate.path("d/goes/app.db"));
  options.limits.missing_s = 0;
  watch.configure(options);
  for (int i = 0; i < 5; ++i) watch.scrape_once();
  CHECK_FALSE(watch.has("goes/app.db", "sqlite_up"));
  CHECK(watch.of("stays/app.db", "sqlite_up") == 1);
}

TEST_CASE("sqlite_fleet: missing for longer than it is remembered -> forgotten by itself") {
  Estate estate;
  estate.add("d/goes/app.db");
  auto options = estate.options({pattern_target(estate.path("d/*/app.db"))});
  options.limits.rescan_interval_s = 0;
  options.limits.missing_s = 0.2;
  Watch watch(options);
  watch.scrape_once();
  std::filesystem::remove(estate.path("d/goes/app.db"));
  watch.scrape_once();
  CHECK(watch.of("goes/app.db", "sqlite_up") == 0);
  const double deadline_s = monotonic_s() + 20;
  while (watch.has("goes/app.db", "sqlite_up") && monotonic_s() < deadline_s) watch.scrape_once();
  CHECK_FALSE(watch.has("goes/app.db", "sqlite_up"));
}

TEST_CASE(
    "sqlite_fleet: removed under a pattern with its folder, or by an open name -> forgotten") {
  Estate estate;
  estate.add("d/tenant/app.db");
  estate.add("d/open.db");
  auto options = estate.options(
      {pattern_target(estate.path("d/*/app.db")), pattern_target(estate.path("d/*.db"))});
  options.limits.rescan_interval_s = 0;
  Watch watch(options);
  watch.scrape_once();
  CHECK(watch.series("sqlite_databases_discovered") == 2);
  std::filesystem::remove_all(estate.path("d/tenant"));
  std::filesystem::remove(estate.path("d/open.db"));
  for (int i = 0; i < 5; ++i) watch.scrape_once();
  CHECK(watch.series("sqlite_databases_discovered") == 0);
  CHECK(watch.unhealthy("missing") == 0);
}

TEST_CASE("sqlite_fleet: what leads to nothing -> counted, and one line when it begins and ends") {
  Estate estate;
  std::filesystem::create_directory(estate.path("d"));
  auto options = estate.options({in_group(pattern_target(estate.path("d/*.db")), "g"),
                                 folder_target(estate.path("none"), "g")});
  options.limits.rescan_interval_s = 0;
  Logged logged;
  Watch watch(options);
  spdlog::set_level(spdlog::level::info);
  for (int i = 0; i < 3; ++i) watch.scrape_once();
  CHECK(rollup(watch, "unhealthy", "g", "not_listed") == 2);
  CHECK(logged.lines() == 2);
  CHECK(logged.text().find("warning databases " + estate.path("d/*.db") +
                           ": there is no database; check the path") != std::string::npos);
  CHECK(logged.text().find("warning databases " + estate.path("none") + ": " + estate.path("none") +
                           ": No such file or directory; check") != std::string::npos);
  estate.add("d/a.db");
  estate.add("none/b.db");
  for (int i = 0; i < 3; ++i) watch.scrape_once();
  CHECK(rollup(watch, "unhealthy", "g", "not_listed") == 0);
  CHECK(logged.text().ends_with("info databases " + estate.path("none") +
                                ": all of it can be searched again\n"));
}

TEST_CASE("sqlite_fleet: many with one finding -> a few lines, and how many more there are") {
  Estate estate;
  for (int i = 0; i < 50; ++i) write_file(estate.path("t" + std::to_string(i) + ".db"), "text");
  Logged logged;
  Watch watch(estate.options({pattern_target(estate.path("*.db"))}));
  spdlog::set_level(spdlog::level::info);
  watch.scrape();
  CHECK(watch.unhealthy("header_invalid") == 50);
  CHECK(logged.lines() == LogLimit::kMostLines + 1);
  CHECK(
      logged.text().ends_with("warning databases: 30 more have new findings or are healthy "
                              "again; sqlite_databases_unhealthy counts them by reason\n"));
}

TEST_CASE("sqlite_fleet: two databases of one name -> the second goes by its path, for good") {
  Estate estate;
  estate.add("x/app.db");
  estate.add("y/app.db");
  auto options = estate.options({folder_target(estate.path("x")), folder_target(estate.path("y"))});
  options.limits.rescan_interval_s = 0;
  Watch watch(options);
  for (int i = 0; i < 3; ++i) {
    watch.scrape_once();
    CHECK(watch.row("app.db").detail == estate.path("x/app.db"));
    CHECK(watch.of(estate.path("y/app.db"), "sqlite_up") == 1);
  }
}

TEST_CASE("sqlite_fleet: one file by two ways -> watched once, as it is listed") {
  Estate estate;
  estate.add("d/a.db");
  Watch watch(estate.options(
      {file_target("mine", estate.path("d/a.db")), folder_target(estate.path("d"))}));
  watch.scrape();
  CHECK(watch.series("sqlite_databases_discovered") == 1);
  CHECK(watch.of("mine", "sqlite_up") == 1);
  CHECK_FALSE(watch.has("a.db", "sqlite_up"));
}

TEST_CASE("sqlite_fleet: a database on another mount -> read by a collector of its own") {
  Estate estate;
  estate.mount(estate.path("vol"));
  estate.add("vol/sub/a.db");
  estate.add("b.db");
  std::filesystem::create_directory_symlink(estate.path("vol/sub"), estate.path("link"));
  Watch watch(estate.options(
      {file_target("b", estate.path("b.db")), file_target("a", estate.path("link/a.db"))}));
  watch.scrape();
  watch.scrape();
  CHECK(watch.of("a", "sqlite_up") == 1);
  CHECK(watch.of("b", "sqlite_up") == 1);
  CHECK(watch.row("a").detail == estate.path("vol/sub/a.db"));
  CHECK(watch.series("sqlite_databases_discovered") == 2);
}

TEST_CASE("sqlite_fleet: not looked at yet -> a listed database is not answering") {
  Estate estate;
  Watch watch(estate.options({file_target("a", estate.add("a.db"))}));
  const auto page = summary_of(watch, {});
  const std::string_view text = page->body(Format::kText);
  CHECK(text.find("sqlite_up{app=\"app\",db=\"a\"} 0\n") != text.npos);
  CHECK(text.find("sqlite_databases_discovered 1\n") != text.npos);
  CHECK(text.find("sqlite_databases_unhealthy{reason=\"not_answering\"} 1\n") != text.npos);
  const StatusRow& row = page->fragments()[0]->status.at(0);
  CHECK(row.state == "not answering");
  CHECK(row.why.starts_with("The file system / has not answered yet;"));
}

TEST_CASE("sqlite_fleet: a mount that answers no more -> its databases are down, with the time") {
  Estate estate;
  Watch watch(estate.options({file_target("a", estate.add("a.db"))}));
  watch.scrape();
  CollectorHealth health;
  health.name = "sqlite";
  health.mountpoint = "/";
  health.stale = true;
  health.finished_monotonic_s = monotonic_s() - 125;
  const auto page = summary_of(watch, health);
  const std::string_view text = page->body(Format::kText);
  CHECK(text.find("sqlite_up{app=\"app\",db=\"a\"} 0\n") != text.npos);
  CHECK(text.find("sqlite_databases_discovered 1\n") != text.npos);
  CHECK(text.find("sqlite_databases_unhealthy{reason=\"not_answering\"} 1\n") != text.npos);
  const StatusRow& row = page->fragments()[0]->status.at(0);
  CHECK(row.health == Health::kCritical);
  CHECK(row.why.starts_with("The file system / has not answered for 2 min 5 s;"));

  health.stale = false;
  const auto mended = summary_of(watch, health);
  CHECK(mended->body(Format::kText).find("db=\"a\"} 1\n") != std::string_view::npos);
}

}  // namespace litewatch
