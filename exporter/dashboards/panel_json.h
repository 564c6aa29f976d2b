#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "check/vocabulary.h"
#include "dashboards/compile.h"
#include "dashboards/dashboard.h"

namespace litewatch {

/// Parts of Grafana's classic JSON, one file per part. Keys are in alphabetical order where Grafana
/// has no other.
using Json = nlohmann::ordered_json;

/// What the parts of a dashboard are compiled with.
struct CompileContext {
  const Dashboard& dashboard;
  const DashboardSet& set;
  const Vocabulary& vocabulary;
  const DashboardLinks& links;
  const std::vector<const DashboardVariable*> variables;  ///< the dashboard's, in order

  /// A query with matchers for the variables, the first `count` of them only where given.
  std::string scoped(const std::string& query, std::size_t count = ~std::size_t{0}) const;
};

/// {type: prometheus, uid: ${datasource}}.
Json datasource_ref();
/// A number without ".0" where it is whole.
Json number_json(double value);
/// Of a panel's query: "A" for the first.
std::string ref_id(std::size_t query);

/// `panels` of a dashboard: rows and their panels with ids and places.
Json compile_rows(const CompileContext& context);
/// A panel without its id and its place.
Json compile_panel(const Panel& panel, const CompileContext& context);
/// `options` by the type of a panel.
Json compile_options(const Panel& panel);
/// `targets`.
Json compile_targets(const Panel& panel, const CompileContext& context);
/// `fieldConfig`.
Json compile_fields(const Panel& panel, const CompileContext& context);
/// `fieldConfig.overrides`: what a panel's queries do otherwise.
Json compile_overrides(const Panel& panel, const CompileContext& context);
/// `transformations` of a table: one row for each value of the key, the columns in order.
Json compile_transformations(const Panel& panel, const CompileContext& context);

Json threshold_steps(const std::vector<ThresholdStep>& steps);
Json value_mappings(const std::vector<ValueName>& values);
/// Whether a value's name or thresholds give colours.
bool has_colors(const std::vector<ThresholdStep>& steps, const std::vector<ValueName>& values);

/// `templating` and `annotations`.
Json compile_templating(const CompileContext& context);
Json compile_annotations(const CompileContext& context);

/// Links above all panels, to the dashboards with the same tag.
Json compile_links_bar(const Dashboard& dashboard);
/// Links in a panel's corner: those that go on with no label.
Json panel_links(const Panel& panel, const CompileContext& context);
/// Links on the panel's values: those that go on with a label.
Json value_links(const Panel& panel, const CompileContext& context);
Json link_json(const PanelLink& link, PanelType type, const CompileContext& context);

}  // namespace litewatch
