#pragma once

#include <optional>
#include <string>
#include <vector>

namespace litewatch {

/// A dashboard as its YAML source tells it; everything that Grafana wants beside is the compiler's
/// business. Sizes are in Grafana's grid of 24 columns; lines are those of the source.

/// From this value on, that colour.
struct ThresholdStep {
  double from = 0;
  std::string color;
};

/// How one value is shown: 0 as "down", in red.
struct ValueName {
  double value = 0;
  std::string text;
  std::string color;
};

/// Where a click leads.
struct PanelLink {
  std::string title;
  std::string dashboard;          ///< the source's name, e.g. "sqlite"; or
  std::string runbook;            ///< the alert whose runbook it is
  std::vector<std::string> with;  ///< labels of the series or columns of the table to go on with
  int line = 0;
};

struct PanelQuery {
  std::string expr;
  std::string legend;     ///< "{{app}} {{db}}"
  bool is_limit = false;  ///< an objective: drawn as a dashed red line
  bool right = false;     ///< on an axis of its own, at the right
  std::string unit;       ///< where it is not the panel's
  int line = 0;           ///< where the query begins
  // Of tables, whose every query is a column:
  std::string column;  ///< the column's title
  std::vector<ThresholdStep> thresholds;
  std::vector<ValueName> values;
  std::optional<PanelLink> link;
  std::optional<int> decimals;
};

enum class PanelType : unsigned char {
  kStat,
  kTimeseries,
  kBargauge,
  kTable,
  kStateTimeline,
  kHeatmap,
  kText,
};

struct Panel {
  std::string title;
  PanelType type = PanelType::kTimeseries;
  std::string description;  ///< what it shows and what to do when it is bad
  std::string empty;        ///< why it may have no data; shown instead of it
  std::string needs;        ///< the fault without which it has none; empty: it always has some
  std::string unit;
  int width = 6;
  int height = 0;  ///< 0: the row's
  std::optional<double> min;
  std::optional<double> max;
  std::optional<int> decimals;
  std::vector<ThresholdStep> thresholds;
  std::vector<ValueName> values;
  std::vector<PanelQuery> queries;
  std::vector<PanelLink> links;
  bool stack = false;
  std::vector<std::string> key;  ///< of a table: the labels that make a row; the first columns
  std::string sort;              ///< of a table: the column by which, largest first
  std::string text;              ///< of a text panel, Markdown
  std::string raw;               ///< JSON that is merged into the panel at last; empty: none
  int line = 0;
};

struct DashboardRow {
  std::string title;
  bool collapsed = false;
  int height = 8;
  std::vector<Panel> panels;
  int line = 0;
};

/// A variable that dashboards may use, from dashboards/common.yml. Its name is the label that it
/// is matched with.
struct DashboardVariable {
  std::string name;
  std::string label;  ///< what stands before the box
  std::string query;  ///< label_values(metric, label)
  std::string all = ".*";
  int line = 0;
};

/// Marks on the time axis, from dashboards/common.yml.
struct DashboardAnnotation {
  std::string name;
  std::string title;
  std::string expr;
  std::string text;  ///< "{{alertname}} {{app}}"
  std::string color;
  int line = 0;
};

struct Dashboard {
  std::string path;  ///< of the source
  std::string name;  ///< its stem: "sqlite"
  std::string uid;
  std::string title;
  std::string description;
  std::vector<std::string> tags;
  std::string from = "now-6h";
  std::string refresh = "30s";
  std::vector<std::string> variables;    ///< names of DashboardVariables, in order
  std::vector<std::string> annotations;  ///< names of DashboardAnnotations
  std::vector<DashboardRow> rows;
};

/// Everything under dashboards/.
struct DashboardSet {
  std::vector<DashboardVariable> variables;
  std::vector<DashboardAnnotation> annotations;
  std::vector<Dashboard> dashboards;  ///< sorted by name
};

}  // namespace litewatch
