#include "probe/net/hosts_file.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"

namespace litewatch {
namespace {

/// The next word of a line, which it is taken from; empty at the end.
std::string_view take_word(std::string_view& line) {
  constexpr const char* kSpace = " \t\r\v\f";
  line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kSpace));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

HostsFile HostsFile::read(std::istream& text) {
  HostsFile hosts;
  for (std::string line; std::getline(text, line);) hosts.add(line);
  return hosts;
}

void HostsFile::add(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const auto address = parse_address(take_word(line));
  if (!address) return;
  for (auto name = take_word(line); !name.empty(); name = take_word(line)) {
    auto& addresses = names_[ascii_lower(name)];
    if (std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
}

const std::vector<Address>& HostsFile::addresses(std::string_view name) const {
  static const std::vector<Address> kNone;
  const auto found = names_.find(ascii_lower(name));
  return found == names_.end() ? kNone : found->second;
}

}  // namespace litewatch
