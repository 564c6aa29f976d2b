#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// One value of a YAML document, with the line that a message about it names. Unlike
/// YAML::Node it keeps what strict reading needs: lines of keys, keys given twice, and whether a
/// scalar stood in quotes.
struct YamlNode {
  enum class Kind : unsigned char { kNothing, kScalar, kList, kMap };

  Kind kind = Kind::kNothing;
  bool quoted = false;             ///< a scalar in quotes or a block: text, whatever it looks like
  int line = 1;                    ///< where the value begins
  int key_line = 1;                ///< where the key begins; the value's line in a list
  std::string key;                 ///< the key under which a map holds this value
  std::string text;                ///< of a scalar
  std::vector<YamlNode> children;  ///< of a list or a map, in the order of the file
};

/// Parses one YAML document. Aliases are expanded, but the whole stays below 64 MiB, so that no
/// small file makes a large tree. Refused: a second document, tags, keys that are not scalars,
/// control bytes. Text without any value is kNothing. Errors: malformed, with FILE:LINE in `what`.
Result<YamlNode> parse_yaml(std::string_view text, const std::string& file);

}  // namespace litewatch
