#include "config/load.h"

#include <filesystem>
#include <map>
#include <utility>

#include "config/containers.h"
#include "config/map_reader.h"
#include "config/names.h"
#include "config/paths.h"
#include "config/probes.h"
#include "config/problems.h"
#include "config/text_file.h"
#include "config/yaml_tree.h"

namespace litewatch {
namespace {

/// Ten thousand targets with all their keys take a quarter of it.
constexpr std::size_t kMaxConfigBytes = 16 << 20;
constexpr double kMinute = 60;
constexpr double kDay = 86400;
constexpr const char* kPathExpected = "the path of a database or a pattern";

/// What the reading of any part needs: where paths start, what objectives start from, and the list
/// of mistakes.
struct Context {
  std::filesystem::path folder;
  SqliteObjectives objectives;
  Problems problems;
};

void read_objectives(const YamlNode* node, const std::string& key, Problems& problems,
                     SqliteObjectives& out) {
  if (node == nullptr) return;
  constexpr double kLeast = 0.001;
  constexpr double kMost = 3650 * kDay;
  MapReader map(*node, key, problems);
  map.size("wal", out.wal_bytes);
  map.size("checkpoint_lag", out.checkpoint_lag_bytes);
  map.duration("oldest_reader", out.oldest_reader_s, kLeast, kMost);
  map.duration("write_lock_held", out.write_lock_held_s, kLeast, kMost);
  map.number("write_lock_occupancy", out.write_lock_occupancy_ratio, 0, 1);
  map.number("freelist", out.freelist_ratio, 0, 1);
  map.size("filesystem_avail", out.filesystem_avail_bytes);
  map.duration_or_none("write_age", out.write_age_s, kLeast, kMost);
  map.finish();
}

void read_path(const YamlNode& node, const std::string& key, Context& context, std::string& out) {
  if (node.kind != YamlNode::Kind::kScalar) {
    return complain(context.problems, node, key, "a path");
  }
  const auto path = absolute_path(node.text, context.folder);
  if (path) {
    out = *path;
  } else {
    complain(context.problems, node, key, path.error().what);
  }
}

void read_required_path(const YamlNode& map, const YamlNode* node, const std::string& key,
                        const char* expected, Context& context, std::string& out) {
  if (node != nullptr) return read_path(*node, key, context, out);
  if (map.kind == YamlNode::Kind::kMap) context.problems.add(map.line, key, expected, "nothing");
}

DatabaseConfig read_database(const YamlNode& node, const std::string& key, Context& context) {
  DatabaseConfig database;
  database.objectives = context.objectives;
  if (node.kind == YamlNode::Kind::kScalar) {
    read_path(node, key, context, database.path);
    return database;
  }
  if (node.kind != YamlNode::Kind::kMap) {
    complain(context.problems, node, key, std::string(kPathExpected) + ", or a map");
    return database;
  }
  MapReader map(node, key, context.problems);
  read_required_path(node, map.find("path"), key + ".path", kPathExpected, context, database.path);
  map.flag("literal", database.literal);
  map.name("name", database.name);
  map.name("app", database.app);
  map.name("group", database.group);
  map.flag("locks_on_remote", database.locks_on_remote);
  const YamlNode* objectives = map.find("objectives");
  read_objectives(objectives, key + ".objectives", context.problems, database.objectives);
  map.finish();
  if (database.is_pattern() && !database.name.empty()) {
    context.problems.add(map.find("name")->line, key + ".name",
                         "no name, as a pattern leads to many databases (app and group apply)",
                         in_quotes(database.name));
  }
  return database;
}

DiscoveryConfig read_discovery(const YamlNode& node, const std::string& key, Context& context) {
  DiscoveryConfig discovery;
  discovery.objectives = context.objectives;
  MapReader map(node, key, context.problems);
  read_required_path(node, map.find("root"), key + ".root", "the folder to search", context,
                     discovery.root);
  map.name("app", discovery.app);
  map.name("group", discovery.group);
  map.count("max_depth", discovery.max_depth, 0, 32);
  if (const YamlNode* exclude = map.find("exclude")) {
    discovery.exclude = read_texts(*exclude, key + ".exclude", "a pattern", context.problems);
  }
  const YamlNode* objectives = map.find("objectives");
  read_objectives(objectives, key + ".objectives", context.problems, discovery.objectives);
  map.finish();
  return discovery;
}

void read_collectors(const YamlNode* node, Problems& problems, CollectorsConfig& out) {
  if (node == nullptr) return;
  MapReader map(*node, "collectors", problems);
  map.flag("sqlite", out.sqlite);
  map.flag("probe", out.probe);
  map.flag("container", out.container);
  map.flag("self", out.self);
  map.finish();
}

void read_limits(const YamlNode* node, Problems& problems, LimitsConfig& out) {
  if (node == nullptr) return;
  MapReader map(*node, "limits", problems);
  map.count("series", out.series, 1, 10'000'000);
  map.count("databases", out.databases, 1, 1'000'000);
  map.count("detailed_databases", out.detailed_databases, 0, 100'000);
  map.count("containers", out.containers, 1, 10'000);
  map.duration("collect_timeout", out.collect_timeout_s, 0.01, kMinute);
  map.duration("max_age", out.max_age_s, 0.01, kDay);
  map.duration("rescan_interval", out.rescan_interval_s, 1, kDay);
  map.number("lock_samples_per_second", out.lock_samples_per_s, 0, 20);
  map.count("sampled_databases", out.sampled_databases, 0, 100'000);
  map.finish();
  if (out.max_age_s >= out.collect_timeout_s) return;
  // Its default is longer than any collect_timeout: here it was given.
  complain(problems, *map.find("max_age"), "limits.max_age", "no less than limits.collect_timeout");
}

/// Each element of a list, read by `read`, into `out`.
template <class T>
void read_list(const YamlNode* node, const char* key, Context& context, std::vector<T>& out,
               T (*read)(const YamlNode&, const std::string&, Context&)) {
  if (node == nullptr || !expect_list(*node, key, context.problems)) return;
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    out.push_back(read(node->children[i], element(key, i), context));
  }
}

/// Two databases with one path would be counted twice; with one app and name they would be one
/// series. `list` holds the entries that `databases` came from.
void expect_distinct(const std::vector<DatabaseConfig>& databases, const YamlNode& list,
                     Problems& problems) {
  std::map<std::string_view, std::size_t> paths;
  using Name = std::pair<std::string_view, std::string_view>;
  std::map<Name, std::size_t> names;
  const auto where = [&](std::size_t i) {
    return element("databases", i) + " on line " + std::to_string(list.children[i].line);
  };
  for (std::size_t i = 0; i < databases.size(); ++i) {
    const DatabaseConfig& database = databases[i];
    const int line = list.children[i].line;
    const auto [path, new_path] = paths.emplace(database.path, i);
    if (!new_path) {
      problems.add(line, element("databases", i) + ".path", "a path of its own",
                   "that of " + where(path->second));
      continue;
    }
    if (database.is_pattern()) continue;
    const auto [name, new_name] = names.emplace(Name(database.app, database.name), i);
    if (new_name) continue;
    problems.add(line, element("databases", i), "an app and name of its own",
                 "app " + in_quotes(database.app) + ", name " + in_quotes(database.name) + " as " +
                     where(name->second) + "; give one of them a name");
  }
}

Config read_config(const YamlNode& root, Context& context) {
  Config config;
  if (root.kind == YamlNode::Kind::kNothing) return config;
  MapReader map(root, "", context.problems);
  const YamlNode* databases = map.find("databases");
  const YamlNode* discovery = map.find("discovery");
  // Before the entries, which start from them.
  read_objectives(map.find("objectives"), "objectives", context.problems, context.objectives);
  read_list(databases, "databases", context, config.databases, read_database);
  read_list(discovery, "discovery", context, config.discovery, read_discovery);
  read_probes(map, context.folder, context.problems, config.probes);
  if (const YamlNode* containers = map.find("containers")) {
    read_containers(*containers, context.folder, context.problems, config.containers);
  }
  read_collectors(map.find("collectors"), context.problems, config.collectors);
  read_limits(map.find("limits"), context.problems, config.limits);
  map.finish();
  derive_names(config);
  if (context.problems.none() && databases != nullptr) {
    expect_distinct(config.databases, *databases, context.problems);
  }
  return config;
}

}  // namespace

Result<Config> load_config(const std::string& file) {
  const auto content = read_text_file(file, kMaxConfigBytes);
  if (!content) return content.error();
  return parse_config(content->text, file);
}

Result<Config> parse_config(std::string_view text, const std::string& file) {
  const auto root = parse_yaml(text, file);
  if (!root) return root.error();
  Context context{folder_of(file), {}, Problems(file)};
  Config config = read_config(*root, context);
  if (!context.problems.none()) return context.problems.error();
  return config;
}

}  // namespace litewatch
