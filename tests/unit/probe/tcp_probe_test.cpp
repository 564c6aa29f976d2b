#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "catch.h"
#include "probe/tcp_probing.h"
#include "support/canned_server.h"
#include "support/fake_dns.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

bool logged(const ProbeResult& result, const std::string& text) {
  return std::any_of(result.log.begin(), result.log.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

/// A Unix socket with a backlog of none, and one connection that fills it.
struct FullSocket {
  explicit FullSocket(const std::string& path)
      : listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    REQUIRE(::bind(listener.get(), generic, sizeof address) == 0);
    REQUIRE(::listen(listener.get(), 0) == 0);
    REQUIRE(::connect(client.get(), generic, sizeof address) == 0);
  }
  Fd listener;
  Fd client;
};

}  // namespace

TEST_CASE("tcp probe: a port that listens -> success, with its address and times") {
  const CannedServer server(hang);
  TcpProbing probing(server.address());
  const ProbeResult result = probing.probe();
  CHECK(result.success);
  CHECK(result.reason == ProbeReason::kNone);
  CHECK(result.detail.empty());
  CHECK(result.prober == ProberKind::kTcp);
  CHECK(result.module == "the_module");
  CHECK(result.ip_protocol == 4);
  CHECK(result.ip_addr_hash == hash(*parse_address("127.0.0.1")));
  CHECK(result.address == server.address());
  CHECK(result.final_url == server.address());
  CHECK(result.queue_s == 0.25);
  CHECK(result.timeout_s == 3);
  CHECK(result.duration_s > 0);
  CHECK(result.duration_s <= probing.took_s);
  CHECK(result.dns_lookup_s >= 0);
  CHECK(result.dns_lookup_s <= result.duration_s);
  CHECK(result.started.unix_s > 1e9);
  CHECK_FALSE(result.http);
  CHECK_FALSE(result.tls);
  CHECK_FALSE(result.failed_due_to_expect);
  CHECK(result.log.empty());
}

TEST_CASE("tcp probe: IPv6 -> protocol 6, the address in brackets") {
  const CannedServer server(hang, "::1");
  const ProbeResult result = TcpProbing(server.address()).probe();
  CHECK(result.success);
  CHECK(result.ip_protocol == 6);
  CHECK(result.address == server.address());
}

TEST_CASE("tcp probe: nobody listens -> connect_refused") {
  const RefusingPort nobody;
  CHECK(TcpProbing(nobody.address()).failure() == "connect_refused: Connection refused");
}

TEST_CASE("tcp probe: an address without a route -> connect_unreachable") {
  TcpProbing probing("[fe80::1%1]:9");  // link-local, on the loopback interface: it has none
  probing.policy = AddressPolicy({"fe80::/10"}, {});
  CHECK(probing.failure() == "connect_unreachable: Network is unreachable");
}

TEST_CASE("tcp probe: a name -> resolved by the preferred family, its time told") {
  const CannedServer server(hang);
  const FakeDns dns({{"app.test", {DnsRecord::Kind::kAddresses, {"127.0.0.1"}, {}}}});
  TcpProbing probing("app.test:" + std::to_string(server.port()));
  probing.dns_servers = {dns.address()};
  const ProbeResult result = probing.probe();
  CHECK(result.success);
  CHECK(result.address == server.address());
  CHECK(result.dns_lookup_s > 0);
  probing.module.tcp.ip_protocol_fallback = false;
  CHECK(probing.failure() == "dns_nxdomain: app.test has no IPv6 address");
  probing.module.tcp.preferred_ip_protocol = IpProtocol::kIp4;
  CHECK(probing.probe().success);
}

TEST_CASE("tcp probe: names that fail -> the resolver's reasons, at the deadline dns_timeout") {
  const FakeDns dns({{"silent.test", {DnsRecord::Kind::kSilence, {}, {}}},
                     {"broken.test", {DnsRecord::Kind::kServfail, {}, {}}}});
  TcpProbing probing("gone.test:80");
  probing.dns_servers = {dns.address()};
  CHECK(probing.failure() == "dns_nxdomain: gone.test does not exist");
  probing.target.url = "broken.test:80";
  CHECK(probing.failure() ==
        "dns_error: every name server failed or refused to resolve broken.test");
  probing.target.url = "silent.test:80";
  probing.timeout_s = 1;
  const ProbeResult result = probing.probe();
  CHECK(result.reason == ProbeReason::kDnsTimeout);
  CHECK(result.detail == "the name was not resolved in time");
  CHECK(result.dns_lookup_s >= 0.5);
  CHECK(result.ip_protocol == 0);
  CHECK(probing.took_s < 5);
}

