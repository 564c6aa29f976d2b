#include "web/front.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "catch.h"
#include "serving.h"

using namespace litewatch;

namespace {

using Clients = std::vector<std::unique_ptr<Client>>;

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

Server::Options with_limits(FrontLimits limits) {
  Server::Options options;
  options.limits = limits;
  return options;
}

double time_of_scrape(Serving& serving) {
  const double began_s = monotonic_s();
  Client client(serving.port());
  CHECK(status_of(client.ask(get("/metrics"))) == 200);
  return monotonic_s() - began_s;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * 4096;
}

double cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/// Sends `piece` again and again, at most `total` bytes, until the server closes.
std::string flood(Client& client, const std::string& piece, std::size_t total) {
  for (std::size_t sent = 0; sent < total; sent += piece.size()) {
    if (::send(client.fd(), piece.data(), piece.size(), MSG_NOSIGNAL) < 0) break;
  }
  return client.receive_all(3);
}

}  // namespace

TEST_CASE("front: many requests on one connection -> answered on it") {
  Serving serving;
  Client client(serving.port());
  for (int i = 0; i < 50; ++i) CHECK(status_of(client.ask(get("/metrics"))) == 200);
  CHECK(serving.own_value("litewatch_http_connections_accepted_total") == 1);
}

TEST_CASE("front: pipelined requests -> answered in order") {
  Serving serving;
  Client client(serving.port());
  client.send(get("/-/healthy") + get("/metrics") + get("/nowhere") + get("/-/healthy"));
  CHECK(body_of(client.receive()) == "litewatch is healthy.\n");
  CHECK(body_of(client.receive()) == "metric 1\n");
  CHECK(status_of(client.receive()) == 404);
  CHECK(body_of(client.receive()) == "litewatch is healthy.\n");
}

TEST_CASE("front: request in single bytes -> answered") {
  Serving serving;
  Client client(serving.port());
  for (const char byte : get("/-/healthy")) client.send(std::string(1, byte));
  CHECK(status_of(client.receive()) == 200);
}

TEST_CASE("front: Connection: close and HTTP/1.0 -> closed after the answer") {
  Serving serving;
  Client closing(serving.port());
  const auto answer = closing.ask(get("/metrics", "Connection: close\r\n"));
  CHECK(field_of(answer, "Connection") == "close");
  CHECK(closing.closed_within(2));
  Client old(serving.port());
  CHECK(body_of(old.ask("GET /metrics HTTP/1.0\r\n\r\n")) == "metric 1\n");
  CHECK(old.closed_within(2));
  Client kept(serving.port());
  kept.send("GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(field_of(kept.receive(), "Connection") == "keep-alive");
  CHECK(status_of(kept.ask(get("/metrics"))) == 200);
}

TEST_CASE("front: client that shuts its sending side down -> still answered") {
  Serving serving;
  Client client(serving.port());
  client.send(get("/metrics"));
  shutdown(client.fd(), SHUT_WR);
  CHECK(body_of(client.receive()) == "metric 1\n");
  CHECK(client.closed_within(2));
}

TEST_CASE("front: 400 clients that drip and 64 that idle -> scrapes are served at once") {
  FrontLimits limits;
  Serving serving(with_limits(limits));
  Clients others;
  for (int i = 0; i < 64; ++i) {
    others.push_back(std::make_unique<Client>(serving.port()));
    CHECK(status_of(others.back()->ask(get("/-/healthy"))) == 200);
  }
  for (int i = 0; i < 400; ++i) {
    others.push_back(std::make_unique<Client>(serving.port()));
    others.back()->send("GET /metrics HTTP/1.1\r\nHost: a\r\nX: ");
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 64; i < others.size(); ++i) others[i]->send("x");
    CHECK(time_of_scrape(serving) < 2);
  }
  CHECK(serving.own_value("litewatch_http_connections") <= limits.max_connections_per_peer);
  CHECK(serving.rejected("per_peer_limit") > 0);
}

TEST_CASE("front: total cap -> the longest idle connection goes first") {
  FrontLimits limits;
  limits.max_connections = 3;
  Serving serving(with_limits(limits));
  Client dripping(serving.port());
  dripping.send("GET /");
  Client idle_first(serving.port());
  CHECK(status_of(idle_first.ask(get("/-/healthy"))) == 200);
  Client idle_second(serving.port());
  CHECK(status_of(idle_second.ask(get("/-/healthy"))) == 200);
  Client newcomer(serving.port());
  CHECK(status_of(newcomer.ask(get("/-/healthy"))) == 200);
  CHECK(idle_first.closed_within(2));
  CHECK(status_of(idle_second.ask(get("/-/healthy"))) == 200);
  CHECK(serving.rejected("total_limit") == 1);
}

