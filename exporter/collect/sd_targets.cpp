#include <string>
#include <string_view>

#include "base/json_text.h"
#include "collect/probe_page.h"

namespace litewatch {
namespace {

void append_json(std::string& out, std::string_view text) {
  out += '"';
  append_json_text(text, out);
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
