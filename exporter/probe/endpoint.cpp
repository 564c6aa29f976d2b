#include "probe/endpoint.h"

#include <utility>

#include "base/ascii.h"
#include "base/parse.h"
#include "probe/url.h"

namespace litewatch {
namespace {

std::optional<Endpoint> endpoint_of_url(const std::string& text) {
  auto url = parse_url(text);
  if (!url) return std::nullopt;
  return Endpoint{url->https ? "https" : "http", std::move(url->host), url->port};
}

/// HOST:PORT, an IPv6 address in brackets.
std::optional<Endpoint> endpoint_of_authority(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto port = parse_u64(text.substr(colon + 1));
  if (!port || *port == 0 || *port > 65535) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  if (host.empty() || host.find_first_of("/@?#[] \t\r\n") != std::string_view::npos) {
    return std::nullopt;
  }
  return Endpoint{"tcp", ascii_lower(host), static_cast<int>(*port)};
}

}  // namespace

std::optional<Endpoint> parse_endpoint(const std::string& url, ProberKind prober) {
  switch (prober) {
    case ProberKind::kHttp:
      return endpoint_of_url(url);
    case ProberKind::kTcp:
      return endpoint_of_authority(url);
    case ProberKind::kUnix:
      break;
  }
  if (url.empty() || url.front() != '/') return std::nullopt;
  return Endpoint{"unix", "", 0};
}

}  // namespace litewatch
