#include <filesystem>

#include "config/map_reader.h"
#include "config/problems.h"
#include "config/yaml_tree.h"
#include "dashboards/load.h"
#include "dashboards/read_panel.h"
#include "dashboards/source_values.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostUidBytes = 40;

DashboardRow read_row(const YamlNode& node, const std::string& key, Problems& problems) {
  DashboardRow row;
  row.line = node.line;
  MapReader map(node, key, problems);
  map.require("title", "what the row is about");
  map.text("title", row.title, "what the row is about");
  map.flag("collapsed", row.collapsed);
  read_int(map, "height", row.height, 1, 40);
  map.require("panels", "a list of panels");
  row.panels = read_list(map.find("panels"), map.key_of("panels"), problems, read_panel);
  map.finish();
  return row;
}

/// What Grafana takes in a URL, and in 40 bytes.
std::string wrong_uid(std::string_view uid) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  if (uid.size() > kMostUidBytes) return "at most 40 characters";
  return uid.find_first_not_of(kAllowed) == uid.npos ? "" : "small letters, digits, - and _";
}

std::string name_of(const std::string& path) { return std::filesystem::path(path).stem().string(); }

void read_head(MapReader& map, Dashboard& dashboard) {
  map.require("uid", "a short name that never changes");
  map.text("uid", dashboard.uid, "a short name that never changes", wrong_uid);
  map.require("title", "the dashboard's title");
  map.text("title", dashboard.title, "the dashboard's title");
  read_trimmed(map, "description", dashboard.description, "one or two sentences");
  map.texts("tags", dashboard.tags, "a tag");
  map.text("from", dashboard.from, "a time such as now-6h");
  map.text("refresh", dashboard.refresh, "a duration such as 30s");
  map.texts("variables", dashboard.variables, "the name of a variable in common.yml");
  map.texts("annotations", dashboard.annotations, "the name of an annotation in common.yml");
}

}  // namespace

Result<Dashboard> parse_dashboard(std::string_view text, const std::string& path) {
  const auto root = parse_source(text, path);
  if (!root) return root.error();
  Dashboard dashboard;
  dashboard.path = path;
  dashboard.name = name_of(path);
  Problems problems(path);
  MapReader map(*root, "", problems);
  read_head(map, dashboard);
  map.require("rows", "a list of rows");
  dashboard.rows = read_list(map.find("rows"), "rows", problems, read_row);
  map.finish();
  if (!problems.none()) return problems.error();
  return dashboard;
}

}  // namespace litewatch
