#include "probe/run/raw_targets.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "probe/endpoint.h"
#include "probe/target.h"
#include "probe/url.h"

namespace litewatch {
namespace {

bool host_allowed(const RawTargetRules& rules, const std::string& host) {
  return std::any_of(rules.hosts.begin(), rules.hosts.end(),
                     [&](const std::string& glob) { return fits_glob(glob, host); });
}

bool port_allowed(const RawTargetRules& rules, const Endpoint& endpoint) {
  if (!rules.ports.empty()) {
    return std::find(rules.ports.begin(), rules.ports.end(), endpoint.port) != rules.ports.end();
  }
  return (endpoint.scheme == "http" && endpoint.port == 80) ||
         (endpoint.scheme == "https" && endpoint.port == 443);
}

std::string refuse_endpoint(const RawTargetRules& rules, const Endpoint& endpoint) {
  const auto& schemes = rules.schemes;
  if (std::find(schemes.begin(), schemes.end(), endpoint.scheme) == schemes.end()) {
    return "The scheme of the target is not in probes.raw_targets.schemes.";
  }
  if (!host_allowed(rules, endpoint.host)) {
    return "The host of the target is not in probes.raw_targets.hosts.";
  }
  if (!port_allowed(rules, endpoint)) {
    return "The port of the target is not in probes.raw_targets.ports.";
  }
  return "";
}

}  // namespace

std::string refuse_raw_target(const RawTargetRules& rules, const ProbeModule& module,
                              const std::string& url) {
  if (!rules.enabled) {
    return "There is no target of that name, and probes.raw_targets is not enabled.";
  }
  if (module.has_credentials())
    return "The module has credentials: it is for configured targets only.";
  if (!module.http.proxy_url.empty() || module.http.proxy_from_environment) {
    return "The module uses a proxy: it is for configured targets only.";
  }
  const bool http = module.prober == ProberKind::kHttp;
  if (!check_target_url(url, http, module.prober == ProberKind::kUnix).empty()) {
    return "The target is neither a configured name nor a URL that the module can probe.";
  }
  return refuse_raw_url(rules, module.prober, url);
}

std::string refuse_raw_url(const RawTargetRules& rules, ProberKind prober, const std::string& url) {
  const auto endpoint = parse_endpoint(url, prober);
  if (!endpoint) return "The target is no URL that the module can probe.";
  return refuse_endpoint(rules, *endpoint);
}

std::string refuse_raw_hostname(const RawTargetRules& rules, const std::string& hostname) {
  if (hostname.empty()) return "";
  const auto endpoint = parse_endpoint("http://" + hostname, ProberKind::kHttp);
  if (endpoint && host_allowed(rules, endpoint->host)) return "";
  return "The hostname parameter is not in probes.raw_targets.hosts.";
}

std::string raw_target_url(const std::string& target, ProberKind prober) {
  const bool bare = target.find("://") == std::string::npos;
  return prober == ProberKind::kHttp && bare ? "http://" + target : target;
}

}  // namespace litewatch
