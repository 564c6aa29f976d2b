#pragma once

#include <istream>
#include <string_view>

namespace litewatch {

/// Whether the hosts file (hosts(5)) gives the name IPv4 addresses and no others.
bool lists_only_ip4(std::istream& hosts, std::string_view name);

}  // namespace litewatch
