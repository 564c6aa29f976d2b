#include "web/server.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "catch.h"
#include "serving.h"

using namespace litewatch;

namespace {

const std::string kHash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

std::string ask(Serving& serving, const std::string& request) {
  return Client(serving.port()).ask(request);
}

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

}  // namespace

TEST_CASE("server: GET /metrics -> the page with exact fields") {
  Serving serving;
  const auto answer = ask(serving, get("/metrics"));
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(field_of(answer, "Content-Type") == content_type(Format::kText));
  CHECK(field_of(answer, "Content-Length") == "9");
  CHECK(field_of(answer, "Vary") == "Accept, Accept-Encoding");
  CHECK(field_of(answer, "X-Content-Type-Options") == "nosniff");
  CHECK(field_of(answer, "Content-Encoding").empty());
  CHECK(field_of(answer, "Connection").empty());
  CHECK(field_of(answer, "Keep-Alive").empty());
  CHECK(body_of(answer) == "metric 1\n");
}

TEST_CASE("server: Accept and Accept-Encoding -> format and gzip") {
  Serving serving;
  const auto om = ask(serving, get("/metrics", "Accept: application/openmetrics-text\r\n"));
  CHECK(field_of(om, "Content-Type") == content_type(Format::kOpenMetrics));
  CHECK(body_of(om) == "metric 1\n# EOF\n");
  const auto gzip = ask(serving, get("/metrics", "Accept-Encoding: gzip, br\r\n"));
  CHECK(field_of(gzip, "Content-Encoding") == "gzip");
  CHECK(body_of(gzip) == "gzip bytes");
  const auto two = ask(serving, get("/metrics",
                                    "Accept: text/plain;q=0.5\r\nAccept: "
                                    "application/openmetrics-text\r\n"));
  CHECK(field_of(two, "Content-Type") == content_type(Format::kOpenMetrics));
}

