#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "catch.h"
#include "serving.h"
#include "tls_peer.h"

using namespace litewatch;

namespace {

using Done = std::function<void(ProbeAnswer)>;

ProbeAnswer page_answer(const std::string& page) {
  return {200, std::make_shared<const FakePage>(page), ""};
}

/// A prober that the test drives: it keeps what it is asked until the test answers.
class FakeProber {
 public:
  Handlers handlers() {
    auto handlers = handlers_with("metric 1\n");
    handlers.probe = [this](ProbeParams params, Done done) {
      const std::lock_guard lock(mutex_);
      asked_.emplace_back(std::move(params), std::move(done));
    };
    return handlers;
  }

  std::size_t asked() {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }

  /// Waits until so many have been asked in total, and takes them.
  std::vector<std::pair<ProbeParams, Done>> take(std::size_t count) {
    REQUIRE(eventually([&] { return asked() >= count; }));
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<ProbeParams, Done>> asked_;
};

/// Handlers whose probes are done before they return.
Handlers probing(ProbeAnswer answer) {
  auto handlers = handlers_with("metric 1\n");
  handlers.probe = [answer = std::move(answer)](const ProbeParams&, const Done& done) {
    done(answer);
  };
  return handlers;
}

std::string ask(Serving& serving, const std::string& request) {
  return Client(serving.port()).ask(request);
}

/// Whether so many requests are counted for a handler; that happens once an answer is out.
bool answered(Serving& serving, const std::string& handler, double count) {
  const auto series = "litewatch_http_requests_total{handler=\"" + handler + "\",code=\"200\"}";
  return eventually([&] { return serving.own_value(series) == count; });
}

constexpr const char* kProbe = "/probe?target=shop";

}  // namespace

TEST_CASE("probe route: done before probe() returns -> the page with the fields of /metrics") {
  Serving serving({}, probing(page_answer("probe_success 1\n")));
  const auto answer = ask(serving, get(kProbe));
  CHECK(status_of(answer) == 200);
  CHECK(body_of(answer) == "probe_success 1\n");
  CHECK(field_of(answer, "Content-Type") == content_type(Format::kText));
  CHECK(field_of(answer, "Vary") == "Accept, Accept-Encoding");
  CHECK(field_of(answer, "X-Content-Type-Options") == "nosniff");
  const auto om = ask(serving, get(kProbe, "Accept: application/openmetrics-text\r\n"));
  CHECK(field_of(om, "Content-Type") == content_type(Format::kOpenMetrics));
  CHECK(body_of(om) == "probe_success 1\n# EOF\n");
  const auto gzip = ask(serving, get(kProbe, "Accept-Encoding: gzip\r\n"));
  CHECK(field_of(gzip, "Content-Encoding") == "gzip");
  CHECK(body_of(gzip) == "gzip bytes");
  CHECK(answered(serving, "probe", 3));
}

TEST_CASE("probe route: what is asked -> reaches the prober decoded") {
  FakeProber prober;
  Serving serving({}, prober.handlers());
  Client client(serving.port());
  client.send(get("/probe?target=http%3A%2F%2Fa%2F&module=m&hostname=h&cached=true&debug=1&x=y",
                  "X-Prometheus-Scrape-Timeout-Seconds: 9.5\r\n"));
  auto asked = prober.take(1);
  CHECK(asked[0].first.target == "http://a/");
  CHECK(asked[0].first.module == "m");
  CHECK(asked[0].first.hostname == "h");
  CHECK(asked[0].first.cached);
  CHECK(asked[0].first.debug);
  CHECK(asked[0].first.scrape_timeout_s == 9.5);
  asked[0].second(page_answer("x\n"));
  CHECK(body_of(client.receive()) == "x\n");
}

TEST_CASE("probe route: text and status -> as plain text, ended by a line feed") {
  Serving serving({}, probing({404, nullptr, "no target of that name"}));
  const auto answer = ask(serving, get(kProbe));
  CHECK(status_of(answer) == 404);
  CHECK(body_of(answer) == "no target of that name\n");
  CHECK(field_of(answer, "Content-Type") == "text/plain; charset=utf-8");
  CHECK(field_of(answer, "X-Content-Type-Options") == "nosniff");
  Serving busy({}, probing({503, nullptr, "too many probes at once\n"}));
  CHECK(body_of(ask(busy, get(kProbe))) == "too many probes at once\n");
}

TEST_CASE("probe route: HEAD -> the fields of GET without its body; POST -> 405") {
  Serving serving({}, probing(page_answer("probe_success 1\n")));
  Client client(serving.port());
  client.send("HEAD /probe?target=a HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto head = client.receive(true);
  CHECK(status_of(head) == 200);
  CHECK(field_of(head, "Content-Length") == "16");
  CHECK(status_of(client.ask(get("/-/healthy"))) == 200);
  const auto post = client.ask("POST /probe?target=a HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(post) == 405);
  CHECK(field_of(post, "Allow") == "GET, HEAD");
}

TEST_CASE("probe route: nothing probes -> 404; bad queries -> 400 and the prober is not asked") {
  Serving none;
  CHECK(status_of(ask(none, get(kProbe))) == 404);
  FakeProber prober;
  Serving serving({}, prober.handlers());
  for (const char* query : {"", "?module=x", "?target=a&target=b", "?target=%g1", "?target=%0a"}) {
    CAPTURE(query);
    CHECK(status_of(ask(serving, get(std::string("/probe") + query))) == 400);
  }
  const auto timeout = ask(serving, get(kProbe, "X-Prometheus-Scrape-Timeout-Seconds: soon\r\n"));
  CHECK(status_of(timeout) == 400);
  CHECK(body_of(timeout).find("X-Prometheus-Scrape-Timeout-Seconds") != std::string::npos);
  CHECK(prober.asked() == 0);
}

TEST_CASE("probe route: 100 probes that hang -> no worker is occupied, each gets its own answer") {
  FakeProber prober;
  Serving serving({}, prober.handlers());
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<Client>(serving.port()));
    clients.back()->send(get("/probe?target=" + std::to_string(i)));
  }
  auto asked = prober.take(100);
  for (const char* path : {"/metrics", "/-/healthy", "/", "/config"}) {
    CHECK(status_of(ask(serving, get(path))) == 200);
  }
  std::vector<std::thread> threads;  // answers from any thread, in any order
  for (std::size_t part = 0; part < 4; ++part) {
    threads.emplace_back([&, part] {
      for (std::size_t i = part; i < asked.size(); i += 4) {
        asked[i].second(page_answer("of " + asked[i].first.target + "\n"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    CHECK(body_of(clients[i]->receive()) == "of " + std::to_string(i) + "\n");
  }
}

TEST_CASE("probe route: probes on one connection, pipelined -> answered in order") {
  FakeProber prober;
  Serving serving({}, prober.handlers());
  Client client(serving.port());
  client.send(get("/probe?target=1") + get("/-/healthy") + get("/probe?target=2"));
  prober.take(1)[0].second(page_answer("one\n"));
  CHECK(body_of(client.receive()) == "one\n");
  CHECK(body_of(client.receive()) == "litewatch is healthy.\n");
  prober.take(1)[0].second(page_answer("two\n"));
  CHECK(body_of(client.receive()) == "two\n");
}

TEST_CASE("probe route: done called twice -> only the first counts") {
  FakeProber prober;
  Serving serving({}, prober.handlers());
  Client client(serving.port());
  client.send(get(kProbe));
  auto asked = prober.take(1);
  asked[0].second(page_answer("first\n"));
  asked[0].second(page_answer("second\n"));
  CHECK(body_of(client.receive()) == "first\n");
  CHECK(body_of(client.ask(get("/-/healthy"))) == "litewatch is healthy.\n");
}

TEST_CASE("probe route: done dropped, or the prober throws -> a plain 500") {
  FakeProber prober;
  Serving serving({}, prober.handlers());
  Client client(serving.port());
  client.send(get(kProbe));
  prober.take(1).clear();
  CHECK(status_of(client.receive()) == 500);
  auto handlers = handlers_with("x");
  handlers.probe = [](const ProbeParams&, const Done&) { throw std::runtime_error("secret"); };
  Serving throwing({}, handlers);
  const auto answer = ask(throwing, get(kProbe));
  CHECK(status_of(answer) == 500);
  CHECK(answer.find("secret") == std::string::npos);
  CHECK(status_of(ask(throwing, get("/-/healthy"))) == 200);
}

TEST_CASE("probe route: client gone before its probe is done -> nothing breaks, nothing is left") {
  FakeProber prober;
  const int before = FakePage::alive;
  Serving serving({}, prober.handlers());
  for (int i = 0; i < 20; ++i) {
    Client client(serving.port());
    client.send(get(kProbe));
    auto asked = prober.take(1);
    const linger hard{1, 0};
    setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    { const Client gone = std::move(client); }
    asked[0].second(page_answer("x\n"));
  }
  CHECK(status_of(ask(serving, get("/-/healthy"))) == 200);
  CHECK(eventually([&] { return FakePage::alive == before + 1; }));  // that of /metrics
}

TEST_CASE("probe route: more requests put aside than there is room -> 503, room comes back") {
  FakeProber prober;
  Server::Options options;
  options.limits.max_connections = 4;
  Serving serving(options, prober.handlers());
  std::vector<Done> under_way;
  for (int i = 0; i < 4; ++i) {  // clients that leave: their probes go on without them
    Client client(serving.port());
    client.send(get(kProbe));
    under_way.push_back(std::move(prober.take(1)[0].second));
    const linger hard{1, 0};
    setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  const auto refused = ask(serving, get(kProbe));
  CHECK(status_of(refused) == 503);
  CHECK(prober.asked() == 0);
  CHECK(status_of(ask(serving, get("/-/healthy"))) == 200);
  for (auto& done : under_way) done(page_answer("x\n"));
  CHECK(eventually([&] {
    Client client(serving.port());
    client.send(get(kProbe));
    if (!eventually([&] { return prober.asked() > 0; }, 0.2)) return false;
    prober.take(1)[0].second(page_answer("again\n"));
    return body_of(client.receive()) == "again\n";
  }));
}

TEST_CASE("probe route: stop with a probe that ends in time -> answered, then closed") {
  FakeProber prober;
  Server::Options options;
  options.limits.drain_s = 20;
  Serving serving(options, prober.handlers());
  Client client(serving.port());
  client.send(get(kProbe));
  auto asked = prober.take(1);
  std::thread late([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    asked[0].second(page_answer("in time\n"));
  });
  CHECK(serving.stop() < 10);
  late.join();
  CHECK(body_of(client.receive()) == "in time\n");
  CHECK(client.closed_within(1));
}

TEST_CASE("probe route: stop with a probe that hangs -> closed after the drain time") {
  FakeProber prober;
  Server::Options options;
  options.limits.drain_s = 0.2;
  Done late;
  {
    Serving serving(options, prober.handlers());
    Client client(serving.port());
    client.send(get(kProbe));
    late = std::move(prober.take(1)[0].second);
    CHECK(serving.stop() < 5);
    CHECK(client.receive_all(1).empty());
  }
  late(page_answer("to nobody\n"));  // the server is gone
  late = nullptr;
  SUCCEED();
}

TEST_CASE("probe route: done from other threads while the server stops -> nothing breaks") {
  for (int round = 0; round < 5; ++round) {
    FakeProber prober;
    Server::Options options;
    options.limits.drain_s = 0.02;
    std::vector<std::pair<ProbeParams, Done>> asked;
    std::thread late;
    {
      Serving serving(options, prober.handlers());
      std::vector<std::unique_ptr<Client>> clients;
      for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<Client>(serving.port()));
        clients.back()->send(get(kProbe));
      }
      asked = prober.take(20);
      late = std::thread([&] {
        for (auto& [params, done] : asked) {
          done(page_answer("x\n"));
          std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
      });
      serving.stop();
    }
    late.join();
  }
  SUCCEED();
}

TEST_CASE("probe route: users -> 401 without a probe, also for a password never seen before") {
  FakeProber prober;
  Server::Options options;
  options.security.basic_auth_users = {
      {"ann", "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"}};
  Serving serving(options, prober.handlers());
  CHECK(status_of(ask(serving, get(kProbe))) == 401);
  CHECK(status_of(ask(serving, get(kProbe, "Authorization: Basic YW5uOlNlY3JldA==\r\n"))) == 401);
  CHECK(prober.asked() == 0);
  Client client(serving.port());
  client.send(get(kProbe, "Authorization: Basic YW5uOnNlY3JldA==\r\n"));
  prober.take(1)[0].second(page_answer("x\n"));
  CHECK(body_of(client.receive()) == "x\n");
}

TEST_CASE("sd route: targets -> JSON for the address that was asked, 404 where nothing probes") {
  Serving none;
  CHECK(status_of(ask(none, get("/sd/http"))) == 404);
  auto handlers = handlers_with("x");
  handlers.sd_targets = [](const std::string& authority, const std::string& scheme) {
    return "[\"" + scheme + "://" + authority + "\"]";
  };
  Serving serving({}, handlers);
  const auto answer = ask(serving,
                          "GET /sd/http HTTP/1.1\r\nHost: watch.test:9871\r\n"
                          "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n\r\n");
  CHECK(status_of(answer) == 200);
  CHECK(field_of(answer, "Content-Type") == "application/json");
  CHECK(field_of(answer, "X-Content-Type-Options") == "nosniff");
  CHECK(body_of(answer) == "[\"http://watch.test:9871\"]");
  CHECK(answered(serving, "sd", 1));
  for (const char* host : {"a/b", "a\"b", "user@a", "a:0", "", "a b"}) {
    CAPTURE(host);
    const auto refused =
        ask(serving, std::string("GET /sd/http HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
    CHECK(status_of(refused) == 400);
  }
  CHECK(status_of(ask(serving, "GET /sd/http HTTP/1.0\r\n\r\n")) == 400);
}

TEST_CASE("sd route: over TLS -> the scheme is https") {
  const auto identity = make_identity("first", "DNS:first");
  Server::Options options;
  options.security.tls.enabled = true;
  options.security.tls.cert_pem = identity.cert_pem;
  options.security.tls.key_pem = identity.key_pem;
  auto handlers = handlers_with("x");
  handlers.sd_targets = [](const std::string&, const std::string& scheme) { return scheme; };
  Serving serving(options, handlers);
  TlsClient client(serving.port());
  CHECK(body_of(client.ask(get("/sd/http"))) == "https");
}
