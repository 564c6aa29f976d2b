#include <map>
#include <string>

#include "config/yaml_writer.h"
#include "dashboards/compile.h"
#include "deliver/dashboard_links.h"
#include "deliver/deliver.h"
#include "deliver/manifest.h"

namespace litewatch {
namespace {

/// `kubectl apply` keeps the whole manifest in an annotation of at most 256 KiB.
constexpr std::size_t kMostBytes = 200 << 10;

/// The label that Grafana's sidecar looks for; an installation may say otherwise.
std::map<std::string, std::string> labels_of(const DeliveryOptions& options) {
  std::map<std::string, std::string> labels = options.labels;
  labels.emplace("grafana_dashboard", "1");
  return labels;
}

std::string manifest(const Dashboard& dashboard, const std::string& json,
                     const DeliveryOptions& options) {
  std::string text = manifest_head({"v1",
                                    "ConfigMap",
                                    "dashboard-" + dashboard.uid,
                                    labels_of(options),
                                    {{"grafana_folder", options.folder}}});
  // As a block no byte of the JSON is escaped; it is one line of ASCII.
  YamlLines(text, "").open("data").add(dashboard.uid + ".json", "|-\n    " + json);
  return text;
}

}  // namespace

Result<Delivery> config_maps(const DashboardSet& set, const Vocabulary& vocabulary,
                             const DeliveryOptions& options) {
  Delivery delivery;
  for (const Dashboard& dashboard : set.dashboards) {
    const auto json = compile_dashboard(dashboard, set, vocabulary, dashboard_links(options));
    const std::string minified = json.dump(-1, ' ', true);
    if (minified.size() > kMostBytes) {
      return Error{ErrorKind::kMalformed,
                   "the dashboard has " + std::to_string(minified.size()) +
                       " bytes; a ConfigMap takes " + std::to_string(kMostBytes),
                   dashboard.path, 0};
    }
    delivery["config-maps/" + dashboard.uid + ".yaml"] = manifest(dashboard, minified, options);
  }
  return delivery;
}

}  // namespace litewatch
