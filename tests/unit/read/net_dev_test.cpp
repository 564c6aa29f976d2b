#include "read/net_dev.h"

#include "catch.h"

namespace litewatch {
namespace {

constexpr const char* kText =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n"
    "    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
    "  eth0: 100 10 1 2 0 0 0 0 200 20 3 4 0 0 0 0\n"
    "veth1a2: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
    "eth0:1:5 6 7 8 0 0 0 0 9 10 11 12 0 0 0 0\n"
    "  eth2: 100 10 1\n";

TEST_CASE("net/dev: interfaces of the container, without lo and the host's ends") {
  std::vector<NetworkInterface> interfaces(3);
  parse_net_dev(kText, interfaces);
  REQUIRE(interfaces.size() == 2);
  CHECK(interfaces[0].name == "eth0");
  CHECK(interfaces[0].received_bytes == 100);
  CHECK(interfaces[0].received_dropped == 2);
  CHECK(interfaces[0].sent_bytes == 200);
  CHECK(interfaces[0].sent_errors == 3);
  CHECK(interfaces[1].name == "eth0:1");
  CHECK(interfaces[1].received_bytes == 5);
  parse_net_dev("", interfaces);
  CHECK(interfaces.empty());
}

}  // namespace
}  // namespace litewatch
