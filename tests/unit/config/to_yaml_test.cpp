#include <random>
#include <sstream>

#include "catch.h"
#include "config/load.h"
#include "config/names.h"
#include "random_probes.h"

namespace litewatch {
namespace {

/// Random configurations in the form in which they are loaded, with hostile texts in them.
class ConfigMaker {
 public:
  explicit ConfigMaker(unsigned seed) : random_(seed) {}

  Config make() {
    Config config;
    for (auto n = random_() % 4; n > 0; --n) config.databases.push_back(database());
    for (auto n = random_() % 3; n > 0; --n) config.discovery.push_back(discovery());
    config.containers = containers();
    config.collectors = {yes(), yes(), yes(), yes()};
    config.limits.series = 1 + random_() % 10'000'000;
    config.limits.databases = 1 + random_() % 1'000'000;
    config.limits.detailed_databases = random_() % 100'001;
    config.limits.containers = 1 + random_() % 10'000;
    config.limits.collect_timeout_s = between(0.01, 60);
    config.limits.max_age_s = between(60, 86400);
    config.limits.rescan_interval_s = between(1, 86400);
    config.limits.lock_samples_per_s = between(0, 20);
    config.limits.sampled_databases = random_() % 100'001;
    config.probes = random_probes(random_);
    derive_names(config);
    return config;
  }

 private:
  bool yes() { return random_() % 2 == 0; }

  /// Numbers with few digits and with all of them.
  double between(double least, double most) {
    const double value = std::uniform_real_distribution<double>(least, most)(random_);
    return yes() ? value : std::max(least, std::floor(value));
  }

  std::string text(unsigned first_byte, std::string_view without) {
    std::string out;
    for (auto n = 1 + random_() % 40; n > 0; --n) {
      const char c = static_cast<char>(first_byte + random_() % (256 - first_byte));
      if (without.find(c) == without.npos) out += c;
    }
    return out.empty() ? "x" : out;
  }

  std::string name() { return text(0x20, "\x7f"); }
  std::string path() { return "/" + text(0x01, "/") + "." + std::to_string(++count_); }

  SqliteObjectives objectives() {
    SqliteObjectives out;
    out.wal_bytes = random_() >> (1 + random_() % 60);
    out.checkpoint_lag_bytes = (random_() % 5000) << 20;
    out.oldest_reader_s = between(0.001, 1e6);
    out.write_lock_held_s = between(0.001, 10);
    out.write_lock_occupancy_ratio = between(0, 1);
    out.freelist_ratio = between(0, 1);
    out.filesystem_avail_bytes = random_() % 100'000;
    if (yes()) out.write_age_s = between(0.001, 3650 * 86400.0);
    return out;
  }

  DatabaseConfig database() {
    DatabaseConfig out;
    out.path = path();
    out.literal = yes();
    if (!out.is_pattern()) out.name = name();
    if (yes()) out.app = name();
    if (yes()) out.group = name();
    out.locks_on_remote = yes();
    out.objectives = objectives();
    return out;
  }

  DiscoveryConfig discovery() {
    DiscoveryConfig out;
    out.root = path();
    if (yes()) out.app = name();
    if (yes()) out.group = name();
    out.max_depth = random_() % 33;
    for (auto n = random_() % 4; n > 0; --n) out.exclude.push_back(text(0x00, ""));
    out.objectives = objectives();
    return out;
  }

  /// A pattern: what would make a set of characters or an escape of it is left out.
  std::string glob() { return yes() ? "*[!]a-f]*\\[" : text(0x20, "\x7f[\\"); }

  std::vector<std::string> globs() {
    std::vector<std::string> out;
    for (auto n = random_() % 3; n > 0; --n) out.push_back(glob());
    return out;
  }

  ContainerOptions containers() {
    ContainerOptions out;
    out.view = static_cast<ContainerView>(random_() % 4);
    if (yes()) out.cadvisor_names = yes();
    if (yes()) out.sockets = yes() ? std::vector{path(), path()} : std::vector<std::string>();
    out.include = globs();
    out.exclude = globs();
    for (auto n = random_() % 3; n > 0; --n) {
      out.labels.push_back(text(0x20, "\x7f*") + (yes() ? "*" : ""));
    }
    for (auto n = random_() % 3; n > 0; --n) {
      const bool named = yes();
      out.rules.push_back({glob(), named ? name() : "", named && yes() ? "" : name()});
    }
    out.grace_s = between(0, 86400);
    out.objectives = {between(0, 1), between(0, 1), between(0, 1), between(0, 1)};
    return out;
  }

