#include <algorithm>
#include <map>
#include <string_view>

#include "config/module_index.h"
#include "config/probe_parts.h"
#include "config/probe_words.h"
#include "config/suggest.h"
#include "probe/target.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

/// Reads one target. The order matters: the module says what the URL must be, the app what it is by
/// default.
class TargetReader {
 public:
  TargetReader(const YamlNode& node, std::string key, const ProbeSource& source,
               const TargetDefaults& defaults, const ModuleIndex& modules)
      : node_(node), key_(std::move(key)), source_(source), modules_(modules), defaults_(defaults) {
    target_.interval_s = defaults.interval_s;
    target_.timeout_s = defaults.timeout_s;
    target_.confirm_failures = defaults.confirm_failures;
  }

  ProbeTarget read() {
    target_.failing_interval_s = std::min(defaults_.failing_interval_s, target_.interval_s);
    if (node_.kind == YamlNode::Kind::kScalar) {
      module_ = modules_.find(target_.module);
      take_url(node_, key_);
      return std::move(target_);
    }
    if (node_.kind != YamlNode::Kind::kMap) {
      complain(source_.problems, node_, key_, "a URL, or a map");
      return std::move(target_);
    }
    MapReader map(node_, key_, source_.problems);
    read_identity(map);
    read_schedule(map);
    read_connection(map);
    read_objectives(map);
    map.finish();
    return std::move(target_);
  }

 private:
  ProberKind prober() const { return module_ == nullptr ? ProberKind::kHttp : module_->prober; }

  void take_url(const YamlNode& node, const std::string& key) {
    if (node.kind != YamlNode::Kind::kScalar) {
      return complain(source_.problems, node, key, "a URL");
    }
    const bool http = prober() == ProberKind::kHttp;
    const std::string wrong = check_target_url(node.text, http, prober() == ProberKind::kUnix);
    if (wrong.empty()) {
      target_.url = node.text;
      return;
    }
    const std::string expected = http                            ? "an http or https URL"
                                 : prober() == ProberKind::kUnix ? "the path of a socket"
                                                                 : "an address to connect to";
    // The URL itself is not shown: what is wrong with it may be the password in it.
    source_.problems.add(node.line, key, expected + " (" + wrong + ")",
                         in_quotes(shown_url(node.text)));
  }

  void read_identity(MapReader& map) {
    const YamlNode* url = map.find("url");
    map.name("name", target_.name);
    map.name("app", target_.app);
    map.text("module", target_.module, "the name of a module");
    module_ = modules_.find(target_.module);
    if (module_ == nullptr) {
      map.complain_at("module", modules_.expected(target_.module), in_quotes(target_.module));
    }
    if (url != nullptr) take_url(*url, map.key_of("url"));
    const ProbePreset* preset = prober() == ProberKind::kHttp ? find_preset(target_.app) : nullptr;
    if (preset != nullptr) {
      apply(*preset, url != nullptr);
    } else if (url == nullptr) {
      map.complain_at("url", "a URL, or the name of an app that has a preset: " + presets(),
                      "nothing" + meant_preset());
    }
  }

  static std::string presets() {
    std::string text;
    for (const std::string_view name : preset_names()) {
      text.append(text.empty() ? "" : ", ").append(name);
    }
    return text;
  }

  std::string meant_preset() const {
    if (prober() != ProberKind::kHttp) return "";
    const auto meant = closest(target_.app, preset_names());
    return meant ? "; did you mean app: " + std::string(*meant) + "?" : "";
  }

  void apply(const ProbePreset& preset, bool has_url) {
    if (!has_url) target_.url = preset.url;
    if (!target_.url.empty()) target_.url = url_with_preset(target_.url, preset);
    const bool module_decides =
        module_ != nullptr && module_->http.health.format != HealthFormat::kAuto;
    if (!module_decides) target_.health_format = preset.format;
  }

