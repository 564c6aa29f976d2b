#include "probe/net/hosts_file.h"

#include <sstream>
#include <string>
#include <vector>

#include "catch.h"

namespace litewatch {
namespace {

using Texts = std::vector<std::string>;

Texts addresses(const std::string& hosts, std::string_view name) {
  std::istringstream stream(hosts);
  const HostsFile file = HostsFile::read(stream);
  Texts texts;
  for (const Address& address : file.addresses(name)) texts.push_back(to_string(address));
  return texts;
}

}  // namespace

TEST_CASE("hosts file: names of one address have that address alone") {
  // What Docker, Compose and Kubernetes write.
  const std::string hosts =
      "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n127.0.0.1\tapp\n192.0.2.7\tapp.test "
      "db.test\n";
  CHECK(addresses(hosts, "app") == Texts{"127.0.0.1"});
  CHECK(addresses(hosts, "localhost") == Texts{"127.0.0.1", "::1"});
  CHECK(addresses(hosts, "ip6-localhost") == Texts{"::1"});
  CHECK(addresses(hosts, "db.test") == Texts{"192.0.2.7"});
}

TEST_CASE("hosts file: all lines of a name, in their order, no address twice") {
  const std::string hosts = "::1 app\n192.0.2.2 b app\n192.0.2.1 app app\n192.0.2.2 app\n";
  CHECK(addresses(hosts, "app") == Texts{"::1", "192.0.2.2", "192.0.2.1"});
  CHECK(addresses(hosts, "b") == Texts{"192.0.2.2"});
}

TEST_CASE("hosts file: case, comments, line ends, blanks") {
  CHECK(addresses("192.0.2.1 App.Test\r\n", "aPP.tEST") == Texts{"192.0.2.1"});
  CHECK(addresses("192.0.2.1 a#b\n192.0.2.2 #app\n# 192.0.2.3 app\n", "a") == Texts{"192.0.2.1"});
  CHECK(addresses("192.0.2.2 #app\n# 192.0.2.3 app\n", "app").empty());
  CHECK(addresses("  \t192.0.2.1\v\f a\t b  \n", "b") == Texts{"192.0.2.1"});
  CHECK(addresses("192.0.2.1 last", "last") == Texts{"192.0.2.1"});
}

TEST_CASE("hosts file: a line of any length") {
  std::string hosts = "192.0.2.1";
  for (int i = 0; i < 20'000; ++i) hosts += " name" + std::to_string(i);
  CHECK(addresses(hosts + "\n192.0.2.2 name19999\n", "name19999") ==
        Texts{"192.0.2.1", "192.0.2.2"});
}

TEST_CASE("hosts file: what is no address, and no such name -> nothing") {
  const std::string hosts = "\n \n192.0.2.1\n127.1 app\napp\n256.0.0.1 app\nx app\n192.0.2.2 app.x";
  CHECK(addresses(hosts, "app").empty());
  CHECK(addresses(hosts, "192.0.2.1").empty());
  CHECK(addresses(hosts, "").empty());
  CHECK(addresses("", "app").empty());
}

}  // namespace litewatch