TEST_CASE("front: all connections at work -> the newcomer goes, the others are answered") {
  std::atomic<bool> release = false;
  auto handlers = handlers_with("x");
  handlers.collect = [&](double) {
    while (!release) pause_ms(2);
    return std::make_shared<const FakePage>("x");
  };
  FrontLimits limits;
  limits.max_connections_per_peer = 2;
  Serving serving(with_limits(limits), handlers);
  Client first(serving.port());
  Client second(serving.port());
  first.send(get("/metrics"));
  second.send(get("/metrics"));
  pause_ms(50);
  Client third(serving.port());
  CHECK(third.closed_within(2));
  release = true;
  CHECK(status_of(first.receive()) == 200);
  CHECK(status_of(second.receive()) == 200);
}

TEST_CASE("front: header deadline -> 408 however steadily bytes come, nothing for silence") {
  FrontLimits limits;
  limits.header_deadline_s = 0.3;
  Serving serving(with_limits(limits));
  Client silent(serving.port());
  Client dripping(serving.port());
  const double began_s = monotonic_s();
  dripping.send("GET / HTTP/1.1\r\nX: ");
  std::string answer;
  while (answer.empty() && monotonic_s() - began_s < 8) {
    dripping.send("x");
    answer = dripping.receive_all(0.02);
  }
  CHECK(status_of(answer) == 408);
  CHECK(monotonic_s() - began_s < 4);
  CHECK(silent.receive_all(2).empty());
  CHECK(serving.rejected("header_deadline") == 1);
}

TEST_CASE("front: idle timeout -> closed without a word and not counted") {
  FrontLimits limits;
  limits.idle_timeout_s = 0.2;
  Serving serving(with_limits(limits));
  Client client(serving.port());
  CHECK(status_of(client.ask(get("/-/healthy"))) == 200);
  CHECK(client.closed_within(2));
  for (const auto* reason : {"idle_timeout", "client_closed", "header_deadline"}) {
    CHECK(serving.rejected(reason) == 0);
  }
}

