#include <string>

#include "config/units.h"
#include "config/yaml_writer.h"
#include "dashboards/compile.h"
#include "deliver/dashboard_links.h"
#include "deliver/deliver.h"

namespace litewatch {
namespace {

/// Where Grafana's own image keeps such files.
constexpr const char* kDashboardsFolder = "/var/lib/grafana/dashboards";

std::string provider() {
  std::string text;
  YamlLines lines(text, "");
  lines.add("apiVersion", "1");
  YamlLines entry = lines.open("providers").element();
  entry.add("name", "litewatch");
  entry.add("type", "file");
  entry.add_flag("allowUiUpdates", false);
  entry.add("updateIntervalSeconds", "30");
  YamlLines options = entry.open("options");
  options.add_text("path", kDashboardsFolder);
  options.add_flag("foldersFromFilesStructure", true);
  return text;
}

std::string datasource(const DeliveryOptions& options) {
  std::string text;
  YamlLines lines(text, "");
  lines.add("apiVersion", "1");
  YamlLines entry = lines.open("datasources").element();
  entry.add("name", "Prometheus");
  entry.add("type", "prometheus");
  entry.add("access", "proxy");
  entry.add_text("url", options.prometheus_url);
  entry.add_flag("isDefault", true);
  YamlLines json = entry.open("jsonData");
  json.add("httpMethod", "POST");
  json.add_text("timeInterval", exact_duration(options.scrape_interval_s));
  return text;
}

}  // namespace

Result<Delivery> grafana_provisioning(const DashboardSet& set, const Vocabulary& vocabulary,
                                      const DeliveryOptions& options) {
  Delivery delivery;
  delivery["grafana/provisioning/dashboards/litewatch.yaml"] = provider();
  delivery["grafana/provisioning/datasources/litewatch.yaml"] = datasource(options);
  const std::string folder = "grafana/dashboards/" + options.folder + "/";
  for (const Dashboard& dashboard : set.dashboards) {
    delivery[folder + dashboard.uid + ".json"] =
        dashboard_text(compile_dashboard(dashboard, set, vocabulary, dashboard_links(options)));
  }
  return delivery;
}

}  // namespace litewatch
