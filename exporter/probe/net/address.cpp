#include "probe/net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/parse.h"

namespace litewatch {
namespace {

constexpr std::size_t kIp4Size = 4;
constexpr std::size_t kIp6Size = 16;

int width_bits(const Address& address) { return static_cast<int>(address.octets().size()) * 8; }

Address ip4_at(const Address& ip6, std::size_t offset) {
  Address ip4;
  std::copy_n(ip6.bytes.begin() + static_cast<std::ptrdiff_t>(offset), kIp4Size, ip4.bytes.begin());
  return ip4;
}

bool same_bits(const Address& a, const Address& b, int bits) {
  const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const auto at = static_cast<std::size_t>(whole);
  return ((a.bytes[at] ^ b.bytes[at]) >> (8 - rest)) == 0;
}

/// Where IPv6 holds an IPv4 address.
struct Embedding {
  std::array<std::uint8_t, 12> prefix;
  int bits;            ///< of the prefix
  std::size_t offset;  ///< of the IPv4 address
};
constexpr Embedding kEmbeddings[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},  // mapped, RFC 4291 section 2.5.5.2
    {{}, 96, 12},                                          // compatible, RFC 4291 section 2.5.5.1
    {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},        // translated, RFC 2765
    {{0, 0x64, 0xff, 0x9b}, 96, 12},                       // NAT64, RFC 6052
    {{0x20, 0x02}, 16, 2},                                 // 6to4, RFC 3056
};

/// The IPv4 address that an IPv6 one leads to.
std::optional<Address> embedded_ip4(const Address& address) {
  if (address.protocol != IpProtocol::kIp6) return std::nullopt;
  const auto begin = address.bytes.begin();
  if (std::all_of(begin, begin + 15, [](std::uint8_t byte) { return byte == 0; }) &&
      address.bytes[15] <= 1) {
    return std::nullopt;  // "::" and "::1" are no compatible addresses
  }
  for (const Embedding& embedding : kEmbeddings) {
    Address prefix{IpProtocol::kIp6};
    std::copy(embedding.prefix.begin(), embedding.prefix.end(), prefix.bytes.begin());
    if (same_bits(address, prefix, embedding.bits)) return ip4_at(address, embedding.offset);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> parse_scope(const std::string& zone) {
  if (const auto number = parse_u64(zone)) {
    if (*number == 0 || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
  }
  const unsigned index = zone.size() < IF_NAMESIZE ? if_nametoindex(zone.c_str()) : 0;
  return index == 0 ? std::nullopt : std::optional<std::uint32_t>(index);
}

bool in_any(const std::vector<Network>& networks, const Address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(address); });
}

std::vector<Network> networks_of(const std::vector<std::string>& texts) {
  std::vector<Network> networks;
  for (const std::string& text : texts) {
    if (const auto network = parse_network(text)) networks.push_back(*network);
  }
  return networks;
}

/// Addresses no probe can mean.
const std::vector<Network>& senseless() {
  static const std::vector<Network> networks =
      networks_of({"0.0.0.0/8", "::/128", "224.0.0.0/4", "255.255.255.255", "ff00::/8"});
  return networks;
}

/// Link-local addresses, and those where clouds hand out a machine's credentials: AWS, Alibaba,
/// Oracle and Azure have some outside of 169.254.0.0/16.
const std::vector<Network>& link_local() {
  static const std::vector<Network> networks =
      networks_of({"169.254.0.0/16", "fe80::/10", "fd00:ec2::254", "100.100.100.200", "192.0.0.192",
                   "168.63.129.16"});
  return networks;
}

}  // namespace

std::span<const std::uint8_t> Address::octets() const {
  return {bytes.data(), protocol == IpProtocol::kIp4 ? kIp4Size : kIp6Size};
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::size_t percent = text.find('%');
  const std::string digits(text.substr(0, percent));
  Address address;
  if (percent == std::string_view::npos &&
      inet_pton(AF_INET, digits.c_str(), address.bytes.data()) == 1) {
    return address;
  }
  address = {IpProtocol::kIp6};
  if (inet_pton(AF_INET6, digits.c_str(), address.bytes.data()) != 1) return std::nullopt;
  if (percent == std::string_view::npos) return address;
  const auto scope = parse_scope(std::string(text.substr(percent + 1)));
  if (!scope) return std::nullopt;
  address.scope = *scope;
  return address;
}

std::string to_string(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.protocol == IpProtocol::kIp4 ? AF_INET : AF_INET6, address.bytes.data(),
            text.data(), static_cast<socklen_t>(text.size()));
  std::string result = text.data();
  if (address.scope != 0) result += "%" + std::to_string(address.scope);
  return result;
}

