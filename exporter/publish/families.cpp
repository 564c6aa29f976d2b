#include "publish/families.h"

#include "publish/escape.h"

namespace litewatch {
namespace {

std::string_view without_suffix(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

std::string_view type_name(MetricType type, Format format) {
  const bool text_info = type == MetricType::kInfo && format == Format::kText;
  return to_string(text_info ? MetricType::kGauge : type);
}

/// OpenMetrics allows a unit only where the family's name ends in it.
bool has_unit_line(const MetricDesc& row, std::string_view name) {
  const std::string_view unit = to_string(row.unit);
  return !unit.empty() && name.ends_with(unit) && without_suffix(name, unit).ends_with('_');
}

void append_line(std::string& out, std::string_view keyword, std::string_view name) {
  out.append("# ").append(keyword).append(" ").append(name).append(" ");
}

std::string render_head(const MetricDesc& row, Format format) {
  const bool openmetrics = format == Format::kOpenMetrics;
  const std::string_view name = family_name(row.metric, format);
  std::string head;
  append_line(head, "HELP", name);
  append_help(head, row.help, openmetrics);
  head += '\n';
  append_line(head, "TYPE", name);
  head.append(type_name(row.type, format)) += '\n';
  if (openmetrics && has_unit_line(row, name)) {
    append_line(head, "UNIT", name);
    head.append(to_string(row.unit)) += '\n';
  }
  return head;
}

}  // namespace

std::string_view family_name(Metric metric, Format format) {
  const MetricDesc& row = describe(metric);
  if (format == Format::kText) return row.name;
  if (row.type == MetricType::kCounter) return without_suffix(row.name, "_total");
  if (row.type == MetricType::kInfo) return without_suffix(row.name, "_info");
  return row.name;
}

FamilyHeads::FamilyHeads() {
  for (const Format format : {Format::kText, Format::kOpenMetrics}) {
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      heads_[static_cast<std::size_t>(format)][i] = render_head(kCatalogue[i], format);
    }
  }
}

std::string_view FamilyHeads::of(Metric metric, Format format) const {
  return heads_[static_cast<std::size_t>(format)][static_cast<std::size_t>(metric)];
}

std::size_t FamilyHeads::total_size(Format format) const {
  std::size_t size = 0;
  for (const std::string& head : heads_[static_cast<std::size_t>(format)]) size += head.size();
  return size;
}

}  // namespace litewatch
