#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>

#include "dashboards/panel_json.h"
#include "dashboards/source_values.h"

namespace litewatch {
namespace {

/// Numbers for panels that stay when others come and go: links to a panel hold them, and so do
/// diffs. They are made of the titles.
class PanelIds {
 public:
  int next(std::string_view row, std::string_view panel) {
    std::uint32_t hash = kStart;
    for (const std::string_view part : {row, std::string_view("\n"), panel}) {
      for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
    }
    int id = 1 + static_cast<int>(hash % kMost);
    while (!used_.insert(id).second) id = id % kMost + 1;
    return id;
  }

 private:
  // FNV-1a.
  static constexpr std::uint32_t kStart = 2166136261;
  static constexpr std::uint32_t kPrime = 16777619;
  static constexpr int kMost = 99999;

  std::set<int> used_;
};

/// Lays panels out from left to right; a panel that has no room begins a new line.
class Layout {
 public:
  explicit Layout(int y) : y_(y) {}

  Json place(int width, int height) {
    if (x_ + width > kGridColumns) end_line();
    const Json place = {{"h", height}, {"w", width}, {"x", x_}, {"y", y_}};
    x_ += width;
    tallest_ = std::max(tallest_, height);
    return place;
  }

  /// Where the next thing below begins.
  int end() {
    end_line();
    return y_;
  }

 private:
  void end_line() {
    y_ += tallest_;
    x_ = tallest_ = 0;
  }

  int x_ = 0;
  int y_;
  int tallest_ = 0;
};

Json row_json(const DashboardRow& row, int id, int y) {
  return {{"collapsed", row.collapsed},
          {"gridPos", {{"h", 1}, {"w", kGridColumns}, {"x", 0}, {"y", y}}},
          {"id", id},
          {"panels", Json::array()},
          {"title", row.title},
          {"type", "row"}};
}

}  // namespace

Json compile_rows(const CompileContext& context) {
  Json all = Json::array();
  PanelIds ids;
  int y = 0;
  for (const DashboardRow& row : context.dashboard.rows) {
    Json head = row_json(row, ids.next(row.title, ""), y++);
    Json panels = Json::array();
    Layout layout(y);
    for (const Panel& panel : row.panels) {
      Json json = compile_panel(panel, context);
      json["gridPos"] = layout.place(panel.width, panel.height == 0 ? row.height : panel.height);
      json["id"] = ids.next(row.title, panel.title);
      panels.push_back(std::move(json));
    }
    if (row.collapsed) {
      head["panels"] = std::move(panels);
      all.push_back(std::move(head));
      continue;
    }
    all.push_back(std::move(head));
    for (Json& panel : panels) all.push_back(std::move(panel));
    y = layout.end();
  }
  return all;
}

}  // namespace litewatch
