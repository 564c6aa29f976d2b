#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "deliver/deliver.h"
#include "deliver/manifest.h"
#include "deliver/rule_links.h"

namespace litewatch {
namespace {

constexpr std::string_view kIndent = "  ";

/// The document below `spec:`. Its own marker of a document's begin would end the manifest.
std::string indented(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line == "---") continue;
    if (!line.empty()) result.append(kIndent).append(line);
    result += '\n';
  }
  return result;
}

std::string manifest(const std::string& name, const RuleFile& file,
                     const DeliveryOptions& options) {
  const std::string head =
      manifest_head({"monitoring.coreos.com/v1", "PrometheusRule", name, options.labels, {}});
  return head + "spec:\n" + indented(with_absolute_links(file, options));
}

}  // namespace

Delivery prometheus_rules(const RuleSet& rules, const DeliveryOptions& options) {
  Delivery delivery;
  for (const auto& [kind, files] :
       {std::pair{"recording", &rules.recording}, std::pair{"alerts", &rules.alerts}}) {
    for (const RuleFile& file : *files) {
      const std::string name =
          std::string("litewatch-") + kind + "-" + std::filesystem::path(file.path).stem().string();
      delivery["prometheus-rules/" + name + ".yaml"] = manifest(name, file, options);
    }
  }
  return delivery;
}

}  // namespace litewatch
