#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "config/problems.h"
#include "rules/checks.h"
#include "rules/template_text.h"

namespace litewatch {
namespace {

struct Component {
  std::string_view name;
  std::string_view prefix;  ///< of its alerts' names
};

/// A subject that gets rules of its own gets a row here.
constexpr auto kComponents = std::to_array<Component>({{"container", "Container"},
                                                       {"exporter", "Litewatch"},
                                                       {"probe", "App"},
                                                       {"slo", "App"},
                                                       {"sqlite", "Sqlite"}});
constexpr auto kSeverities =
    std::to_array<std::string_view>({"critical", "info", "none", "warning"});

const Component* component_of(const Rule& alert) {
  const RuleText* label = alert.label("component");
  if (label == nullptr) return nullptr;
  const auto row = std::ranges::find(kComponents, label->value, &Component::name);
  return row == kComponents.end() ? nullptr : &*row;
}

std::string component_names() {
  std::string text;
  for (const Component& row : kComponents) {
    text.append(text.empty() ? "" : ", ").append(row.name);
  }
  return text;
}

bool is_camel_case(std::string_view name) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && upper(name.front()) && std::ranges::any_of(name, lower) &&
         std::ranges::all_of(name, [&](char c) { return upper(c) || lower(c) || digit(c); });
}

void check_name(const CheckedRule& alert, Findings& findings) {
  const Rule& rule = *alert.rule;
  if (!is_camel_case(rule.name)) {
    findings.push_back({"alert/name", alert.place(rule.line), rule.name,
                        "the name is not CamelCase", "write it like SqliteWalTooLarge"});
  }
  const Component* component = component_of(rule);
  if (component == nullptr || is_heartbeat(rule) || rule.name.starts_with(component->prefix)) {
    return;
  }
  const std::string prefix(component->prefix);
  findings.push_back(
      {"alert/name", alert.place(rule.line), rule.name,
       "an alert of component " + std::string(component->name) + " does not begin with " + prefix,
       "call it " + prefix + "..., or set another component"});
}

void check_words(const CheckedRule& alert, Findings& findings) {
  const Rule& rule = *alert.rule;
  const RuleText* severity = rule.label("severity");
  if (severity == nullptr || std::ranges::find(kSeverities, severity->value) == kSeverities.end()) {
    const std::string got = severity == nullptr ? "no severity" : in_quotes(severity->value);
    findings.push_back({"alert/label",
                        alert.place(severity == nullptr ? rule.line : severity->line), rule.name,
                        "label severity is " + got,
                        "critical pages, warning is a ticket, info is never sent; none is for the "
                        "alert that always fires"});
  }
  if (component_of(rule) != nullptr) return;
  const RuleText* component = rule.label("component");
  const std::string got = component == nullptr ? "missing" : in_quotes(component->value);
  findings.push_back({"alert/label",
                      alert.place(component == nullptr ? rule.line : component->line), rule.name,
                      "label component is " + got, "use one of " + component_names()});
}

}  // namespace

void check_alert_labels(const CheckedRule& alert, Findings& findings) {
  check_name(alert, findings);
  check_words(alert, findings);
  for (const RuleText& label : alert.rule->labels) {
    if (!read_template(label.value).uses_value) continue;
    findings.push_back({"alert/identity", alert.place(label.line), alert.rule->name,
                        "label " + label.name +
                            " holds the value: whenever it changes, another "
                            "alert begins to wait",
                        "put the value into the description"});
  }
}

}  // namespace litewatch
