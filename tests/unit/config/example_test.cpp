// deploy/litewatch.example.yml is documentation: it must load, say the defaults, and leave no key
// out.
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
  return keys;
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
}

TEST_CASE("example configuration: entries -> one of each kind") {
  const Config config = example();
  REQUIRE(config.databases.size() == 3);
  CHECK(config.databases[0].name == "main");
  CHECK(config.databases[1].is_pattern());
  CHECK((config.databases[2].name == "other" && config.databases[2].app == "other"));
  CHECK(config.discovery.size() == 1);
}

TEST_CASE("example configuration: keys -> all there are") {
  std::set<std::string> known = keys_of(to_yaml(example()));
  for (const std::string& key : keys_of(to_yaml(example()))) {
    const std::string inside = "databases.objectives";
    if (key.starts_with(inside)) known.insert("objectives" + key.substr(inside.size()));
  }
  // The objectives of entries are those at the top: the example shows one override of each.
  std::set<std::string> shown = keys_of(example_text());
  for (const std::string& key : known) {
    INFO(key);
    if (key.find(".objectives.") == key.npos) CHECK(shown.contains(key));
  }
  CHECK(shown.contains("databases.objectives.wal"));
  CHECK(shown.contains("discovery.objectives.freelist"));
}

TEST_CASE("example configuration: each key -> a comment on its line or the one above") {
  std::istringstream lines(example_text());
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
