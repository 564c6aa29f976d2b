#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "config/yaml_writer.h"
#include "deliver/deliver.h"
#include "deliver/rule_links.h"

namespace litewatch {
namespace {

constexpr std::string_view kIndent = "  ";

/// Always in quotes: a label "true" is a text to Kubernetes.
std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

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
  std::string text;
  YamlLines lines(text, "");
  lines.add("apiVersion", "monitoring.coreos.com/v1");
  lines.add("kind", "PrometheusRule");
  YamlLines metadata = lines.open("metadata");
  metadata.add("name", name);
  if (!options.labels.empty()) {
    YamlLines labels = metadata.open("labels");
    for (const auto& [label, value] : options.labels) labels.add(label, quoted(value));
  }
  lines.open("spec");
  return text + indented(with_absolute_links(file, options));
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