TEST_CASE("tcp probe: an address that the policy refuses -> policy_denied, not connected to") {
  const CannedServer server(hang);
  const FakeDns dns({{"rebound.test", {DnsRecord::Kind::kAddresses, {"127.0.0.1"}, {}}}});
  TcpProbing probing("rebound.test:" + std::to_string(server.port()));
  probing.dns_servers = {dns.address()};
  probing.policy = AddressPolicy({}, {"10.0.0.0/8"});
  CHECK(probing.failure() ==
        "policy_denied: 127.0.0.1 is in none of the networks that are allowed");
  probing.target.url = "169.254.169.254:80";
  probing.policy = AddressPolicy();
  CHECK(probing.failure().starts_with("policy_denied: 169.254.169.254 is a link-local"));
  CHECK(server.connections() == 0);
}

TEST_CASE("tcp probe: a target that is no host:port -> internal") {
  for (const char* url : {"", "host", "host:", "host:0", "host:65536", "::1:80", ":80", "host:x"}) {
    CAPTURE(url);
    CHECK(TcpProbing(url).failure() == "internal: the target is not host:port");
  }
}

TEST_CASE("tcp probe: a banner -> matched, and what is sent comes through") {
  std::promise<std::string> said;
  const CannedServer server([&](int fd) {
    send_bytes(fd, "220 mail\r\nPING :secret-token\r\n");
    std::string lines = read_line(fd);
    lines += read_line(fd);
    send_bytes(fd, "bye\r\n");
    said.set_value(lines);
  });
  TcpProbing probing(server.address());
  probing.debug = true;
  probing.step().send = "HELO x";
  QueryResponse& second = probing.step();
  second.expect = "^PING :(.*)$";
  second.send = "PONG ${1}";
  probing.step().expect = "^bye$";
  const ProbeResult result = probing.probe();
  CHECK(result.success);
  CHECK(said.get_future().get() == "HELO x\nPONG secret-token\n");
  CHECK(logged(result, "connected"));
  CHECK(logged(result, "received: 220 mail"));
  CHECK(logged(result, "sending 7 bytes"));
  CHECK(logged(result, "succeeded"));
}

TEST_CASE("tcp probe: another answer, then the end -> expect_mismatch with what came") {
  const CannedServer server([](int fd) { send_bytes(fd, "HTTP/1.1 400 Bad Request\r\n\r\n"); });
  TcpProbing probing(server.address());
  probing.step().expect = "^SSH-2.0-";
  const ProbeResult result = probing.probe();
  CHECK(result.reason == ProbeReason::kExpectMismatch);
  CHECK(result.failed_due_to_expect);
  CHECK(result.excerpt.starts_with("HTTP/1.1 400"));
  CHECK(result.detail.find("^SSH-2.0-") != std::string::npos);
}

TEST_CASE("tcp probe: closed, reset -> connect_reset; only the first is due to the expression") {
  const CannedServer closing([](int) {});
  TcpProbing closed(closing.address());
  closed.step().expect = "hello";
  ProbeResult result = closed.probe();
  CHECK(result.reason == ProbeReason::kConnectReset);
  CHECK(result.failed_due_to_expect);

  const CannedServer resetting([](int fd) {
    send_bytes(fd, "hel");
    read_line(fd);
    reset_at_close(fd);
  });
  TcpProbing reset(resetting.address());
  reset.step().send = "x";
  reset.step().expect = "hello";
  result = reset.probe();
  CHECK(result.reason == ProbeReason::kConnectReset);
  CHECK_FALSE(result.failed_due_to_expect);
}

TEST_CASE("tcp probe: no answer -> response_timeout at the deadline, saying what it waited for") {
  const CannedServer server([](int fd) {
    send_bytes(fd, "almost\n");
    hang(fd);
  });
  TcpProbing probing(server.address());
  probing.timeout_s = 0.2;
  probing.step().expect = "^ready$";
  CHECK(probing.failure() ==
        "response_timeout: no complete answer in time; waited for a line that matches ^ready$, the "
        "last line was almost");
  CHECK(probing.took_s >= 0.19);
  CHECK(probing.took_s < 2);
}

TEST_CASE("tcp probe: a peer that does not read -> response_timeout") {
  const CannedServer server([](int fd) {
    char byte = 0;
    ::recv(fd, &byte, 1, MSG_PEEK);
    pollfd probe{fd, POLLRDHUP, 0};
    ::poll(&probe, 1, 10'000);  // until the probe is over
  });
  TcpProbing probing(server.address());
  probing.timeout_s = 0.2;
  probing.step().send = std::string(32 << 20, 'x');
  CHECK(probing.failure() ==
        "response_timeout: no complete answer in time; waited for room to send");
}

TEST_CASE("tcp probe: a flood -> body_too_large, after little of it") {
  std::atomic<std::size_t> sent{0};
  const std::string part = GENERATE(std::string(8192, 'x'), std::string(4095, 'y') + "\n");
  {
    const CannedServer server([&](int fd) { sent = send_forever(fd, part); });
    TcpProbing probing(server.address());
    probing.step().expect = "never";
    CHECK(probing.failure().starts_with("body_too_large: "));
  }
  CHECK(sent < (16u << 20));  // what fits into the kernel's buffers
}

TEST_CASE("tcp probe: a debug log of a talkative peer -> bounded") {
  const CannedServer server([](int fd) {
    for (int i = 0; i < 300 && send_bytes(fd, std::string(10, '\x1b') + "\n"); ++i) ::usleep(100);
  });
  TcpProbing probing(server.address());
  probing.debug = true;
  probing.step().expect = "never";
  const ProbeResult result = probing.probe();
  CHECK_FALSE(result.success);
  CHECK(result.log.size() <= 101);
  for (const std::string& line : result.log) CHECK(line.find('\x1b') == std::string::npos);
}

TEST_CASE("tcp probe: source_ip_address -> where it comes from; a wrong one says so") {
  std::promise<std::string> seen;
  const CannedServer server([&](int fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size);
    seen.set_value(to_string(*from_sockaddr(reinterpret_cast<const sockaddr&>(peer))));
  });
  TcpProbing probing(server.address());
  probing.module.tcp.source_ip_address = "127.0.0.9";
  CHECK(probing.probe().success);
  CHECK(seen.get_future().get() == "127.0.0.9");
  probing.module.tcp.source_ip_address = "::1";
  CHECK(probing.failure() ==
        "internal: source_ip_address ::1 is no address of the family of 127.0.0.1");
  probing.module.tcp.source_ip_address = "192.0.2.1";
  CHECK(probing.failure() ==
        "internal: cannot bind 192.0.2.1: Cannot assign requested address; no such local address, "
        "or all ports of it are in use");
}

