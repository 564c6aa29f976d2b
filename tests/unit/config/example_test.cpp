// deploy/litewatch.example.yml is documentation: it must load, say the defaults, and leave no key
// out.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "catch.h"
#include "config/load.h"
#include "config/yaml_tree.h"

namespace litewatch {
namespace {

constexpr const char* kExample = LITEWATCH_SOURCE_DIR "/deploy/litewatch.example.yml";

std::string example_text() {
  std::stringstream text;
  text << std::ifstream(kExample).rdbuf();
  return text.str();
}

Config example() {
  auto config = load_config(kExample);
  if (!config) FAIL(config.error().message());
  return *std::move(config);
}

/// Whether a line is a key that is off: "#", more than one space, and a key.
bool is_off(const std::string& line) {
  const std::size_t key = line.find_first_not_of("#- ");
  if (!line.starts_with("#  ") || key == line.npos) return false;
  const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", key);
  return end != line.npos && end > key && line[end] == ':';
}

/// The example with all that is off in it on.
std::string full_text() {
  std::istringstream lines(example_text());
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    text += (is_off(line) ? line.substr(1) : line) + "\n";
  }
  return text;
}

Config full() {
  auto config = parse_config(full_text(), kExample);
  if (!config) FAIL(config.error().message());
  return *std::move(config);
}

/// Modules share their keys, and so do all tls_configs.
std::string shared_key(std::string key) {
  if (key.starts_with("modules.")) {
    const std::size_t end = std::min(key.find('.', 8), key.size());
    key.erase(8, end == key.size() ? 0 : end - 7);
  }
  if (key.starts_with("modules.unix.")) key.replace(8, 4, "tcp");
  const std::size_t tls = key.find(".tls_config");
  return tls == key.npos ? key : "tls" + key.substr(tls);
}

/// The dotted keys of a document; the elements of a list share theirs.
void add_keys(const YamlNode& node, const std::string& key, std::set<std::string>& keys) {
  if (!key.empty()) keys.insert(key);
  for (const YamlNode& child : node.children) {
    add_keys(child,
             child.key.empty() ? key
             : key.empty()     ? child.key
                               : key + "." + child.key,
             keys);
  }
}

std::set<std::string> keys_of(const std::string& text) {
  std::set<std::string> keys;
  add_keys(parse_yaml(text, "x").value(), "", keys);
  std::set<std::string> shared;
  for (const std::string& key : keys) shared.insert(shared_key(key));
  return shared;
}

TEST_CASE("example configuration: every value -> the default") {
  const Config config = example();
  CHECK(config.limits == LimitsConfig());
  CHECK(config.collectors == CollectorsConfig());
  for (const auto& database : config.databases) {
    CHECK(database.objectives == SqliteObjectives());
    CHECK(database.locks_on_remote == DatabaseConfig().locks_on_remote);
    CHECK(database.literal == DatabaseConfig().literal);
  }
  for (const auto& folder : config.discovery) {
    CHECK(folder.objectives == SqliteObjectives());
    CHECK(folder.max_depth == DiscoveryConfig().max_depth);
  }
  ContainerOptions containers = config.containers;
  containers.rules.clear();
  CHECK(containers == ContainerOptions());
  CHECK(config.probes.options == ProberOptions());
  for (const ProbeTarget& target : config.probes.targets) {
    const ProbeTarget defaults;
    CHECK(target.interval_s == defaults.interval_s);
    CHECK(target.failing_interval_s == defaults.failing_interval_s);
    CHECK(target.confirm_failures == defaults.confirm_failures);
    CHECK(target.reuse_connection == defaults.reuse_connection);
  }
}

TEST_CASE("example configuration: what is off in it -> right as well, and nothing left off") {
  const Config config = full();
  CHECK(config.probes.options.raw_targets.enabled);
  CHECK(config.probes.modules.size() == example().probes.modules.size() + 4);
  std::istringstream lines(full_text());
  for (std::string line; std::getline(lines, line);) CHECK_FALSE(is_off(line));
}

TEST_CASE("example configuration: entries -> one of each kind") {
  const Config config = example();
  REQUIRE(config.databases.size() == 3);
  CHECK(config.databases[0].name == "main");
  CHECK(config.databases[1].is_pattern());
  CHECK((config.databases[2].name == "other" && config.databases[2].app == "other"));
  CHECK(config.discovery.size() == 1);
  REQUIRE(config.containers.rules.size() == 1);
  CHECK(config.containers.rules[0] == ContainerRule{"shop-web-1", "web", "shop"});
  REQUIRE(config.probes.targets.size() == 3);
  CHECK(config.probes.targets[0].module == "shop");
  CHECK(config.probes.targets[1].health_format == HealthFormat::kPocketBase);
  CHECK(config.probes.targets[2].name == "shop.example.org");
  CHECK(config.probes.modules.size() == 3);
  CHECK_FALSE(config.probes.options.raw_targets.enabled);
}

TEST_CASE("example configuration: keys -> all there are") {
  std::set<std::string> known = keys_of(to_yaml(full()));
  for (const std::string& key : keys_of(to_yaml(full()))) {
    const std::string inside = "databases.objectives";
    if (key.starts_with(inside)) known.insert("objectives" + key.substr(inside.size()));
  }
  // The objectives of entries are those at the top: the example shows one override of each.
  const std::set<std::string> shown = keys_of(full_text());
  for (const std::string& key : known) {
    INFO(key);
    if (key.find(".objectives.") == key.npos) CHECK(shown.contains(key));
  }
  CHECK(shown.contains("databases.objectives.wal"));
  CHECK(shown.contains("discovery.objectives.freelist"));
  // What to_yaml writes in another form.
  for (const char* key : {"modules.http.bearer_token_file", "modules.http.follow_redirects",
                          "targets.connection", "modules.http.enable_http3", "probes.interval",
                          "probes.failing_interval", "probes.timeout", "probes.confirm_failures"}) {
    INFO(key);
    CHECK(shown.contains(key));
  }
}

TEST_CASE("example configuration: each key -> a comment on its line or the one above") {
  std::istringstream lines(full_text());
  std::string above;
  for (std::string line; std::getline(lines, line); above = line) {
    const bool has_key = line.find(": ") != line.npos || line.ends_with(':');
    if (!has_key || line.find_first_not_of(' ') == line.find('#')) continue;
    INFO(line);
    const auto commented = [](const std::string& text) { return text.find('#') != text.npos; };
    CHECK((commented(line) || commented(above)));
  }
}

}  // namespace
}  // namespace litewatch
