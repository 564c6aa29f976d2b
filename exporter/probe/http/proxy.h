#pragma once

#include <string>

#include "probe/module.h"
#include "probe/url.h"

namespace litewatch {

/// Through which proxy URLs are to be reached.
struct ProxySettings {
  std::string http;      ///< the proxy's URL for http; empty: none
  std::string https;     ///< for https
  std::string no_proxy;  ///< comma-separated, as in Go: host, .domain, address, CIDR, each with
                         ///< an optional port; "*"
  /// Whether loopback and "localhost" are reached without: as Go does it, but for a proxy_url
  /// without no_proxy.
  bool loopback_direct = false;
};

/// The module's proxy_url, or HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment (or in lower
/// case) where it says so.
ProxySettings proxy_settings(const HttpModule& module);

/// The URL of the proxy for `url`; empty: connect directly. Pure.
std::string proxy_for(const ProxySettings& settings, const Url& url);

}  // namespace litewatch
