#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace litewatch {

/// One line of /proc/PID/net/dev. Source: proc_pid_net(5).
struct NetworkInterface {
  std::string name;
  std::uint64_t received_bytes = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t received_errors = 0;
  std::uint64_t received_dropped = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t sent_errors = 0;
  std::uint64_t sent_dropped = 0;
};

/// All interfaces but those that cAdvisor leaves out: lo, and the host's ends of containers' own
/// (veth, docker, nerdctl). `interfaces` is cleared first and keeps its capacity. Malformed lines
/// are skipped.
void parse_net_dev(std::string_view text, std::vector<NetworkInterface>& interfaces);

}  // namespace litewatch
