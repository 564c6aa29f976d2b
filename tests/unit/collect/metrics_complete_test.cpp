// A tour of states, after which every family of the catalogue that the SQLite collectors own must
// have been on a page, with the catalogue's labels and no others.
#include <filesystem>
#include <map>
#include <set>

#include "base/clock.h"
#include "catalogue/catalogue.h"
#include "catch.h"
#include "scene.h"

namespace litewatch {
namespace {

/// Names of families with the names of the labels that their series had.
using Seen = std::map<std::string, std::set<std::string>>;

std::string family_of(std::string name) {
  for (const std::string_view part : {"_bucket", "_sum", "_count"}) {
    if (name.starts_with("sqlite_scrape_duration_seconds") && name.ends_with(part)) {
      name.erase(name.size() - part.size());
    }
  }
  return name;
}

/// Adds what a page holds. Label values of this tour hold no commas and no quotes.
void look(const Watch& watch, Seen& seen) {
  for (const auto& [series, value] : watch.all_series()) {
    const std::size_t brace = series.find('{');
    std::set<std::string>& labels = seen[family_of(series.substr(0, brace))];
    for (std::size_t at = brace; at < series.size() && series[at] != '}';) {
      const std::size_t equals = series.find('=', at);
      labels.insert(series.substr(at + 1, equals - at - 1));
      at = series.find('"', equals + 2) + 1;
    }
  }
}

std::set<std::string> labels_of(const MetricDesc& desc) {
  std::set<std::string> labels;
  for (const Label label : desc.labels) labels.insert(std::string(to_string(label)));
  return labels;
}

}  // namespace

TEST_CASE("metrics: after a tour of states -> every family of the catalogue has been seen") {
  Seen seen;
  TempDir folder;
  SqliteFleet::Options options;
  options.limits = quiet_limits();
  options.targets = {file_target("wal", folder.file("wal.db")),
                     file_target("rollback", folder.file("rollback.db")),
                     file_target("gone", folder.file("gone.db"))};
  for (SqliteTarget& target : options.targets) target.group = "tour";
  options.targets[0].objectives.write_age_s = 1e9;
  Watch watch(options);

  App wal(folder.file("wal.db"), "wal");
  App rollback(folder.file("rollback.db"), "delete");
  std::filesystem::create_directory(folder.file(".wal.db-litestream"));
  wal.exec("INSERT INTO t VALUES(1); PRAGMA wal_checkpoint(PASSIVE); BEGIN IMMEDIATE");
  watch.scrape();
  look(watch, seen);

  // The fleet's summary does not show what the collectors count about themselves.
  SelfMetrics self;
  self.observe_sqlite_scrape(0.1);
  SeriesBudget budget(1000);
  SeriesTable table(budget);
  table.begin();
  self.publish(table);
  PageFactory factory;
  const auto page = factory.make(std::vector{table.commit()});
  CHECK(page->body(Format::kText).find("sqlite_scrape_duration_seconds_count 1\n") !=
        std::string_view::npos);
  seen["sqlite_scrape_duration_seconds"];

  for (const MetricDesc& desc : kCatalogue) {
    if (desc.owner != Owner::kSqlite) continue;
    INFO(desc.name);
    const auto found = seen.find(std::string(desc.name));
    const bool shown = found != seen.end();
    CHECK(shown);
    if (shown) CHECK(found->second == labels_of(desc));
    seen.erase(std::string(desc.name));
  }
  for (const auto& [name, labels] : seen) FAIL_CHECK("not in the catalogue: " << name);
}

TEST_CASE("metrics: each is absent or present as its condition says") {
  Scene scene;
  scene.scrape();  // no such file
  for (const MetricDesc& desc : kCatalogue) {
    const bool of_database = desc.owner == Owner::kSqlite && desc.labels.size() == 2 &&
                             desc.labels[0] == Label::kApp && desc.labels[1] == Label::kDb;
    if (!of_database) continue;
    INFO(desc.name);
    const bool expected = desc.condition.empty() && desc.name != "sqlite_journal_size_bytes";
    CHECK(scene.has(desc.name) == expected);
  }
}

}  // namespace litewatch
