#include "probe/net/hosts_file.h"

#include <sstream>

#include "catch.h"

namespace litewatch {
namespace {

bool only_ip4(const char* hosts, std::string_view name = "localhost") {
  std::istringstream stream(hosts);
  return lists_only_ip4(stream, name);
}

TEST_CASE("A name of the hosts file has only IPv4 where no line gives it another address") {
  CHECK(only_ip4("127.0.0.1 localhost\n"));
  CHECK(only_ip4("127.0.0.1\tapp  LocalHost # the machine\n::1 ip6-localhost"));
  CHECK(only_ip4("127.0.0.1 localhost\n# ::1 localhost\n"));
  CHECK_FALSE(only_ip4("127.0.0.1 localhost\n::1 localhost\n"));
  CHECK_FALSE(only_ip4("::1 localhost ip6-localhost\n127.0.0.1 localhost\n"));
}

TEST_CASE("A name that is not in the hosts file has no addresses there") {
  CHECK_FALSE(only_ip4(""));
  CHECK_FALSE(only_ip4("127.0.0.1\n\n   \n#\n"));
  CHECK_FALSE(only_ip4("127.0.0.1 localhost.example\n", "localhost"));
  CHECK_FALSE(only_ip4("localhost\n"));
}

}  // namespace
}  // namespace litewatch
