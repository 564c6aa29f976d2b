#include "probe/net/name_servers.h"

#include "base/parse.h"

namespace litewatch {
namespace {

constexpr std::uint16_t kDnsPort = 53;

std::optional<std::pair<Address, std::uint16_t>> server_of(std::string_view host,
                                                           std::string_view port) {
  const auto address = parse_address(host);
  const auto number = parse_u64(port);
  if (!address || address->scope != 0 || !number || *number == 0 || *number > 65535) {
    return std::nullopt;
  }
  return std::pair(*address, static_cast<std::uint16_t>(*number));
}

}  // namespace

std::optional<std::pair<Address, std::uint16_t>> parse_name_server(std::string_view text) {
  if (const auto address = parse_address(text)) {
    if (address->scope != 0) return std::nullopt;
    return std::pair(*address, kDnsPort);
  }
  if (text.starts_with('[') && text.ends_with(']')) {
    const auto address = parse_address(text.substr(1, text.size() - 2));
    if (!address || address->protocol != IpProtocol::kIp6) return std::nullopt;
    return server_of(text.substr(1, text.size() - 2), "53");
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  // Without brackets the last group of an IPv6 address would be taken for a port.
  if (bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
  return server_of(host, text.substr(colon + 1));
}

}  // namespace litewatch
