#pragma once

#include <cstddef>
#include <string_view>

#include "catalogue/metric.h"

namespace litewatch {

/// The first broken rule and the row it stands in; the default means that all is well. A
/// static_assert on `lint(...) == LintFinding{}` makes the compiler name both.
struct LintFinding {
  std::size_t row = 0;
  std::string_view rule = "";
  constexpr bool operator==(const LintFinding&) const = default;
};

namespace lint_detail {

constexpr bool is_snake_case(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z' || name.back() == '_') return false;
  char previous = '\0';
  for (const char c : name) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!allowed || (c == '_' && previous == '_')) return false;
    previous = c;
  }
  return true;
}

constexpr std::string_view without_total(std::string_view name) {
  return name.ends_with("_total") ? name.substr(0, name.size() - 6) : name;
}

constexpr bool has_unit_suffix(std::string_view name, Unit unit) {
  const std::string_view stem = without_total(name);
  switch (unit) {
    case Unit::kBytes:
      return stem.ends_with("_bytes");
    case Unit::kSeconds:
      return stem.ends_with("_seconds") && !stem.ends_with("_timestamp_seconds");
    case Unit::kTimestampSeconds:
      return stem.ends_with("_timestamp_seconds") || stem == "process_start_time_seconds" ||
             stem == "container_start_time_seconds";
    case Unit::kRatio:
      return stem.ends_with("_ratio");
    case Unit::kNone:
      return !stem.ends_with("_bytes") && !stem.ends_with("_seconds") && !stem.ends_with("_ratio");
  }
  return false;
}

constexpr bool has_known_prefix(std::string_view name) {
  return name.starts_with("sqlite_") || name.starts_with("probe_") ||
         name.starts_with("container_") || name.starts_with("machine_") ||
         name.starts_with("litewatch_") || name.starts_with("process_");
}

constexpr bool has_repeated_label(const LabelList& labels) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (std::size_t j = i + 1; j < labels.size(); ++j) {
      if (labels[i] == labels[j]) return true;
    }
  }
  return false;
}

/// The rule that one row breaks on its own; empty where it breaks none.
constexpr std::string_view lint_row(const MetricDesc& row) {
  const std::string_view name = row.name;
  if (!is_snake_case(name)) return "a name is snake_case";
  if (!has_known_prefix(name)) {
    return "a name starts with sqlite_, probe_, container_, machine_, litewatch_ or process_";
  }
  if (name.ends_with("_total") != (row.type == MetricType::kCounter)) {
    return "_total ends the name of counters, and of nothing else";
  }
  if (name.ends_with("_info") != (row.type == MetricType::kInfo)) {
    return "_info ends the name of infos, and of nothing else";
  }
  if (name.ends_with("_count") || name.ends_with("_sum") || name.ends_with("_bucket")) {
    return "_count, _sum and _bucket belong to histograms' own series";
  }
  if (!has_unit_suffix(name, row.unit)) return "the unit is the last word of the name";
  if (row.help.empty() || row.help.back() != '.') return "help ends in a full stop";
  if (row.help.find('\n') != std::string_view::npos) return "help is one line";
  if (!row.condition.empty() && row.condition.back() != '.') return "condition ends in a full stop";
  if (has_repeated_label(row.labels)) return "a label is named once";
  return "";
}

}  // namespace lint_detail

/// Checks every row, that rows stand in the order of the enum, and that no name stands twice.
template <class Table>
consteval LintFinding lint(const Table& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].metric) != i)
      return {i, "rows stand in the enum's order"};
    const std::string_view rule = lint_detail::lint_row(table[i]);
    if (!rule.empty()) return {i, rule};
    for (std::size_t j = 0; j < i; ++j) {
      if (table[j].name == table[i].name) return {i, "a name stands once"};
    }
  }
  return {};
}

}  // namespace litewatch
