#include "probe/net/address.h"

#include <netinet/in.h>

#include <string>
#include <utility>
#include <vector>

#include "catch.h"

namespace litewatch {
namespace {

Address address(const std::string& text) {
  const auto parsed = parse_address(text);
  if (!parsed) throw std::runtime_error(text);
  return *parsed;
}

bool refused(const std::string& text, const AddressPolicy& policy = {}) {
  return !policy.refusal(address(text)).empty();
}

}  // namespace

TEST_CASE("address: literals -> read and written back in their short form") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"127.0.0.1", "127.0.0.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"::ffff:10.0.0.1", "::ffff:10.0.0.1"},
      {"fe80::1%7", "fe80::1%7"},
      {"::1%lo", "::1%1"},
  };
  for (const auto& [text, shown] : cases) {
    CAPTURE(text);
    REQUIRE(parse_address(text));
    CHECK(to_string(*parse_address(text)) == shown);
  }
}

TEST_CASE("address: no literals -> none, the forms only inet_aton knows among them") {
  for (const char* text : {"",
                           ".",
                           "localhost",
                           "1",
                           "2130706433",
                           "127.1",
                           "0x7f.0.0.1",
                           "0x7f000001",
                           "0177.0.0.1",
                           "127.0.0.01",
                           "127.0.0.1.",
                           "127.0.0.256",
                           "127.0.0.1 ",
                           " 127.0.0.1",
                           "127.0.0.1/8",
                           "127.0.0.1%1",
                           "[::1]",
                           ":::",
                           "1::2::3",
                           "::1%",
                           "::1%0",
                           "::1%no-such-if",
                           "::1%99999999999",
                           "::12345",
                           "1:2:3:4:5:6:7:8:9",
                           "::ffff:1.2.3",
                           "-1.0.0.0"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_address(text));
  }
  CHECK_FALSE(parse_address(std::string_view("127.0.0.1\0.example", 18)));
}

TEST_CASE("address: through a socket address and back -> the same, scope and port kept") {
  for (const char* text : {"192.0.2.7", "2001:db8::7", "fe80::7%1"}) {
    CAPTURE(text);
    socklen_t size = 0;
    const sockaddr_storage storage = to_sockaddr(address(text), 8443, size);
    CHECK(from_sockaddr(reinterpret_cast<const sockaddr&>(storage)) == address(text));
    const bool ip4 = storage.ss_family == AF_INET;
    CHECK(size == (ip4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)));
    CHECK(ntohs(ip4 ? reinterpret_cast<const sockaddr_in&>(storage).sin_port
                    : reinterpret_cast<const sockaddr_in6&>(storage).sin6_port) == 8443);
  }
  sockaddr unix_address{};
  unix_address.sa_family = AF_UNIX;
  CHECK_FALSE(from_sockaddr(unix_address));
}

TEST_CASE("address: hash -> FNV-1a over 4 or 16 octets") {
  // For each octet h = (h xor octet) * 16777619, from 2166136261.
  CHECK(hash(address("0.0.0.0")) == 0x4b95f515u);
  CHECK(hash(address("127.0.0.1")) == 3668918509u);
  CHECK(hash(address("::")) == 1768495365u);
  CHECK(hash(address("::1")) != hash(address("::")));
}

TEST_CASE("network: members and neighbours") {
  struct Case {
    const char* network;
    const char* address;
    bool inside;
  };
  const std::vector<Case> cases = {
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.1.2.3/8", "10.200.0.0", true},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.128", true},
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.0", false},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "192.0.2.1", false},
      {"fe80::/10", "febf::1", true},
      {"fe80::/10", "fec0::1", false},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true},
      {"10.0.0.0/8", "::10.0.0.1", true},
      {"10.0.0.0/8", "::ffff:0:10.0.0.1", true},
      {"10.0.0.0/8", "64:ff9b::10.0.0.1", true},
      {"10.0.0.0/8", "2002:a00:1::", true},
      {"10.0.0.0/8", "2002:b00:1::", false},
      {"10.0.0.0/8", "64:ff9b::11.0.0.1", false},
      {"0.0.0.0/8", "::1", false},
      {"::ffff:10.0.0.0/104", "10.9.9.9", true},
      {"::ffff:10.0.0.0/104", "::ffff:11.0.0.0", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.network, c.address);
    REQUIRE(parse_network(c.network));
    CHECK(parse_network(c.network)->contains(address(c.address)) == c.inside);
  }
}

TEST_CASE("network: malformed -> none") {
  for (const char* text :
       {"", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10/8", "10.0.0.0/8/8",
        "10.0.0.0/ 8", "10.0.0.0/0x8", "fe80::1%1/10", "example.com/8"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_network(text));
  }
}

TEST_CASE("policy: link-local and metadata addresses -> refused in every form") {
  for (const char* text :
       {"169.254.169.254", "169.254.0.0", "fe80::1", "febf::1", "fd00:ec2::254", "100.100.100.200",
        "192.0.0.192", "168.63.129.16", "::ffff:169.254.169.254", "::169.254.169.254",
        "::ffff:0:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::",
        "2002:a9fe:a9fe:1:2:3:4:5", "::ffff:100.100.100.200", "64:ff9b::168.63.129.16"}) {
    CAPTURE(text);
    CHECK(refused(text));
  }
}

TEST_CASE("policy: unspecified, multicast, broadcast -> refused even where listed") {
  const AddressPolicy lenient({"0.0.0.0/0", "::/0"}, {"0.0.0.0/0", "::/0"});
  for (const char* text :
       {"0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1",
        "::ffff:0.0.0.0", "::ffff:224.0.0.1", "64:ff9b::255.255.255.255"}) {
    CAPTURE(text);
    CHECK(refused(text));
    CHECK(refused(text, lenient));
  }
}

TEST_CASE("policy: ordinary addresses -> allowed, private and loopback ones among them") {
  for (const char* text :
       {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.253.255.255", "169.255.0.0", "100.100.100.201",
        "::1", "2001:db8::1", "fd00::1", "64:ff9b::8.8.8.8", "fec0::1"}) {
    CAPTURE(text);
    CHECK_FALSE(refused(text));
  }
}

TEST_CASE("policy: link-local exceptions -> allowed, and only they") {
  const AddressPolicy policy({"169.254.10.0/24", "fe80::5"}, {});
  CHECK_FALSE(refused("169.254.10.7", policy));
  CHECK_FALSE(refused("::ffff:169.254.10.7", policy));
  CHECK_FALSE(refused("fe80::5%1", policy));
  CHECK(refused("169.254.11.7", policy));
  CHECK(refused("fe80::6", policy));
}

TEST_CASE("policy: a list of networks -> nothing else; link-local still needs its exception") {
  const AddressPolicy policy({}, {"10.0.0.0/8", "169.254.0.0/16"});
  CHECK_FALSE(refused("10.1.1.1", policy));
  CHECK_FALSE(refused("::ffff:10.1.1.1", policy));
  CHECK(refused("127.0.0.1", policy));
  CHECK(refused("::1", policy));
  CHECK(refused("169.254.10.7", policy));
  // A list that is broken allows nothing rather than everything.
  CHECK(refused("10.1.1.1", AddressPolicy({}, {"not a network"})));
}

TEST_CASE("policy: a refusal -> names the address and the mend") {
  CHECK(AddressPolicy().refusal(address("169.254.169.254")) ==
        "169.254.169.254 is a link-local or metadata address; allow_link_local must list it to "
        "allow it");
}

}  // namespace litewatch
