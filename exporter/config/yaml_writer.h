#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace litewatch {

/// Text as a YAML scalar. Bytes beyond ASCII pass as they are, so that a file name in no encoding
/// at all survives; YAML::Emitter would replace it.
std::string yaml_scalar(std::string_view text);

/// "[a, b]".
std::string yaml_list(const std::vector<std::string>& texts);

std::string yaml_bool(bool value);

/// Lines of "key: value" at one depth, appended to a text that must outlive it.
class YamlLines {
 public:
  YamlLines(std::string& out, std::string indent) : out_(out), indent_(std::move(indent)) {}

  /// A value that is YAML already.
  void add(std::string_view key, std::string_view value);
  /// A text; no line where it is empty.
  void add_text(std::string_view key, std::string_view text);
  void add_flag(std::string_view key, bool value) { add(key, yaml_bool(value)); }
  void add_texts(std::string_view key, const std::vector<std::string>& texts) {
    add(key, yaml_list(texts));
  }

  /// "key:", and the lines below it.
  YamlLines open(std::string_view key);
  /// The lines of an element of a list below a key just opened; the first has a dash before it.
  YamlLines element();

 private:
  std::string& out_;
  std::string indent_;
  bool dash_ = false;
};

}  // namespace litewatch
