#pragma once

#include <set>
#include <string_view>

#include "config/yaml_tree.h"

namespace litewatch {

/// Where the texts of a YAML document begin. A block's node is at the line of its `|` or `>`, its
/// text one line below.
class BlockLines {
 public:
  explicit BlockLines(std::string_view document);

  int text_line(const YamlNode& node) const {
    return node.quoted && headers_.count(node.line) > 0 ? node.line + 1 : node.line;
  }

 private:
  std::set<int> headers_;  ///< lines that end in | or >
};

}  // namespace litewatch
