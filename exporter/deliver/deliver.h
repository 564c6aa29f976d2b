#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "check/vocabulary.h"
#include "dashboards/dashboard.h"
#include "rules/rule_set.h"

namespace litewatch {

/// Files to write, by their path relative to where they go.
using Delivery = std::map<std::string, std::string>;

/// What an installation sets.
struct DeliveryOptions {
  std::string grafana_url;   ///< before /d/UID: https://grafana.example.org; empty: relative links
  std::string runbooks_url;  ///< before ALERT.md; empty: /rules/runbooks/
  std::map<std::string, std::string> labels;  ///< of the manifests, e.g. release=prometheus
  std::string folder = "litewatch";           ///< Grafana's
  std::string prometheus_url = "http://prometheus:9090";  ///< of Grafana's data source
  double scrape_interval_s = 30;  ///< shorter than Prometheus' own, panels of rates are empty
};

/// The rule files with absolute links: rules/NAME.yml. Text but for the links unchanged.
Delivery plain_rules(const RuleSet& rules, const DeliveryOptions& options);
/// One PrometheusRule (monitoring.coreos.com/v1) per rule file.
Delivery prometheus_rules(const RuleSet& rules, const DeliveryOptions& options);
/// One ConfigMap per dashboard, as Grafana's sidecar takes them: config-maps/UID.yaml. Errors:
/// malformed, where a dashboard is too large for one.
Result<Delivery> config_maps(const DashboardSet& set, const Vocabulary& vocabulary,
                             const DeliveryOptions& options);
/// What Grafana reads at its start: provider, data source and, to be mounted at
/// /var/lib/grafana/dashboards, the JSON files in their folder: grafana/...
Result<Delivery> grafana_provisioning(const DashboardSet& set, const Vocabulary& vocabulary,
                                      const DeliveryOptions& options);
/// The variant for grafana.com, with __inputs and __requires: grafana.com/UID.json. Errors:
/// malformed, where a panel's type is none of Grafana's own.
Result<Delivery> grafana_com(const DashboardSet& set, const Vocabulary& vocabulary,
                             const DeliveryOptions& options);

}  // namespace litewatch