  void read_schedule(MapReader& map) {
    std::optional<double> interval_s = target_.interval_s;
    map.duration_or_none("interval", interval_s, kLeastInterval, kMostInterval);
    target_.interval_s = interval_s.value_or(0);
    target_.failing_interval_s = std::min(defaults_.failing_interval_s, target_.interval_s);
    map.duration("failing_interval", target_.failing_interval_s, kLeastInterval, kMostInterval);
    if (target_.failing_interval_s > target_.interval_s) {
      map.complain_at("failing_interval", "no more than interval",
                      interval_s ? "a longer one" : "one of a target without an interval");
    }
    map.duration("timeout", target_.timeout_s, kLeastTimeout, kMostTimeout);
    map.count("confirm_failures", target_.confirm_failures, 1, 100);
  }

  void read_connection(MapReader& map) {
    if (prober() != ProberKind::kHttp) {
      for (const char* name : {"unix_socket", "connection", "health"}) {
        map.refuse(name, "nothing, as the module does not probe HTTP", "a value");
      }
    } else {
      map.path("unix_socket", target_.unix_socket, source_.folder);
      map.word<bool>("connection", kConnections, target_.reuse_connection);
      read_format(map);
    }
    map.text("hostname", target_.hostname, "a host name", check_host);
  }

  void read_format(MapReader& map) {
    HealthFormat format = HealthFormat::kAuto;
    if (!read_health_format(map, "health", format)) return;
    target_.health_format = format;
    const bool has_pointer = module_ != nullptr && !module_->http.health.pointer.status.empty();
    if (format == HealthFormat::kPointer && !has_pointer) {
      map.complain_at("health", "a module that says health.pointer.status", "one without");
    }
  }

  /// A name that goes into a header and into SNI.
  static std::string check_host(std::string_view host) {
    const bool printable = std::ranges::all_of(host, [](char c) { return c > 0x20 && c < 0x7f; });
    const bool part_of_url = host.find_first_of("/?#@") != host.npos;
    return printable && !part_of_url ? "" : "letters, digits, dots and dashes";
  }

  void read_objectives(MapReader& map) {
    const YamlNode* node = map.find("objectives");
    if (node == nullptr) return;
    MapReader objectives(*node, map.key_of("objectives"), source_.problems);
    objectives.duration("latency", target_.objectives.latency_s, kLeastTimeout, kMostTimeout);
    double ratio = -1;
    objectives.number("availability", ratio, 0, 1);
    if (ratio >= 0) target_.objectives.availability_ratio = ratio;
    objectives.duration("certificate", target_.objectives.certificate_s, 0, kMostCertificate);
    objectives.finish();
  }

  const YamlNode& node_;
  const std::string key_;
  const ProbeSource& source_;
  const ModuleIndex& modules_;
  const TargetDefaults& defaults_;
  const ProbeModule* module_ = nullptr;  ///< nullptr: there is no such module
  ProbeTarget target_;
};

/// Two targets of one name would be one series.
void expect_distinct(const std::vector<ProbeTarget>& targets, const YamlNode& list,
                     Problems& problems) {
  std::map<std::string_view, std::size_t> names;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].name.empty()) continue;
    const auto [first, is_new] = names.emplace(targets[i].name, i);
    if (is_new) continue;
    problems.add(list.children[i].line, element("targets", i) + ".name", "a name of its own",
                 in_quotes(targets[i].name) + " as " + element("targets", first->second) +
                     " on line " + std::to_string(list.children[first->second].line));
  }
}

}  // namespace

void read_targets(const YamlNode& node, const ProbeSource& source, const TargetDefaults& defaults,
                  const std::vector<ProbeModule>& modules, std::vector<ProbeTarget>& out) {
  if (!expect_list(node, "targets", source.problems)) return;
  const ModuleIndex index(modules);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    out.push_back(
        TargetReader(node.children[i], element("targets", i), source, defaults, index).read());
  }
  expect_distinct(out, node, source.problems);
}

}  // namespace litewatch
