#include <string>
#include <string_view>

#include "base/utf8.h"
#include "collect/probe_page.h"

namespace litewatch {
namespace {

/// Appends a JSON string of any bytes: what is not valid UTF-8 becomes U+FFFD (RFC 8259, section
/// 8.1, wants UTF-8).
void append_json(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (size == 0) {
      out += kUtf8Replacement;
    } else if (byte < 0x20) {
      out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      if (byte == '"' || byte == '\\') out += '\\';
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += out.back() == '{' ? "" : ",";
  append_json(out, name);
  out += ':';
  append_json(out, value);
}

void append_group(std::string& out, const TargetView& view, const std::string& authority,
                  const std::string& scheme) {
  out += R"({"targets":[)";
  append_json(out, authority);
  out += R"(],"labels":{)";
  append_label(out, "__metrics_path__", "/probe");
  append_label(out, "__param_module", view.target->module);
  append_label(out, "__param_target", view.target->name);
  if (scheme == "https") append_label(out, "__scheme__", scheme);
  append_label(out, "app", view.target->app);
  append_label(out, "instance", view.shown_url);
  out += "}}";
}

}  // namespace

std::string sd_targets_json(const std::vector<TargetView>& targets, const std::string& authority,
                            const std::string& scheme) {
  std::string out = "[";
  for (const TargetView& view : targets) {
    out += out.size() > 1 ? ",\n" : "";
    append_group(out, view, authority, scheme);
  }
  return out + "]\n";
}

}  // namespace litewatch
