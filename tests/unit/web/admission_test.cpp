#include "web/admission.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

#include "catch.h"

using namespace litewatch;

namespace {

PeerKey key_of(const std::string& text) {
  sockaddr_storage address{};
  if (text.find(':') == std::string::npos) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    REQUIRE(inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    REQUIRE(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1);
  }
  return peer_key(address);
}

PeerKey unix_key() {
  sockaddr_storage address{};
  address.ss_family = AF_UNIX;
  return peer_key(address);
}

/// A connection without a socket, in some phase since some time.
void add(Connections& connections, std::uint64_t id, const std::string& peer, Phase phase,
         double since_s) {
  auto connection = std::make_unique<Connection>(Fd(), key_of(peer), nullptr, 1024, 8);
  connection->phase = phase;
  connection->since_s = since_s;
  connection->moved_s = since_s;
  connections.emplace(id, std::move(connection));
}

void give_body(Connections& connections, std::uint64_t id, const Body& body) {
  Answer answer;
  answer.body = body;
  connections.at(id)->set_answer(answer);
}

}  // namespace

TEST_CASE("peer key: addresses -> one per IPv4 address, one per IPv6 /64") {
  CHECK(key_of("10.0.0.1") == key_of("10.0.0.1"));
  CHECK(key_of("10.0.0.1") != key_of("10.0.0.2"));
  CHECK(key_of("::ffff:10.0.0.1") == key_of("10.0.0.1"));
  CHECK(key_of("2001:db8:1:2::1") == key_of("2001:db8:1:2:ffff::9"));
  CHECK(key_of("2001:db8:1:2::1") != key_of("2001:db8:1:3::1"));
  CHECK(unix_key() == unix_key());
  CHECK(unix_key() != key_of("0.0.0.0"));
}

TEST_CASE("admission: who makes room -> least first, and nobody at work") {
  Connections connections;
  add(connections, 1, "10.0.0.1", Phase::kWaiting, 1);
  add(connections, 2, "10.0.0.1", Phase::kWriting, 9.5);
  CHECK(least_worth(connections, nullptr, 10) == std::nullopt);
  add(connections, 3, "10.0.0.1", Phase::kWriting, 5);
  CHECK(least_worth(connections, nullptr, 10) == 3);
  add(connections, 4, "10.0.0.1", Phase::kHead, 8);
  add(connections, 5, "10.0.0.1", Phase::kHandshake, 7);
  CHECK(least_worth(connections, nullptr, 10) == 5);
  add(connections, 6, "10.0.0.1", Phase::kIdle, 9);
  add(connections, 7, "10.0.0.2", Phase::kIdle, 8);
  CHECK(least_worth(connections, nullptr, 10) == 7);
  add(connections, 8, "10.0.0.2", Phase::kLingering, 10);
  CHECK(least_worth(connections, nullptr, 10) == 8);
}

TEST_CASE("admission: room for a peer -> among its own connections only") {
  Connections connections;
  add(connections, 1, "10.0.0.1", Phase::kIdle, 1);
  add(connections, 2, "10.0.0.2", Phase::kHead, 2);
  const auto peer = key_of("10.0.0.2");
  const auto other = key_of("10.0.0.3");
  CHECK(least_worth(connections, &peer, 10) == 2);
  CHECK(least_worth(connections, &other, 10) == std::nullopt);
}

TEST_CASE(
    "admission: bodies of slow readers -> the oldest over the cap go, shared ones count once") {
  Connections connections;
  const Body shared = make_body(std::string(100, 'a'));
  const Body other = make_body(std::string(100, 'b'));
  add(connections, 1, "10.0.0.1", Phase::kWriting, 1);
  add(connections, 2, "10.0.0.1", Phase::kWriting, 2);
  add(connections, 3, "10.0.0.1", Phase::kWriting, 3);
  give_body(connections, 1, other);
  give_body(connections, 2, shared);
  give_body(connections, 3, shared);
  CHECK(readers_over(connections, 200).empty());
  CHECK(readers_over(connections, 199) == std::vector<std::uint64_t>{1});
  CHECK(readers_over(connections, 10) == std::vector<std::uint64_t>{1});
}
