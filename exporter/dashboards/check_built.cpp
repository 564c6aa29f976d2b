#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include "check/file_error.h"
#include "config/text_file.h"
#include "dashboards/check_dashboards.h"
#include "dashboards/compile.h"
#include "dashboards/grafana_json.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "dashboards/grafana";
constexpr const char* kRule = "dashboard/built";
constexpr const char* kMend = "run litetool build dashboards, and look at the difference";
constexpr std::size_t kMostBytes = 16 << 20;

void add(const char* rule, const std::string& path, int line, const std::string& subject,
         const std::string& what, const std::string& mend, Findings& findings) {
  findings.push_back({rule, {path, line}, subject, what, mend});
}

/// The line at which two texts part.
int first_difference(std::string_view a, std::string_view b) {
  const auto [at, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<int>(std::count(a.begin(), at, '\n')) + 1;
}

void check_text(const fs::path& root, const std::string& path, const std::string& name,
                const std::string& compiled, Findings& findings) {
  std::error_code error;
  if (!fs::exists(root / path, error)) {
    return add(kRule, path, 1, name, "it is not built yet", kMend, findings);
  }
  const auto file = read_text_file((root / path).string(), kMostBytes);
  if (!file) return add_file_error(file.error(), path, findings);
  if (file->text == compiled) return;
  add(kRule, path, first_difference(file->text, compiled), name,
      "it is not what its source compiles to", kMend, findings);
}

/// Files that no source compiles to.
void check_orphans(const fs::path& root, const std::set<std::string>& known, Findings& findings) {
  std::set<std::string> orphans;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root / kFolder, error)) {
    const std::string name = entry.path().filename().string();
    if (known.count(name) == 0) orphans.insert(name);
  }
  for (const std::string& name : orphans) {
    add(kRule, std::string(kFolder) + "/" + name, 1, name, "no source compiles to it",
        "remove it, or write its source", findings);
  }
}

}  // namespace

void check_built(const fs::path& root, const DashboardSet& set, const Vocabulary& vocabulary,
                 Findings& findings) {
  std::set<std::string> known;
  for (const Dashboard& dashboard : set.dashboards) {
    const std::string file = dashboard.name + ".json";
    const std::string path = std::string(kFolder) + "/" + file;
    known.insert(file);
    const auto json = compile_dashboard(dashboard, set, vocabulary);
    check_text(root, path, dashboard.name, dashboard_text(json), findings);
    for (const std::string& problem : grafana_problems(json)) {
      add("dashboard/json", dashboard.path, 1, dashboard.name, problem,
          "mend the source, or the compiler", findings);
    }
  }
  check_orphans(root, known, findings);
}

}  // namespace litewatch
