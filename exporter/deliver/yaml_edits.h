#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace litewatch {

/// Another text for the bytes from `start` to `end` of a value.
struct PartOfValue {
  std::size_t start = 0;
  std::size_t end = 0;
  std::string text;
};

/// Changes parts of scalars of a YAML text and leaves every other byte as it is: comments, quotes,
/// indents. Scalars are changed in the order in which they stand in the text.
class YamlEdits {
 public:
  explicit YamlEdits(std::string_view text);

  /// Changes parts of `value`, which is what the scalar under `key` reads as; `line` is that of the
  /// key. False: they cannot be found there, as where an alias stands or bytes are written as
  /// escapes.
  bool replace(std::string_view key, int line, std::string_view value,
               const std::vector<PartOfValue>& parts);

  /// The text with all changes.
  std::string text() const;

 private:
  struct Edit {
    std::size_t at;
    std::size_t size;
    std::string text;
  };

  std::size_t after_key(std::string_view key, int line) const;
  std::vector<std::size_t> places(std::string_view value, std::size_t from) const;

  std::string_view text_;
  std::vector<std::size_t> line_starts_;
  std::size_t done_ = 0;
  std::vector<Edit> edits_;
};

}  // namespace litewatch
