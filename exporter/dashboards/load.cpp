#include "dashboards/load.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <system_error>

#include "check/file_error.h"
#include "config/text_file.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "dashboards";
constexpr const char* kCommon = "common.yml";
constexpr const char* kWaivers = "waivers.yml";

/// The file `name` of `root`/dashboards, parsed; nullopt: it could not be, which is a finding.
template <class Parse>
auto load_file(const fs::path& root, const std::string& name, Findings& findings, Parse parse)
    -> std::optional<std::decay_t<decltype(*parse("", ""))>> {
  const std::string path = (fs::path(kFolder) / name).string();
  const auto file = read_text_file((root / path).string());
  if (!file) return add_file_error(file.error(), path, findings), std::nullopt;
  auto parsed = parse(file->text, path);
  if (!parsed) return add_file_error(parsed.error(), path, findings), std::nullopt;
  return *std::move(parsed);
}

std::vector<std::string> source_names(const fs::path& root, Findings& findings) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root / kFolder, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_source = entry.path().extension() == ".yml" && !name.starts_with('.');
    if (is_source && name != kCommon && name != kWaivers) names.push_back(name);
  }
  if (error) {
    add_file_error(system_error(error.value(), "cannot list the folder", ""), kFolder, findings);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

DashboardSet load_dashboards(const fs::path& root, Findings& findings) {
  auto set = load_file(root, kCommon, findings, parse_common).value_or(DashboardSet{});
  for (const std::string& name : source_names(root, findings)) {
    auto dashboard = load_file(root, name, findings, parse_dashboard);
    if (dashboard) set.dashboards.push_back(*std::move(dashboard));
  }
  return set;
}

Waivers load_dashboard_waivers(const fs::path& root, Findings& findings) {
  const std::string path = (fs::path(kFolder) / kWaivers).string();
  std::error_code error;
  if (!fs::exists(root / path, error)) return Waivers{path, {}};
  return load_file(root, kWaivers, findings, parse_waivers).value_or(Waivers{path, {}});
}

DashboardIndex index_of(const DashboardSet& set) {
  DashboardIndex index;
  for (const Dashboard& dashboard : set.dashboards) {
    index[dashboard.uid] = {dashboard.variables.begin(), dashboard.variables.end()};
    index[dashboard.uid].insert("datasource");
  }
  return index;
}

}  // namespace litewatch
