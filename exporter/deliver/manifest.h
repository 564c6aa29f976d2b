#pragma once

#include <map>
#include <string>

namespace litewatch {

/// A text in quotation marks, whatever it holds: values of labels and annotations are texts to
/// Kubernetes, "true" and "1" too.
std::string quoted_scalar(const std::string& text);

/// How a manifest begins: everything down to its metadata.
struct ManifestHead {
  std::string api_version;
  std::string kind;
  std::string name;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
};
std::string manifest_head(const ManifestHead& head);

}  // namespace litewatch