std::optional<Address> from_sockaddr(const sockaddr& address) {
  Address result;
  if (address.sa_family == AF_INET) {
    sockaddr_in ip4;
    std::memcpy(&ip4, &address, sizeof ip4);
    std::memcpy(result.bytes.data(), &ip4.sin_addr, kIp4Size);
    return result;
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 ip6;
  std::memcpy(&ip6, &address, sizeof ip6);
  result.protocol = IpProtocol::kIp6;
  result.scope = ip6.sin6_scope_id;
  std::memcpy(result.bytes.data(), &ip6.sin6_addr, kIp6Size);
  return result;
}

sockaddr_storage to_sockaddr(const Address& address, std::uint16_t port, socklen_t& size) {
  sockaddr_storage storage{};
  if (address.protocol == IpProtocol::kIp4) {
    sockaddr_in ip4{};
    ip4.sin_family = AF_INET;
    ip4.sin_port = htons(port);
    std::memcpy(&ip4.sin_addr, address.bytes.data(), kIp4Size);
    size = sizeof ip4;
    std::memcpy(&storage, &ip4, sizeof ip4);
    return storage;
  }
  sockaddr_in6 ip6{};
  ip6.sin6_family = AF_INET6;
  ip6.sin6_port = htons(port);
  ip6.sin6_scope_id = address.scope;
  std::memcpy(&ip6.sin6_addr, address.bytes.data(), kIp6Size);
  size = sizeof ip6;
  std::memcpy(&storage, &ip6, sizeof ip6);
  return storage;
}

std::uint32_t hash(const Address& address) {
  constexpr std::uint32_t kOffset = 2166136261;
  constexpr std::uint32_t kPrime = 16777619;
  std::uint32_t result = kOffset;
  for (const std::uint8_t octet : address.octets()) result = (result ^ octet) * kPrime;
  return result;
}

bool Network::contains(const Address& address) const {
  if (address.protocol == base.protocol) return same_bits(address, base, bits);
  if (base.protocol == IpProtocol::kIp6) return false;
  const auto ip4 = embedded_ip4(address);
  return ip4 && same_bits(*ip4, base, bits);
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base || base->scope != 0) return std::nullopt;
  Network network{*base, width_bits(*base)};
  if (slash != std::string_view::npos) {
    const auto bits = parse_u64(text.substr(slash + 1));
    if (!bits || *bits > static_cast<std::uint64_t>(network.bits)) return std::nullopt;
    network.bits = static_cast<int>(*bits);
  }
  // A mapped network is the IPv4 network that it stands for.
  const Network mapped{*parse_address("::ffff:0:0"), 96};
  if (base->protocol == IpProtocol::kIp6 && network.bits >= 96 && mapped.contains(*base)) {
    return Network{ip4_at(*base, 12), network.bits - 96};
  }
  return network;
}

AddressPolicy::AddressPolicy(const std::vector<std::string>& allow_link_local,
                             const std::vector<std::string>& only)
    : exceptions_(networks_of(allow_link_local)),
      only_(networks_of(only)),
      restricted_(!only.empty()) {}

std::string AddressPolicy::refusal(const Address& address) const {
  if (in_any(senseless(), address)) {
    return to_string(address) + " is an unspecified, multicast or broadcast address";
  }
  if (in_any(link_local(), address) && !in_any(exceptions_, address)) {
    return to_string(address) +
           " is a link-local or metadata address; allow_link_local must list it to allow it";
  }
  if (restricted_ && !in_any(only_, address)) {
    return to_string(address) + " is in none of the networks that are allowed";
  }
  return "";
}

}  // namespace litewatch
