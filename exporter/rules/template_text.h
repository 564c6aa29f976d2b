#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace litewatch {

/// A query that a template runs.
struct TemplateQuery {
  std::string text;                 ///< what printf fills in stands there as x or 1
  std::vector<std::string> labels;  ///< asked of its result
};

/// What an annotation or a label of an alert does with the alert's labels and value, as far as its
/// `{{ … }}` tell. Source: Prometheus, template/template.go.
struct TemplateText {
  std::vector<std::string> labels;  ///< of the alert, asked for by $labels.x or .Labels.x
  std::vector<TemplateQuery> queries;
  bool has_actions = false;
  bool uses_value = false;
  bool value_is_raw = false;           ///< the value is printed without a humanize… or printf
  std::optional<std::string> problem;  ///< an action that is not closed, or an unknown function
};

TemplateText read_template(std::string_view text);

}  // namespace litewatch
