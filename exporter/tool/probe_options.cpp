#include "tool/probe_options.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/parse.h"
#include "config/load.h"
#include "config/suggest.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

Error wrong(std::string what) { return {ErrorKind::kMalformed, std::move(what), "", 0}; }

Error usage(std::string what) { return wrong(std::move(what) + "; see litetool probe --help"); }

/// The arguments one by one; an option's value is joined with '=' or stands next.
class ArgumentReader {
 public:
  explicit ArgumentReader(Arguments arguments) : rest_(arguments) {}

  bool next() {
    if (rest_.empty()) return false;
    argument_ = rest_.front();
    rest_ = rest_.subspan(1);
    return true;
  }
  std::string_view argument() const { return argument_; }

  /// The value where the argument is this option; `problem` where it has none.
  std::optional<std::string> value_of(std::string_view option, std::string& problem) {
    if (!argument_.starts_with(option)) return std::nullopt;
    const std::string_view after = argument_.substr(option.size());
    if (after.starts_with('=')) return std::string(after.substr(1));
    if (!after.empty()) return std::nullopt;
    if (rest_.empty()) {
      problem = std::string(option) + " needs a value";
      return "";
    }
    const std::string value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }

 private:
  Arguments rest_;
  std::string_view argument_;
};

std::string add_header(const std::string& text, ProbeCommand& command) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return "--header expects 'NAME: VALUE'";
  std::string name = text.substr(0, colon);
  const std::size_t from = text.find_first_not_of(' ', colon + 1);
  std::string value = from == std::string::npos ? "" : text.substr(from);
  if (const auto problem = check_header_name(name); !problem.empty()) return "--header: " + problem;
  if (const auto problem = check_header_value(value); !problem.empty()) {
    return "--header: " + problem;
  }
  command.headers.emplace_back(std::move(name), std::move(value));
  return "";
}

std::string set_timeout(const std::string& text, ProbeCommand& command) {
  constexpr double kLongest_s = 120;
  command.timeout_s = parse_duration_s(text);
  const bool sound =
      command.timeout_s && *command.timeout_s > 0 && *command.timeout_s <= kLongest_s;
  return sound ? "" : "--timeout expects a duration up to 2m, e.g. 10s";
}

/// Takes one argument; what is wrong with it, empty where nothing is.
std::string take(ArgumentReader& reader, ProbeCommand& command) {
  std::string problem;
  const auto text = [&](std::string_view option, std::string& into) {
    const auto value = reader.value_of(option, problem);
    if (value) into = *value;
    if (value && value->empty() && problem.empty())
      problem = std::string(option) + " needs a value";
    return value.has_value();
  };
  if (text("--module", command.module) || text("--config.file", command.config_file) ||
      text("--app", command.app) || text("--unix-socket", command.unix_socket)) {
    return problem;
  }
  if (const auto value = reader.value_of("--timeout", problem)) {
    return problem.empty() ? set_timeout(*value, command) : problem;
  }
  if (const auto value = reader.value_of("--header", problem)) {
    return problem.empty() ? add_header(*value, command) : problem;
  }
  const std::string_view argument = reader.argument();
  if (argument == "--json") return command.json = true, "";
  if (argument == "--debug") return command.debug = true, "";
  if (argument.starts_with("-")) return "unknown option " + std::string(argument);
  command.targets.emplace_back(argument);
  return "";
}

const ProbeModule* find_module(const std::vector<ProbeModule>& modules, std::string_view name) {
  const auto found = std::find_if(modules.begin(), modules.end(),
                                  [&](const ProbeModule& module) { return module.name == name; });
  return found == modules.end() ? nullptr : &*found;
}

const ProbeModule* find_module(const ProberConfig& config, std::string_view name) {
  const ProbeModule* module = find_module(config.modules, name);
  return module != nullptr ? module : find_module(builtin_modules(), name);
}

/// Which module a URL without one is probed with.
std::string default_module(std::string_view url) {
  if (url.starts_with("tcp://")) return "tcp_connect";
  return url.starts_with("/") ? "unix_connect" : "http_2xx";
}

