#pragma once

#include <istream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "probe/net/address.h"

namespace litewatch {

/// The names of a hosts file (hosts(5)), as getaddrinfo(3) understands them.
class HostsFile {
 public:
  /// Lines without a valid address are skipped.
  static HostsFile read(std::istream& text);

  /// All addresses of a name or alias in any letter case, in the order of the lines, each once;
  /// empty where it is not listed.
  const std::vector<Address>& addresses(std::string_view name) const;

 private:
  void add(std::string_view line);

  std::unordered_map<std::string, std::vector<Address>> names_;  ///< in lower case
};

}  // namespace litewatch
