#include "config/load.h"

#include "catch.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

Config parsed(std::string_view text) {
  auto config = parse_config(text, "/etc/lw/litewatch.yml");
  if (!config) FAIL(config.error().what);
  return *std::move(config);
}

TEST_CASE("config: empty -> every default") { CHECK(parsed("") == Config()); }

TEST_CASE("config: every key of an entry -> its field") {
  const Config config = parsed(R"(
databases:
  - path: shop/app.db
    literal: true
    name: main
    app: shop
    group: shops
    locks_on_remote: true
    objectives:
      wal: 1KiB
      checkpoint_lag: 2000
      oldest_reader: 3s
      write_lock_held: 4s
      write_lock_occupancy: 0.5
      freelist: 0.6
      filesystem_avail: 7MB
      write_age: 8m
)");
  REQUIRE(config.databases.size() == 1);
  DatabaseConfig expected;
  expected.path = "/etc/lw/shop/app.db";
  expected.literal = true;
  expected.name = "main";
  expected.app = "shop";
  expected.group = "shops";
  expected.locks_on_remote = true;
  expected.objectives = {1024, 2000, 3, 4, 0.5, 0.6, 7'000'000, 480};
  CHECK(config.databases[0] == expected);
}

TEST_CASE("config: every key of discovery, collectors and limits -> its field") {
  const Config config = parsed(R"(
discovery:
  - {root: /srv, app: a, group: g, max_depth: 2, exclude: ["x", "**/y"], objectives: {wal: 1}}
collectors: {sqlite: false, probe: false, container: false, self: false}
limits: {series: 1, databases: 2, detailed_databases: 3, containers: 9, collect_timeout: 4s, max_age: 5s,
         rescan_interval: 6s, lock_samples_per_second: 7.5, sampled_databases: 8}
)");
  DiscoveryConfig discovery{"/srv", "a", "g", 2, {"x", "**/y"}, {}};
  discovery.objectives.wal_bytes = 1;
  REQUIRE(config.discovery.size() == 1);
  CHECK(config.discovery[0] == discovery);
  CHECK(config.collectors == CollectorsConfig{false, false, false, false});
  CHECK(config.limits == LimitsConfig{1, 2, 3, 9, 4, 5, 6, 7.5, 8});
}

TEST_CASE("config: every key of containers -> its field") {
  const Config config = parsed(R"(
containers:
  {view: own, cadvisor_names: false, sockets: [/run/x.sock], include: [a], exclude: [b],
   labels: [c], rules: [{match: d, name: e, app: f}, {match: g, app: h}], grace: 1s,
   objectives: {memory: 0.1, throttled: 0.2, pressure: 0.3, pids: 0.4}}
)");
  const ContainerOptions expected{.view = ContainerView::kOwn,
                                  .cadvisor_names = false,
                                  .sockets = {"/run/x.sock"},
                                  .include = {"a"},
                                  .exclude = {"b"},
                                  .labels = {"c"},
                                  .rules = {{"d", "e", "f"}, {"g", "", "h"}},
                                  .grace_s = 1,
                                  .objectives = {0.1, 0.2, 0.3, 0.4}};
  CHECK(config.containers == expected);
}

TEST_CASE("config: objectives at the top -> defaults that entries override key by key") {
  const Config config = parsed(R"(
databases:
  - a.db
  - {path: b.db, objectives: {wal: 2MiB, write_age: none}}
  - {path: c.db, objectives: {}}
discovery:
  - {root: d, objectives: {freelist: 0.9}}
objectives: {wal: 1MiB, write_age: 1h}
)");
  REQUIRE(config.databases.size() == 3);
  CHECK(config.databases[0].objectives.wal_bytes == 1 << 20);
  CHECK(config.databases[0].objectives.write_age_s == 3600.0);
  CHECK(config.databases[0].objectives.freelist_ratio == 0.4);
  CHECK(config.databases[1].objectives.wal_bytes == 2 << 20);
  CHECK_FALSE(config.databases[1].objectives.write_age_s.has_value());
  CHECK(config.databases[2].objectives == config.databases[0].objectives);
  CHECK(config.discovery.at(0).objectives.freelist_ratio == 0.9);
  CHECK(config.discovery.at(0).objectives.wal_bytes == 1 << 20);
}

TEST_CASE("config: the edges of each range -> accepted") {
  CHECK(parsed("limits: {series: 10000000, collect_timeout: 1m, max_age: 1m}").limits.series ==
        10'000'000);
  CHECK(parsed("limits: {lock_samples_per_second: 0}").limits.lock_samples_per_s == 0);
  CHECK(parsed("limits: {lock_samples_per_second: 20}").limits.lock_samples_per_s == 20);
  CHECK(parsed("discovery: [{root: /a, max_depth: 32}]").discovery[0].max_depth == 32);
  CHECK(parsed("databases: [{path: a, objectives: {wal: 9223372036854775807}}]")
            .databases[0]
            .objectives.wal_bytes == 9223372036854775807ull);
}

TEST_CASE("config: sizes beyond a double's precision -> exact") {
  const Config config = parsed("databases: [{path: a, objectives: {wal: 9007199254740993}}]");
  CHECK(config.databases[0].objectives.wal_bytes == 9007199254740993ull);
}

TEST_CASE("config: from a file -> paths relative to the file's folder") {
  const TempDir folder;
  const auto config = load_config(folder.write("conf/litewatch.yml", "databases: [../app.db]"));
  REQUIRE(config.ok());
  CHECK(config->databases.at(0).path == folder.file("app.db"));
}

TEST_CASE("config: a mistake -> one malformed error whose text names file and line") {
  const auto error = parse_config("\nlimits: 5\n", "lw.yml").error();
  CHECK(error.kind == ErrorKind::kMalformed);
  CHECK(error.path.empty());
  CHECK(error.message() == "lw.yml:2: limits: expected a map, got \"5\"");
}

TEST_CASE("config: a large file of 20000 databases -> all of them") {
  std::string text = "databases:\n";
  for (int i = 0; i < 20'000; ++i) text += "  - {path: /srv/" + std::to_string(i) + ".db}\n";
  CHECK(parsed(text).databases.size() == 20'000);
}

TEST_CASE("config: thousands of mistakes -> ten, and a count") {
  std::string text = "databases:\n";
  for (int i = 0; i < 20'000; ++i) text += "  - {path: ''}\n";
  const std::string what = parse_config(text, "x").error().what;
  CHECK(std::count(what.begin(), what.end(), '\n') == 10);
  CHECK(what.ends_with("\nx: and 19990 more"));
}

TEST_CASE("config: literal -> a path whose glob characters are plain") {
  const Config config = parsed("databases: [{path: 'a[1].db', literal: true}, 'b[1].db']");
  CHECK_FALSE(config.databases[0].is_pattern());
  CHECK(config.databases[0].name == "a[1]");
  CHECK(config.databases[1].is_pattern());
}

}  // namespace
}  // namespace litewatch
