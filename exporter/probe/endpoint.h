#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "probe/module.h"

namespace litewatch {

/// Where a target's URL leads to, as the parser that connects sees it.
struct Endpoint {
  std::string scheme;  ///< "http", "https", "tcp", "unix"
  std::string host;    ///< lower case, brackets stripped; empty for Unix sockets
  int port = 0;        ///< 0 for Unix sockets
};

/// Takes a target's URL apart; nullopt where it is none for that prober (see check_target_url).
std::optional<Endpoint> parse_endpoint(const std::string& url, ProberKind prober);

}  // namespace litewatch
