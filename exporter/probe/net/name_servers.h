#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "probe/net/address.h"

namespace litewatch {

/// "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:53". The port is 53
/// where none is given. nullopt for anything else, a name or an address with a zone among it.
std::optional<std::pair<Address, std::uint16_t>> parse_name_server(std::string_view text);

}  // namespace litewatch