TEST_CASE("tcp probe: destroyed at any moment -> done is not called, the connection is closed") {
  std::promise<bool> closed;
  const CannedServer server([&](int fd) { closed.set_value(read_to_end(fd).empty()); });
  Looping looping;
  auto resolver = Resolver::create(looping.loop(), {});
  auto transfers = Transfers::create(looping.loop());
  ProbeContext context{looping.loop(), **resolver, **transfers};
  TcpProbing plan(server.address());
  plan.step().expect = "never";
  ProbeOrder order;
  order.target = std::make_shared<ProbeTarget>(plan.target);
  order.module = *prepare_module(std::make_shared<ProbeModule>(plan.module));
  order.policy = std::make_shared<AddressPolicy>();
  bool called = false;
  start_tcp_probe(context, order, [&](ProbeResult) { called = true; }).reset();
  auto run = start_tcp_probe(context, order, [&](ProbeResult) { called = true; });
  looping.loop().start_timer(monotonic_s() + 0.05, [&] { run.reset(); });
  auto ended = closed.get_future();
  CHECK(looping.run_until(
      [&] { return ended.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  CHECK_FALSE(called);
  CHECK(server.connections() == 1);
}

TEST_CASE("unix probe: a socket -> success, its path as the address, no IP protocol") {
  const TempDir folder;
  const auto server = CannedServer::on_unix_socket(
      folder.file("s"), [](int fd) { send_bytes(fd, "hello " + read_line(fd)); });
  TcpProbing probing(folder.file("s"), ProberKind::kUnix);
  probing.step().send = "you";
  probing.step().expect = "^hello you$";
  const ProbeResult result = probing.probe();
  CHECK(result.success);
  CHECK(result.prober == ProberKind::kUnix);
  CHECK(result.address == folder.file("s"));
  CHECK(result.ip_protocol == 0);
  CHECK(result.ip_addr_hash == 0);
  CHECK(result.dns_lookup_s == 0);
}

TEST_CASE("unix probe: no file, no socket, nobody listening -> connect_refused") {
  const TempDir folder;
  CHECK(TcpProbing(folder.file("none"), ProberKind::kUnix).failure() ==
        "connect_refused: No such file or directory");
  CHECK(TcpProbing(folder.write("file", "x"), ProberKind::kUnix).failure() ==
        "connect_refused: Connection refused");
  CHECK(TcpProbing(folder.file("file") + "/deeper", ProberKind::kUnix).failure() ==
        "connect_refused: Not a directory");
  CannedServer::on_unix_socket(folder.file("left"), [](int) {}).reset();
  CHECK(TcpProbing(folder.file("left"), ProberKind::kUnix).failure() ==
        "connect_refused: Connection refused");
}

TEST_CASE("unix probe: no path, or one that no socket can have -> internal") {
  CHECK(TcpProbing("relative", ProberKind::kUnix).failure() ==
        "internal: the target is not an absolute path");
  CHECK(TcpProbing("/" + std::string(107, 'x'), ProberKind::kUnix).failure() ==
        "internal: the path of the socket is longer than 107 bytes");
}

TEST_CASE("unix probe: a full backlog -> waits for room, connect_timeout where none comes") {
  const TempDir folder;
  const FullSocket full(folder.file("s"));
  TcpProbing probing(folder.file("s"), ProberKind::kUnix);
  probing.timeout_s = 0.2;
  CHECK(probing.failure() == "connect_timeout: no connection in time");
  std::thread accepting([&] {
    ::usleep(100'000);
    const Fd first(::accept(full.listener.get(), nullptr, nullptr));
    ::usleep(100'000);
  });
  probing.timeout_s = 3;
  CHECK(probing.probe().success);
  accepting.join();
}

}  // namespace litewatch