TEST_CASE("front: 64 MB of header, fields, chunks, body -> closed at the cap, memory stays") {
  Serving serving;
  const double before = resident_bytes();
  const std::size_t total = 64u << 20;
  const std::string piece(64 * 1024, 'a');
  Client line(serving.port());
  line.send("GET /");
  CHECK(status_of(flood(line, piece, total)) == 431);
  Client header(serving.port());
  header.send("GET / HTTP/1.1\r\nX: ");
  CHECK(status_of(flood(header, piece, total)) == 431);
  Client fields(serving.port());
  fields.send("GET / HTTP/1.1\r\n");
  CHECK(status_of(flood(fields, "a: b\r\nc: d\r\n", 1u << 20)) == 431);
  Client chunks(serving.port());
  chunks.send("POST /-/reload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(status_of(flood(chunks, "10000\r\n" + piece + "\r\n", total)) == 413);
  Client body(serving.port());
  body.send("POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\n");
  CHECK(status_of(flood(body, piece, total)) == 413);
  CHECK(resident_bytes() - before < 8e6);
  CHECK(serving.rejected("header_too_large") == 2);
  CHECK(serving.rejected("too_many_fields") == 1);
  CHECK(serving.rejected("body_refused") == 2);
  CHECK(time_of_scrape(serving) < 2);
}

TEST_CASE("front: garbage -> 400 and closed") {
  Serving serving;
  for (const std::string garbage : {"\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n", "hello\r\n\r\n",
                                    "GET / HTTP/1.1\n\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    Client client(serving.port());
    const auto answer = client.ask(garbage);
    CAPTURE(garbage);
    CHECK(status_of(answer) == 400);
    CHECK(client.closed_within(2));
  }
  CHECK(serving.rejected("bad_request") == 5);
}

TEST_CASE("front: request target over 8 KB -> 414 and closed") {
  Serving serving;
  Client client(serving.port());
  CHECK(status_of(client.ask(get("/" + std::string(9000, 'a')))) == 414);
  CHECK(client.closed_within(2));
}

TEST_CASE("front: client gone before its answer -> counted, and nothing breaks") {
  std::atomic<bool> release = false;
  std::atomic<int> runs = 0;
  auto handlers = handlers_with("x");
  handlers.collect = [&](double) {
    ++runs;
    while (!release) pause_ms(2);
    return std::make_shared<const FakePage>("x");
  };
  Serving serving({}, handlers);
  {
    Client client(serving.port());
    client.send(get("/metrics"));
    REQUIRE(eventually([&] { return runs == 1; }));
    const linger hard{1, 0};
    setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  CHECK(eventually([&] { return serving.rejected("client_closed") == 1; }));
  release = true;
  CHECK(time_of_scrape(serving) < 2);
}

TEST_CASE("front: clients that do not read a 5 MB page -> cut at the deadline, page not copied") {
  const std::string page(5 << 20, 'p');
  FrontLimits limits;
  limits.write_deadline_s = 0.5;
  Serving serving(with_limits(limits), handlers_with(page));
  const double before = resident_bytes();
  Clients slow;
  for (int i = 0; i < 30; ++i) {
    slow.push_back(std::make_unique<Client>(serving.port(), 4096));
    slow.back()->send(get("/metrics"));
  }
  CHECK(time_of_scrape(serving) < 2);
  CHECK(resident_bytes() - before < 30e6);  // of which 10 MB are this client's own
  CHECK(eventually([&] { return serving.rejected("write_deadline") == 30; }));
  CHECK(slow.front()->receive_all(1).size() < page.size());
}

TEST_CASE("front: slow readers of many different pages -> held up to the cap, oldest cut") {
  auto handlers = handlers_with("x");
  handlers.collect = [](double) {
    return std::make_shared<const FakePage>(std::string(4 << 20, 'p'));
  };
  FrontLimits limits;
  limits.max_held_bytes = 20 << 20;
  const int before = FakePage::alive;
  Serving serving(with_limits(limits), handlers);
  Clients slow;
  for (int i = 0; i < 12; ++i) {
    slow.push_back(std::make_unique<Client>(serving.port(), 4096));
    slow.back()->send(get("/metrics"));
    slow.back()->wait_for_byte();
    CHECK(FakePage::alive - before <= 7);  // five held, the last collected, one under way
  }
  CHECK(slow[0]->closed_within(5));
  CHECK(body_of(slow[11]->receive()).size() == 4u << 20);
}

TEST_CASE("front: a large page to a reader -> every byte, in order") {
  std::string page;
  while (page.size() < 5u << 20) page += std::to_string(page.size()) + "\n";
  Serving serving({}, handlers_with(page));
  Client client(serving.port());
  for (int i = 0; i < 3; ++i) CHECK(body_of(client.ask(get("/metrics"))) == page);
}

TEST_CASE("front: stop with an answer under way -> it is finished, idle ones are closed") {
  std::atomic<bool> collecting = false;
  auto handlers = handlers_with("x");
  handlers.collect = [&](double) {
    collecting = true;
    pause_ms(200);
    return std::make_shared<const FakePage>(std::string(5 << 20, 'p'));
  };
  Server::Options options;
  options.limits.drain_s = 20;
  Serving serving(options, handlers);
  Client idle(serving.port());
  CHECK(status_of(idle.ask(get("/-/healthy"))) == 200);
  Client scraper(serving.port());
  scraper.send(get("/metrics"));
  REQUIRE(eventually([&] { return collecting.load(); }));
  std::string answer;
  std::thread reader([&] { answer = scraper.receive_all(15); });
  CHECK(serving.stop() < 10);
  reader.join();
  CHECK(body_of(answer).size() == 5u << 20);
  CHECK(idle.closed_within(1));
}

TEST_CASE("front: stop with clients that do not read -> ends after the drain time") {
  FrontLimits limits;
  limits.drain_s = 0.3;
  Serving serving(with_limits(limits), handlers_with(std::string(5 << 20, 'p')));
  Client slow(serving.port(), 4096);
  slow.send(get("/metrics"));
  slow.wait_for_byte();
  CHECK(serving.stop() < 5);
}

TEST_CASE("front: stop before run -> run returns at once") {
  SelfMetrics self;
  Server::Options options;
  options.listen_addresses = {"127.0.0.1:0"};
  auto server = Server::create(options, handlers_with("x"), self);
  REQUIRE(server.ok());
  (*server)->stop();
  (*server)->run();
  SUCCEED();
}

TEST_CASE("front: no descriptors left -> does not spin, serves once there are some") {
  Serving serving;
  CHECK(time_of_scrape(serving) < 2);
  REQUIRE(eventually([&] { return serving.own_value("litewatch_http_connections") == 0; }));
  rlimit old{};
  getrlimit(RLIMIT_NOFILE, &old);
  const rlimit low{64, old.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
  std::vector<Fd> taken;
  for (int fd = 0; (fd = dup(0)) >= 0;) taken.emplace_back(fd);
  taken.pop_back();
  Client waiting(serving.port());
  waiting.send(get("/metrics"));
  const double before_s = cpu_s();
  CHECK(waiting.receive_all(0.4).empty());
  CHECK(cpu_s() - before_s < 0.1);
  taken.clear();
  CHECK(status_of(waiting.receive()) == 200);
  setrlimit(RLIMIT_NOFILE, &old);
}
