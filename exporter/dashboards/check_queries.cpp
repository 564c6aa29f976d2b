#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "check/query_check.h"
#include "config/problems.h"
#include "dashboards/dashboard_check.h"
#include "dashboards/selectors.h"
#include "promql/functions.h"

namespace litewatch {
namespace {

/// The same as of rules.
constexpr QueryHabits kHabits;

bool is_over_time(PanelType type) {
  return type == PanelType::kTimeseries || type == PanelType::kStateTimeline ||
         type == PanelType::kHeatmap;
}

std::string listed(const FlowLabels& labels) {
  std::string text;
  for (const std::string& name : labels.names) text += (text.empty() ? "" : ", ") + name;
  return "labels of the result: " + (text.empty() ? "none" : text);
}

class PanelQueries {
 public:
  PanelQueries(const DashboardCheck& check, const Dashboard& dashboard, const Panel& panel)
      : check_(check), dashboard_(dashboard), panel_(panel) {}

  void look() {
    for (const PanelQuery& query : panel_.queries) look(query);
  }

 private:
  void look(const PanelQuery& query) {
    const auto checked = check_query(query.expr, place(query), subject(), check_.vocabulary,
                                     kHabits, check_.findings);
    if (!checked) return;
    look_at_type(query, checked->expr->type());
    look_at_legend(query, checked->labels);
    look_at_key(query, checked->labels);
    look_at_links(query, checked->labels);
    if (is_over_time(panel_.type)) look_at_ranges(query, *checked->expr);
  }

  void look_at_type(const PanelQuery& query, promql::ValueType type) {
    if (type == promql::ValueType::kInstantVector || type == promql::ValueType::kScalar) return;
    find("dashboard/query", query, "the result is " + std::string(to_string(type)),
         "ask for an instant vector");
  }

  void look_at_legend(const PanelQuery& query, const FlowLabels& labels) {
    for (const std::string& label : placeholders_in(query.legend)) {
      if (labels.may_have(label)) continue;
      find("dashboard/legend", query,
           "the legend asks for label " + in_quotes(label) + ", which the query does not keep",
           listed(labels));
    }
    const bool named = panel_.type == PanelType::kTable || panel_.type == PanelType::kStat;
    if (named || !query.legend.empty()) return;
    find("dashboard/legend", query, "Grafana would call the series by all their labels",
         "give the query a legend such as \"{{app}}\"");
  }

  void look_at_key(const PanelQuery& query, const FlowLabels& labels) {
    for (const std::string& label : panel_.key) {
      if (labels.may_have(label)) continue;
      find("dashboard/key", query,
           "column " + in_quotes(query.column) + " has no label " + in_quotes(label) +
               " by which the table joins its columns",
           listed(labels));
    }
  }

  /// In tables, links go by the columns of the key: see check_links.
  void look_at_links(const PanelQuery& query, const FlowLabels& labels) {
    if (panel_.type == PanelType::kTable || query.is_limit) return;
    for (const PanelLink& link : panel_.links) {
      for (const std::string& label : link.with) {
        if (labels.may_have(label)) continue;
        find("dashboard/link", query,
             "link " + in_quotes(link.title) + " goes on with label " + in_quotes(label) +
                 ", which the query does not keep",
             listed(labels));
      }
    }
  }

  /// Between two points there must be no counter's growth that nobody sees, nor none at all.
  void look_at_ranges(const PanelQuery& query, const promql::Expr& expr) {
    for_each_node(expr, [&](const promql::Expr& node) {
      const auto* call = std::get_if<promql::Call>(&node.node);
      if (call == nullptr) return;
      const std::string_view name = call->function->name;
      if (name != "rate" && name != "irate" && name != "increase") return;
      const std::string_view text =
          std::string_view(query.expr).substr(node.span.start, node.span.end - node.span.start);
      if (text.find("__rate_interval") != std::string_view::npos) return;
      const bool fixed = text.find("$__") == std::string_view::npos;
      if (fixed && name == "increase") return;
      find("dashboard/range", query,
           std::string(name) + "() over time has a range that does not follow the zoom",
           "write [$__rate_interval]");
    });
  }

  Place place(const PanelQuery& query) const { return {dashboard_.path, query.line}; }
  std::string subject() const { return subject_of(dashboard_, panel_); }
  void find(const char* rule, const PanelQuery& query, std::string what, std::string mend) const {
    check_.find(rule, place(query), subject(), std::move(what), std::move(mend));
  }

  const DashboardCheck& check_;
  const Dashboard& dashboard_;
  const Panel& panel_;
};

/// What label_values(SELECTOR, LABEL) asks for.
struct LabelValues {
  std::string selector;
  std::string label;
};

std::optional<LabelValues> read_label_values(std::string_view query) {
  constexpr std::string_view kStart = "label_values(";
  const std::size_t comma = query.rfind(',');
  if (!query.starts_with(kStart) || !query.ends_with(')') || comma == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view label = query.substr(comma + 1, query.size() - comma - 2);
  label.remove_prefix(std::min(label.find_first_not_of(' '), label.size()));
  return LabelValues{std::string(query.substr(kStart.size(), comma - kStart.size())),
                     std::string(label)};
}

void check_variable(const DashboardCheck& check, const DashboardVariable& variable) {
  const Place place{"dashboards/common.yml", variable.line};
  const std::string subject = "variable " + variable.name;
  const auto values = read_label_values(variable.query);
  if (!values) {
    return check.find("dashboard/variable", place, subject,
                      "its query is not label_values(METRIC, LABEL)",
                      "write label_values(METRIC, " + variable.name + ")");
  }
  const auto checked =
      check_query(values->selector, place, subject, check.vocabulary, kHabits, check.findings);
  if (!checked) return;
  if (values->label != variable.name) {
    check.find("dashboard/variable", place, subject,
               "it holds values of label " + in_quotes(values->label),
               "a variable is called like the label that it is matched with");
  }
  if (!checked->labels.may_have(values->label)) {
    check.find("dashboard/variable", place, subject,
               "the metric has no label " + in_quotes(values->label), listed(checked->labels));
  }
}

void check_annotation(const DashboardCheck& check, const DashboardAnnotation& annotation) {
  const Place place{"dashboards/common.yml", annotation.line};
  const std::string subject = "annotation " + annotation.name;
  const auto checked =
      check_query(annotation.expr, place, subject, check.vocabulary, kHabits, check.findings);
  if (!checked) return;
  for (const std::string& label : placeholders_in(annotation.text)) {
    if (checked->labels.may_have(label)) continue;
    check.find("dashboard/legend", place, subject,
               "the text asks for label " + in_quotes(label) + ", which the query does not keep",
               listed(checked->labels));
  }
}

}  // namespace

void check_queries(const DashboardCheck& check) {
  for_each_panel(check.set, [&](const Dashboard& dashboard, const Panel& panel) {
    PanelQueries(check, dashboard, panel).look();
  });
  for (const DashboardVariable& variable : check.set.variables) check_variable(check, variable);
  for (const DashboardAnnotation& annotation : check.set.annotations) {
    check_annotation(check, annotation);
  }
}

}  // namespace litewatch
