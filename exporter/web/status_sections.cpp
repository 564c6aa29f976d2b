#include "web/status_sections.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>

namespace litewatch {
namespace {

/// The order in which a person asks: does it answer, how is its data, how is where it runs.
constexpr std::array<std::string_view, 3> kKinds = {"target", "database", "container"};

std::string_view kind_of(const StatusRow& row) { return row.kind; }
std::string_view app_of(const StatusRow& row) { return row.app; }

/// Rows by key, the groups in the order of their first rows.
template <class Key>
std::vector<StatusRows> grouped(std::span<const StatusRow* const> rows, Key key) {
  std::vector<StatusRows> groups;
  std::map<std::string_view, std::size_t> index;
  for (const StatusRow* row : rows) {
    const auto [found, is_new] = index.emplace(key(*row), groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(row);
  }
  return groups;
}

auto place_of(const StatusRows& table) { return std::ranges::find(kKinds, table.front()->kind); }

Health worst_of(const StatusSection& section) {
  Health worst = Health::kOk;
  for (const StatusRows& table : section.tables) worst = std::max(worst, table.front()->health);
  return worst;
}

/// Worst first whatever the app, and rows of one app together where they are equally well.
StatusRows apps_together(StatusRows rows) {
  std::ranges::stable_sort(rows, [](const StatusRow* a, const StatusRow* b) {
    return a->health != b->health ? a->health > b->health : a->app < b->app;
  });
  return rows;
}

}  // namespace

std::vector<StatusRows> rows_by_kind(std::span<const StatusRow* const> rows) {
  return grouped(rows, kind_of);
}

std::vector<StatusSection> status_sections(std::span<const StatusRow* const> rows) {
  std::vector<StatusSection> sections;
  std::set<std::string_view> apps;
  std::set<std::string_view> kinds_of_apps;
  for (const StatusRows& app : grouped(rows, app_of)) {
    std::vector<StatusRows> tables = rows_by_kind(app);
    if (app.front()->app.empty() || tables.size() < 2) continue;
    std::ranges::stable_sort(tables, {}, place_of);
    apps.insert(app.front()->app);
    for (const StatusRows& table : tables) kinds_of_apps.insert(table.front()->kind);
    sections.push_back({app.front()->app, false, std::move(tables)});
  }
  StatusRows left;
  std::ranges::copy_if(rows, std::back_inserter(left),
                       [&](const StatusRow* row) { return !apps.contains(row->app); });
  for (const StatusRows& kind : rows_by_kind(left)) {
    const bool others = kinds_of_apps.contains(kind.front()->kind);
    sections.push_back({"", others, {apps_together(kind)}});
  }
  std::ranges::stable_sort(sections, std::ranges::greater(), worst_of);
  return sections;
}

}  // namespace litewatch