  std::mt19937_64 random_;
  int count_ = 0;
};

TEST_CASE("to_yaml: any configuration -> text that loads to an equal one") {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    const Config config = ConfigMaker(seed).make();
    const std::string yaml = to_yaml(config);
    INFO(yaml);
    const auto again = parse_config(yaml, "/elsewhere/litewatch.yml");
    if (!again) FAIL(again.error().what);
    REQUIRE(*again == config);
    REQUIRE(to_yaml(*again) == yaml);
  }
}

TEST_CASE("to_yaml: secrets in headers and URLs -> masked, and the rest as it is") {
  ProbeModule module;
  module.name = "m";
  module.http.headers = {{"X-Api-Key", "hunter2"}, {"Cookie", "hunter2"}, {"Accept", "x"}};
  module.http.proxy_connect_headers = {{"Proxy-Authorization", "hunter2"}, {"X-Zone", "y"}};
  const std::string yaml = to_yaml(module);
  CHECK(yaml.starts_with("m:\n  prober: http\n  http:\n    method: GET\n"));
  CHECK(yaml.find("hunter2") == yaml.npos);
  CHECK(yaml.find("      X-Api-Key: \"<secret>\"\n      Cookie: \"<secret>\"\n      Accept: x\n") !=
        yaml.npos);
  CHECK(yaml.find("      Proxy-Authorization: [\"<secret>\"]\n      X-Zone: [y]\n") != yaml.npos);

  Config config;
  config.probes.targets.emplace_back().url = "http://a/?a=1&access_token=hunter2&b&api-key=&c=2";
  const std::string targets = to_yaml(config);
  CHECK(targets.find("\"http://a/?a=1&access_token=***&b&api-key=***&c=2\"") != targets.npos);
}

TEST_CASE("to_yaml: a module alone -> an entry that modules: takes") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200; ++i) {
    const ProberConfig probes = random_probes(random);
    if (probes.modules.empty()) continue;
    std::string text = "modules:\n";
    std::istringstream lines(to_yaml(probes.modules[0]));
    for (std::string line; std::getline(lines, line);) text += "  " + line + "\n";
    INFO(text);
    const auto config = parse_config(text, "/x.yml");
    if (!config) FAIL(config.error().what);
    REQUIRE(config->probes.modules.size() == 1);
    CHECK(config->probes.modules[0] == probes.modules[0]);
  }
}

TEST_CASE("to_yaml: words that YAML takes for something else -> quoted") {
  for (const char* name :
       {"null", "~",  "true", "- x", "a: b", "a #b", "'",    "\"",  "\\", "*x", "&x", "!x",
        "%x",   "@x", "`x",   " x ", "...",  "---",  "0x10", "1e3", "[",  "{",  "?"}) {
    Config config;
    DatabaseConfig& database = config.databases.emplace_back();
    database.path = "/srv/app.db";
    database.name = name;
    database.app = "a";
    database.group = "g";
    INFO(to_yaml(config));
    const auto again = parse_config(to_yaml(config), "/x.yml");
    if (!again) FAIL(again.error().what);
    CHECK(*again == config);
  }
}

TEST_CASE("to_yaml: nothing configured -> every section with its defaults") {
  CHECK(to_yaml(Config()) ==
        "databases: []\n"
        "discovery: []\n"
        "targets: []\n"
        "probes:\n"
        "  max_in_flight: 512\n"
        "  max_in_flight_per_host: 32\n"
        "  max_on_demand: 64\n"
        "  allow_link_local: []\n"
        "  dns_servers: []\n"
        "containers:\n"
        "  view: auto\n"
        "  cadvisor_names: auto\n"
        "  sockets: [/run/docker.sock, /run/podman/podman.sock]\n"
        "  include: []\n"
        "  exclude: []\n"
        "  labels: []\n"
        "  rules: []\n"
        "  grace: 10m\n"
        "  objectives:\n"
        "    memory: 0.9\n"
        "    throttled: 0.25\n"
        "    pressure: 0.2\n"
        "    pids: 0.9\n"
        "    fds: 0.8\n"
        "collectors:\n"
        "  sqlite: true\n"
        "  probe: true\n"
        "  container: true\n"
        "  self: true\n"
        "limits:\n"
        "  series: 200000\n"
        "  databases: 20000\n"
        "  detailed_databases: 500\n"
        "  containers: 200\n"
        "  collect_timeout: 1s\n"
        "  max_age: 5m\n"
        "  rescan_interval: 1m\n"
        "  lock_samples_per_second: 2\n"
        "  sampled_databases: 200\n");
}

}  // namespace
}  // namespace litewatch
