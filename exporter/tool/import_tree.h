#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/yaml_tree.h"

namespace litewatch {

/// A value of blackbox_exporter's configuration on its way into ours: changed in place, and printed
/// with comments.
struct ImportNode {
  YamlNode::Kind kind = YamlNode::Kind::kNothing;
  bool quoted = false;
  std::string key;
  std::string text;                  ///< of a scalar
  std::string comment;               ///< printed above; one paragraph
  std::vector<ImportNode> children;  ///< of a list or a map

  static ImportNode scalar(std::string key, std::string text);
  static ImportNode map(std::string key, std::vector<ImportNode> children);
  static ImportNode list(std::string key, std::vector<ImportNode> children);

  bool is_map() const { return kind == YamlNode::Kind::kMap; }
  /// nullptr: there is no such key.
  ImportNode* find(std::string_view name);
  const ImportNode* find(std::string_view name) const;
  /// The text under a key; empty where there is none.
  std::string text_of(std::string_view name) const;
  void erase(std::string_view name);
};

/// The tree as yaml.v3, which blackbox_exporter reads with, understands it: merge keys ("<<") are
/// resolved. Errors: a key twice, as FILE:LINE.
Result<ImportNode> import_tree(const YamlNode& node, const std::string& file);

/// Appends a map's children, or a list's elements, as YAML.
void print_children(const ImportNode& node, std::size_t indent, std::string& out);

/// Appends `text` as lines of comment.
void print_comment(std::string_view text, std::size_t indent, std::string& out);

}  // namespace litewatch
