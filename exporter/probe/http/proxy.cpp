#include "probe/http/proxy.h"

#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/ascii.h"
#include "base/parse.h"
#include "probe/net/address.h"

namespace litewatch {
namespace {

std::string environment(const char* upper, const char* lower) {
  for (const char* const name : {upper, lower}) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

bool is_loopback(const std::string& host, const std::optional<Address>& address) {
  if (host == "localhost") return true;
  if (!address) return false;
  const static Network kIp4 = *parse_network("127.0.0.0/8");
  const static Network kIp6 = *parse_network("::1/128");
  return kIp4.contains(*address) || kIp6.contains(*address);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Cuts ":port" off a rule; an IPv6 address without brackets has none.
std::optional<int> cut_port(std::string_view& rule) {
  const std::size_t colon = rule.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  if (rule.find(':') != colon && !(colon > 0 && rule[colon - 1] == ']')) return std::nullopt;
  const auto port = parse_u64(rule.substr(colon + 1));
  if (!port || *port > 65535) return std::nullopt;
  rule = rule.substr(0, colon);
  return static_cast<int>(*port);
}

std::string_view without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

/// "example.com" is itself and all below it, ".example.com" and "*.example.com" only those below.
bool fits_domain(std::string_view rule, const std::string& host) {
  if (rule.starts_with("*.")) rule.remove_prefix(1);
  const std::string domain = ascii_lower(rule);
  if (domain.starts_with('.')) return host.ends_with(domain);
  return host == domain || host.ends_with("." + domain);
}

bool fits(std::string_view rule, const Url& url, const std::optional<Address>& address) {
  if (rule == "*") return true;
  const auto port = cut_port(rule);
  if (rule.empty() || (port && *port != url.port)) return false;
  if (const auto network = parse_network(without_brackets(rule))) {
    return address && network->contains(*address);
  }
  return fits_domain(rule, url.host);
}

}  // namespace

ProxySettings proxy_settings(const HttpModule& module) {
  if (module.proxy_from_environment) {
    return {environment("HTTP_PROXY", "http_proxy"), environment("HTTPS_PROXY", "https_proxy"),
            environment("NO_PROXY", "no_proxy"), true};
  }
  return {module.proxy_url, module.proxy_url, module.no_proxy, !module.no_proxy.empty()};
}

std::string proxy_for(const ProxySettings& settings, const Url& url) {
  const std::string& proxy = url.https ? settings.https : settings.http;
  if (proxy.empty()) return {};
  const auto address = parse_address(url.host);
  if (settings.loopback_direct && is_loopback(url.host, address)) return {};
  std::string_view rest = settings.no_proxy;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (fits(trimmed(rest.substr(0, comma)), url, address)) return {};
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  return proxy;
}

}  // namespace litewatch
