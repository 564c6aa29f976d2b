#include "check/vocabulary.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "catalogue/catalogue.h"
#include "config/suggest.h"

namespace litewatch {
namespace {

Vocabulary::Kind kind_of(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
    case MetricType::kHistogram:
      return Vocabulary::Kind::kCounter;
    case MetricType::kInfo:
      return Vocabulary::Kind::kInfo;
    case MetricType::kGauge:
      break;
  }
  return Vocabulary::Kind::kGauge;
}

Vocabulary::Series to_series(const MetricDesc& row) {
  Vocabulary::Series series{kind_of(row.type), Vocabulary::target_labels(), false};
  for (const Label label : row.labels) {
    if (is_rendered(label)) {
      series.open = true;
    } else {
      series.labels.emplace(to_string(label));
    }
  }
  return series;
}

}  // namespace

const std::set<std::string>& Vocabulary::target_labels() {
  static const std::set<std::string> labels = {"cluster", "instance", "job", "namespace", "pod"};
  return labels;
}

Vocabulary::Vocabulary() {
  for (const MetricDesc& row : kCatalogue) add(row);
  for (const char* name : {"up", "scrape_duration_seconds", "scrape_samples_scraped",
                           "scrape_samples_post_metric_relabeling"}) {
    record(name, {Kind::kGauge, target_labels(), false});
  }
  for (const char* name : {"ALERTS", "ALERTS_FOR_STATE"}) {
    record(name, {Kind::kGauge, {"alertname", "alertstate"}, true});
  }
  add_prometheus();
}

/// What Prometheus says of its own work on litewatch's rules, where it scrapes itself.
void Vocabulary::add_prometheus() {
  std::set<std::string> per_group = target_labels();
  per_group.insert("rule_group");
  for (const char* name :
       {"prometheus_rule_evaluations_total", "prometheus_rule_evaluation_failures_total",
        "prometheus_rule_group_iterations_missed_total"}) {
    record(name, {Kind::kCounter, per_group, false});
  }
}

void Vocabulary::add(const MetricDesc& row) {
  const std::string name(row.name);
  const Series series = to_series(row);
  if (row.type != MetricType::kHistogram) return record(name, series);
  record(name + "_sum", series);
  record(name + "_count", series);
  Series buckets = series;
  buckets.labels.insert("le");
  record(name + "_bucket", std::move(buckets));
}

const Vocabulary::Series* Vocabulary::find(std::string_view name) const {
  const auto found = series_.find(name);
  return found == series_.end() ? nullptr : &found->second;
}

void Vocabulary::record(const std::string& name, Series series) {
  series_.insert_or_assign(name, std::move(series));
}

std::string Vocabulary::nearest(std::string_view name) const {
  // Thousands of names to compare with are slow; few are of about the same length.
  constexpr std::size_t kMostLonger = 2;
  std::vector<std::string_view> names;
  for (const auto& [known, series] : series_) {
    const std::size_t longer = std::max(known.size(), name.size());
    if (longer - std::min(known.size(), name.size()) <= kMostLonger) names.push_back(known);
  }
  return std::string(closest(name, names).value_or(""));
}

}  // namespace litewatch