/// The URL as targets have it: with a scheme for HTTP, without one for TCP.
std::string complete_url(std::string url, ProberKind prober) {
  constexpr std::string_view kTcp = "tcp://";
  if (prober == ProberKind::kTcp && url.starts_with(kTcp)) return url.substr(kTcp.size());
  if (prober == ProberKind::kHttp && url.find("://") == std::string::npos) return "http://" + url;
  return url;
}

/// Puts what the command says into a target that has its URL and module. What is wrong; empty:
/// nothing.
std::string complete(const ProbeCommand& command, const ProberConfig& config, ProbeTarget& target) {
  if (!command.module.empty()) target.module = command.module;
  const ProbeModule* module = find_module(config, target.module);
  if (module == nullptr) return "no module \"" + target.module + "\"";
  const bool is_http = module->prober == ProberKind::kHttp;
  if (!is_http && !command.app.empty()) return "--app is for HTTP";
  if (!is_http && !command.unix_socket.empty()) return "--unix-socket is for HTTP";
  if (!is_http && !command.headers.empty()) return "--header is for HTTP";
  target.url = complete_url(target.url, module->prober);
  if (const ProbePreset* preset = find_preset(command.app)) {
    target.url = url_with_preset(target.url, *preset);
    target.health_format = preset->format;
  }
  if (!command.unix_socket.empty()) target.unix_socket = command.unix_socket;
  if (command.timeout_s) target.timeout_s = command.timeout_s;
  return check_target_url(target.url, is_http, module->prober == ProberKind::kUnix);
}

/// The configured target of that name, or a new one for a URL.
ProbeTarget target_for(const std::string& given, const std::vector<ProbeTarget>& configured) {
  for (const ProbeTarget& target : configured) {
    if (target.name == given) return target;
  }
  ProbeTarget target;
  target.url = given;
  target.module = default_module(given);
  return target;
}

std::string unknown_preset(const std::string& app) {
  std::string names;
  for (const std::string_view name : preset_names()) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  const auto meant = closest(app, preset_names());
  return "no preset \"" + app + "\"; " +
         (meant ? "did you mean " + std::string(*meant) + "? There are " : "there are ") + names;
}

/// Headers of the command line go with every HTTP module that is used.
void add_headers(const ProbeCommand& command, ProberConfig& config) {
  if (command.headers.empty()) return;
  for (const ProbeTarget& target : config.targets) {
    if (find_module(config.modules, target.module) == nullptr) {
      config.modules.push_back(*find_module(builtin_modules(), target.module));
    }
  }
  for (ProbeModule& module : config.modules) {
    HeaderList& headers = module.http.headers;
    headers.insert(headers.end(), command.headers.begin(), command.headers.end());
  }
}

}  // namespace

Result<ProbeCommand> parse_probe_command(Arguments arguments) {
  ProbeCommand command;
  ArgumentReader reader(arguments);
  while (reader.next()) {
    if (const auto problem = take(reader, command); !problem.empty()) return usage(problem);
  }
  if (!command.app.empty()) {
    const ProbePreset* preset = find_preset(command.app);
    if (preset == nullptr) return wrong(unknown_preset(command.app));
    if (command.targets.empty()) command.targets.emplace_back(preset->url);
  }
  if (command.targets.empty()) return usage("expected a URL");
  if (command.targets.size() > ProbeCommand::kMostTargets) return usage("at most 64 targets");
  return command;
}

Result<ProberConfig> probe_config(const ProbeCommand& command) {
  ProberConfig config;
  if (!command.config_file.empty()) {
    auto loaded = load_config(command.config_file);
    if (!loaded) return loaded.error();
    config = std::move(loaded->probes);
  }
  const std::vector<ProbeTarget> configured = std::exchange(config.targets, {});
  config.options.max_on_demand = ProbeCommand::kMostTargets;
  for (std::size_t i = 0; i < command.targets.size(); ++i) {
    const std::string& given = command.targets[i];
    ProbeTarget target = target_for(given, configured);
    if (const auto problem = complete(command, config, target); !problem.empty()) {
      return wrong(given + ": " + problem);
    }
    target.name = std::to_string(i);
    target.interval_s = 0;
    config.targets.push_back(std::move(target));
  }
  add_headers(command, config);
  return config;
}

}  // namespace litewatch