TEST_CASE("server: HEAD -> the fields of GET without its body") {
  Serving serving;
  Client client(serving.port());
  for (const std::string path : {"/metrics", "/-/healthy", "/", "/nowhere"}) {
    client.send("HEAD " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto head = client.receive(true);
    const auto full = client.ask(get(path));
    CAPTURE(path);
    CHECK(status_of(head) == status_of(full));
    if (path != "/") {  // its clock moves
      CHECK(field_of(head, "Content-Length") == field_of(full, "Content-Length"));
    }
    CHECK(field_of(head, "Content-Type") == field_of(full, "Content-Type"));
    CHECK(field_of(head, "Accept-Ranges").empty());
  }
}

TEST_CASE("server: Range -> ignored, however often it repeats") {
  Serving serving;
  std::string ranges = "Range: bytes=0-";
  for (int i = 0; i < 1000; ++i) ranges += ",0-";
  const auto answer = ask(serving, get("/metrics", ranges + "\r\n"));
  CHECK(status_of(answer) == 200);
  CHECK(body_of(answer) == "metric 1\n");
}

TEST_CASE("server: simple paths -> their texts") {
  Serving serving;
  CHECK(body_of(ask(serving, get("/-/healthy"))) == "litewatch is healthy.\n");
  CHECK(status_of(ask(serving, get("/-/ready"))) == 200);
  CHECK(body_of(ask(serving, get("/config"))) == "databases: []\n");
  CHECK(field_of(ask(serving, get("/config")), "Content-Type") == "text/plain; charset=utf-8");
  const auto page = ask(serving, get("/"));
  CHECK(field_of(page, "Content-Type") == "text/html; charset=utf-8");
  CHECK(field_of(page, "Content-Security-Policy").starts_with("default-src 'none'"));
  CHECK(status_of(ask(serving, get("/metrics?x=y"))) == 200);
}

TEST_CASE("server: unknown path -> 404 that echoes nothing") {
  Serving serving;
  for (const std::string path : {"/metrics/", "/nowhere<script>", "/%6detrics", "/-/"}) {
    const auto answer = ask(serving, get(path));
    CAPTURE(path);
    CHECK(status_of(answer) == 404);
    CHECK(body_of(answer) == "not found\n");
  }
}

TEST_CASE("server: wrong method -> 405 with Allow") {
  Serving serving;
  const auto post = ask(serving, "POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(post) == 405);
  CHECK(field_of(post, "Allow") == "GET, HEAD");
  const auto reload = ask(serving, get("/-/reload"));
  CHECK(status_of(reload) == 405);
  CHECK(field_of(reload, "Allow") == "POST");
  CHECK(status_of(ask(serving, "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n")) == 405);
  CHECK(status_of(ask(serving, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n")) == 400);
}

TEST_CASE("server: reload -> off, done, failed, late, turned away") {
  const std::string request = "POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
  Serving off;
  CHECK(status_of(ask(off, request)) == 403);
  std::optional<Error> problem;
  auto handlers = handlers_with("x");
  handlers.reload = [&] { return problem; };
  Serving on({}, handlers);
  CHECK(status_of(ask(on, request)) == 200);
  problem = Error{ErrorKind::kMalformed, "line 3: nonsense", "", 0};
  const auto failed = ask(on, request);
  CHECK(status_of(failed) == 500);
  CHECK(body_of(failed).find("line 3: nonsense") != std::string::npos);
  problem->kind = ErrorKind::kTimeout;
  CHECK(status_of(ask(on, request)) == 504);
  problem->kind = ErrorKind::kBusy;
  CHECK(status_of(ask(on, request)) == 503);
}

TEST_CASE("server: not ready, nothing collected -> 503") {
  auto handlers = handlers_with("x");
  handlers.ready = [] { return false; };
  handlers.collect = [](double) { return nullptr; };
  Serving serving({}, handlers);
  CHECK(status_of(ask(serving, get("/-/ready"))) == 503);
  CHECK(status_of(ask(serving, get("/metrics"))) == 503);
  CHECK(status_of(ask(serving, get("/"))) == 503);
}

TEST_CASE("server: handler that throws -> plain 500 without its text") {
  auto handlers = handlers_with("x");
  handlers.config_yaml = []() -> std::string { throw std::runtime_error("secret"); };
  Serving serving({}, handlers);
  const auto answer = ask(serving, get("/config"));
  CHECK(status_of(answer) == 500);
  CHECK(answer.find("secret") == std::string::npos);
  CHECK(status_of(ask(serving, get("/-/healthy"))) == 200);
}

TEST_CASE("server: scrape timeout -> the deadline given to the collectors") {
  std::atomic<double> budget_s = 0;
  auto handlers = handlers_with("x");
  handlers.collect = [&](double deadline_s) {
    budget_s = deadline_s - monotonic_s();
    return std::make_shared<const FakePage>("x");
  };
  Serving serving({}, handlers);
  const auto budget_for = [&](const std::string& timeout) {
    ask(serving,
        get("/metrics",
            timeout.empty() ? "" : "X-Prometheus-Scrape-Timeout-Seconds: " + timeout + "\r\n"));
    return budget_s.load();
  };
  CHECK(budget_for("") == Approx(1).margin(0.3));
  CHECK(budget_for("10") == Approx(1).margin(0.3));
  CHECK(budget_for("0.9") == Approx(0.4).margin(0.3));
  CHECK(budget_for("0.1") <= 0.05);
  CHECK(budget_for("-5") > 0.5);
  CHECK(budget_for("nan") > 0.5);
}

TEST_CASE("server: 40 scrapes wait for a slow collector -> others are served, two runs do") {
  std::atomic<int> runs = 0;
  std::atomic<bool> release = false;
  auto handlers = handlers_with("x");
  handlers.collect = [&](double) {
    ++runs;
    while (!release) pause_ms(2);
    return std::make_shared<const FakePage>("x");
  };
  handlers.collect_timeout_s = 30;
  Serving serving({}, handlers);
  std::vector<std::unique_ptr<Client>> scrapers;
  for (int i = 0; i < 40; ++i) {
    scrapers.push_back(std::make_unique<Client>(serving.port()));
    scrapers.back()->send(get("/metrics"));
  }
  REQUIRE(eventually([&] { return runs > 0; }));
  CHECK(status_of(ask(serving, get("/-/healthy"))) == 200);
  CHECK(status_of(ask(serving, get("/config"))) == 200);
  // The front has seen all 40 once it has answered these later connections.
  release = true;
  for (auto& scraper : scrapers) CHECK(status_of(scraper->receive()) == 200);
  CHECK(runs <= 2);
}

TEST_CASE("server: more scrapes than max_requests -> 503 at once") {
  std::atomic<bool> release = false;
  auto handlers = handlers_with("x");
  handlers.collect = [&](double) {
    while (!release) pause_ms(2);
    return std::make_shared<const FakePage>("x");
  };
  Server::Options options;
  options.limits.max_requests = 2;
  Serving serving(options, handlers);
  Client first(serving.port());
  Client second(serving.port());
  first.send(get("/metrics"));
  second.send(get("/metrics"));
  Client third(serving.port());
  // The first two are under way once a third is refused.
  REQUIRE(eventually([&] {
    Client probe(serving.port());
    probe.send(get("/metrics"));
    const auto refused = probe.receive_all(0.05);
    return status_of(refused) == 503 && field_of(refused, "Connection") == "close" &&
           field_of(refused, "Retry-After") == "1";
  }));
  CHECK(status_of(third.ask(get("/-/healthy"))) == 200);
  release = true;
  CHECK(status_of(first.receive()) == 200);
  CHECK(status_of(second.receive()) == 200);
  CHECK(serving.own_value("litewatch_http_requests_total{handler=\"metrics\",code=\"503\"}") >= 1);
}

TEST_CASE("server: basic auth -> 401, 200, on every path") {
  Server::Options options;
  options.security.basic_auth_users = {{"ann", kHash}};
  Serving serving(options);
  for (const std::string path : {"/", "/metrics", "/-/healthy", "/config", "/nowhere"}) {
    CAPTURE(path);
    const auto closed = ask(serving, get(path));
    CHECK(status_of(closed) == 401);
    CHECK(field_of(closed, "WWW-Authenticate").starts_with("Basic realm="));
    CHECK(status_of(ask(serving, get(path, "Authorization: Basic YW5uOlNlY3JldA==\r\n"))) == 401);
    const auto open = ask(serving, get(path, "Authorization: Basic YW5uOnNlY3JldA==\r\n"));
    CHECK(status_of(open) == (path == "/nowhere" ? 404 : 200));
  }
}

TEST_CASE("server: passwords guessed in parallel -> a known scraper is served meanwhile") {
  Server::Options options;
  std::string slow_hash = kHash;
  slow_hash.replace(4, 2, "08");  // no password has this hash, but it takes its time
  options.security.basic_auth_users = {{"ann", kHash}, {"bob", slow_hash}};
  Serving serving(options);
  const auto right = get("/metrics", "Authorization: Basic YW5uOnNlY3JldA==\r\n");
  REQUIRE(status_of(ask(serving, right)) == 200);
  const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::vector<std::unique_ptr<Client>> guessers;
  for (const char digit : digits) {
    guessers.push_back(std::make_unique<Client>(serving.port()));
    guessers.back()->send(
        get("/metrics", std::string("Authorization: Basic Ym9iOnd3") + digit + "A==\r\n"));
  }
  const double began_s = monotonic_s();
  for (int i = 0; i < 5; ++i) CHECK(status_of(ask(serving, right)) == 200);
  CHECK(monotonic_s() - began_s < 3);
  int refused = 0;
  for (auto& guesser : guessers) {
    const int status = status_of(guesser->receive());
    CHECK((status == 401 || status == 503));
    refused += status == 503 ? 1 : 0;
  }
  CHECK(refused > 0);
}

TEST_CASE("server: set_security -> users and fields of the next request") {
  Serving serving;
  Client client(serving.port());
  CHECK(status_of(client.ask(get("/metrics"))) == 200);
  SecurityOptions security;
  security.basic_auth_users = {{"ann", kHash}};
  security.response_headers = {{"X-Frame-Options", "DENY"}, {"Content-Length", "1"}};
  REQUIRE(serving.server().set_security(security).ok());
  const auto closed = client.ask(get("/metrics"));
  CHECK(status_of(closed) == 401);
  CHECK(field_of(closed, "X-Frame-Options") == "DENY");
  CHECK(field_of(closed, "Content-Length") == "13");
  security.tls.enabled = true;
  security.tls.cert_pem = "nonsense";
  CHECK_FALSE(serving.server().set_security(security).ok());
  CHECK(status_of(client.ask(get("/metrics"))) == 401);
}

TEST_CASE("server: requests -> counted by handler and code") {
  Serving serving;
  Client client(serving.port());
  client.ask(get("/metrics"));
  client.ask(get("/metrics"));
  client.ask(get("/nowhere"));
  CHECK(eventually([&] {
    return serving.own_value("litewatch_http_requests_total{handler=\"other\",code=\"404\"}") == 1;
  }));
  CHECK(serving.own_value("litewatch_http_requests_total{handler=\"metrics\",code=\"200\"}") == 2);
  CHECK(serving.own_value("litewatch_http_connections") == 1);
  CHECK(serving.own_value("litewatch_http_connections_accepted_total") == 1);
}

TEST_CASE("server: Unix socket -> the same service") {
  const std::string path =
      std::filesystem::temp_directory_path() / ("litewatch-web-" + std::to_string(getpid()));
  Server::Options options;
  options.listen_addresses = {"unix:" + path, "127.0.0.1:0"};
  {
    Serving serving(options);
    CHECK(serving.server().addresses().size() == 2);
    Client client(path);
    CHECK(body_of(client.ask(get("/metrics"))) == "metric 1\n");
    CHECK(status_of(client.ask(get("/-/healthy"))) == 200);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("server: address in use or malformed -> an error, no server") {
  SelfMetrics self;
  Server::Options options;
  options.listen_addresses = {"127.0.0.1:0", "nonsense"};
  const auto server = Server::create(options, handlers_with("x"), self);
  REQUIRE_FALSE(server.ok());
  CHECK(server.error().path == "nonsense");
}
