#include "deliver/manifest.h"

#include "config/yaml_writer.h"

namespace litewatch {
namespace {

void add_texts(YamlLines& metadata, const char* key,
               const std::map<std::string, std::string>& texts) {
  if (texts.empty()) return;
  YamlLines lines = metadata.open(key);
  for (const auto& [name, text] : texts) lines.add(name, quoted_scalar(text));
}

}  // namespace

std::string quoted_scalar(const std::string& text) {
  const std::string scalar = yaml_scalar(text);
  return scalar.starts_with('"') ? scalar : '"' + scalar + '"';
}

std::string manifest_head(const ManifestHead& head) {
  std::string text;
  YamlLines lines(text, "");
  lines.add("apiVersion", head.api_version);
  lines.add("kind", head.kind);
  YamlLines metadata = lines.open("metadata");
  metadata.add("name", head.name);
  add_texts(metadata, "labels", head.labels);
  add_texts(metadata, "annotations", head.annotations);
  return text;
}

}  // namespace litewatch
