#include "config/yaml_writer.h"

namespace litewatch {
namespace {

bool is_plain(std::string_view text) {
  static constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
  if (text.empty() || text.find_first_not_of(kPlain) != text.npos) return false;
  if (text == "null" || text == "Null" || text == "NULL") return false;
  return text[0] == '/' || kLetters.find(text[0]) != kLetters.npos;
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  if (is_plain(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

std::string yaml_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out.append(out.empty() ? "" : ", ").append(yaml_scalar(text));
  }
  return "[" + out + "]";
}

std::string yaml_bool(bool value) { return value ? "true" : "false"; }

void YamlLines::add(std::string_view key, std::string_view value) {
  out_.append(indent_).append(key).append(": ").append(value).append("\n");
  if (!dash_) return;
  indent_.replace(indent_.size() - 2, 2, "  ");
  dash_ = false;
}

void YamlLines::add_text(std::string_view key, std::string_view text) {
  if (!text.empty()) add(key, yaml_scalar(text));
}

YamlLines YamlLines::open(std::string_view key) {
  out_.append(indent_).append(key).append(":\n");
  return YamlLines(out_, indent_ + "  ");
}

YamlLines YamlLines::element() {
  YamlLines lines(out_, indent_ + "- ");
  lines.dash_ = true;
  return lines;
}

}  // namespace litewatch
