#pragma once

#include <string>

#include "probe/net/resolver.h"

namespace litewatch {

/// Whether a name may be asked for: not empty, no NUL, and not one of the legacy forms of addresses
/// that end in a number ("127.1", "0177.0.0.1"). c-ares would read some of those as addresses, not
/// by the rule of parse_address(); no host name ends in a number (RFC 1123, section 2.1).
bool is_host_name(const std::string& name);

/// The resolution of a name that could not be resolved, by c-ares' status (ARES_E...).
Resolution dns_failure(const std::string& name, int status);

/// Of a name that has no address of the family wanted.
Resolution no_address(const std::string& name, IpProtocol preferred, bool fallback);

}  // namespace litewatch
