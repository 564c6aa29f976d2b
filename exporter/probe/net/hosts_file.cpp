#include "probe/net/hosts_file.h"

#include <sstream>
#include <string>

#include "base/ascii.h"

namespace litewatch {

bool lists_only_ip4(std::istream& hosts, std::string_view name) {
  bool ip4 = false;
  for (std::string line; std::getline(hosts, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string address;
    words >> address;
    for (std::string alias; words >> alias;) {
      if (!same_ignoring_case(alias, name)) continue;
      if (address.find(':') != std::string::npos) return false;
      ip4 = true;
    }
  }
  return ip4;
}

}  // namespace litewatch
