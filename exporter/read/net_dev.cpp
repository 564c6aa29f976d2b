#include "read/net_dev.h"

#include <algorithm>
#include <array>
#include <optional>

#include "read/text_fields.h"

//   eth0: 1234 10 0 0 0 0 0 0  5678 9 0 0 0 0 0 0
//   name  bytes packets errs drop fifo frame compressed multicast, then the same of what was sent
namespace litewatch {
namespace {

constexpr std::array<std::string_view, 4> kLeftOut = {"lo", "veth", "docker", "nerdctl"};
constexpr std::size_t kFields = 16;

std::optional<std::array<std::uint64_t, kFields>> parse_fields(std::string_view line) {
  std::array<std::uint64_t, kFields> fields{};
  for (std::uint64_t& field : fields) {
    const auto value = parse_integer<std::uint64_t>(take_word(line));
    if (!value) return std::nullopt;
    field = *value;
  }
  return fields;
}

bool is_left_out(std::string_view name) {
  return std::any_of(kLeftOut.begin(), kLeftOut.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

void parse_net_dev(std::string_view text, std::vector<NetworkInterface>& interfaces) {
  interfaces.clear();
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const auto colon = line.rfind(':');  // an alias such as eth0:1 holds one
    if (colon == std::string_view::npos) continue;
    std::string_view name = line.substr(0, colon);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    const auto fields = parse_fields(line.substr(colon + 1));
    if (!fields || name.empty() || is_left_out(name)) continue;
    const auto& f = *fields;
    interfaces.push_back({std::string(name), f[0], f[1], f[2], f[3], f[8], f[9], f[10], f[11]});
  }
}

}  // namespace litewatch
