#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/module.h"

namespace litewatch {

/// An IPv4 or IPv6 address.
struct Address {
  IpProtocol protocol = IpProtocol::kIp4;
  std::array<std::uint8_t, 16> bytes{};  ///< 4 or 16 of them
  std::uint32_t scope = 0;               ///< of a link-local IPv6 address

  std::span<const std::uint8_t> octets() const;
  bool operator==(const Address&) const = default;
};

/// A literal as it stands in a URL, brackets stripped: dotted decimal or RFC 4291 only; the legacy
/// forms of inet_aton (hex, octal, one number) are none. IPv6 may end in "%interface" or "%index";
/// an interface that does not exist makes it none.
std::optional<Address> parse_address(std::string_view text);
std::string to_string(const Address& address);
std::optional<Address> from_sockaddr(const sockaddr& address);
sockaddr_storage to_sockaddr(const Address& address, std::uint16_t port, socklen_t& size);

/// FNV-1a, 32 bit, over the octets: what blackbox_exporter publishes.
std::uint32_t hash(const Address& address);

/// An address range. The IPv4 forms within IPv6 (mapped, compatible, translated, NAT64
/// 64:ff9b::/96, 6to4) match as the IPv4 address they lead to.
struct Network {
  Address base;
  int bits = 0;
  bool contains(const Address& address) const;
};
/// "10.0.0.0/8", "fd00::/8", or one address. Bits after the prefix do not matter.
std::optional<Network> parse_network(std::string_view text);

/// Which addresses may be connected to. Immutable.
class AddressPolicy {
 public:
  /// Link-local and cloud metadata addresses are refused but for `allow_link_local`; unspecified,
  /// multicast and broadcast ones always. Where `only` holds anything, everything else is refused
  /// too. Both: valid networks; others match nothing.
  AddressPolicy(const std::vector<std::string>& allow_link_local,
                const std::vector<std::string>& only);
  AddressPolicy() : AddressPolicy({}, {}) {}

  /// Why the address is refused, for people; empty where it is allowed.
  std::string refusal(const Address& address) const;

 private:
  std::vector<Network> exceptions_;
  std::vector<Network> only_;
  bool restricted_ = false;  ///< `only` held something
};

}  // namespace litewatch
