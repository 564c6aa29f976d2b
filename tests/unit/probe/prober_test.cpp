#include "probe/prober.h"

#include <atomic>
#include <future>
#include <thread>

#include "base/clock.h"
#include "catch.h"
#include "support/canned_server.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

using Status = ProbeReply::Status;

constexpr double kPatience_s = 5;

template <class Test>
bool eventually(Test test) {
  const double deadline_s = monotonic_s() + kPatience_s;
  while (!test()) {
    if (monotonic_s() > deadline_s) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

CannedServer::Talk answering(int status) {
  return [status](int fd) {
    read_request_head(fd);
    send_bytes(fd, http_answer(status, "ok"));
  };
}

ProbeTarget target(const std::string& name, const std::string& url, double interval_s = 15) {
  ProbeTarget target;
  target.name = name;
  target.app = name;
  target.url = url;
  target.interval_s = interval_s;
  target.failing_interval_s = interval_s;
  return target;
}

std::unique_ptr<Prober> start(const ProberConfig& config) {
  auto prober = Prober::create();
  REQUIRE(prober.ok());
  const auto error = (*prober)->configure(config);
  REQUIRE_FALSE(error);
  return std::move(*prober);
}

/// The state of the only target.
TargetView only(const Prober& prober) {
  auto views = prober.targets();
  REQUIRE(views.size() == 1);
  return views[0];
}

ProbeReply ask(Prober& prober, ProbeQuery query) {
  auto reply = std::make_shared<std::promise<ProbeReply>>();
  prober.probe(std::move(query), [reply](ProbeReply got) { reply->set_value(std::move(got)); });
  auto future = reply->get_future();
  REQUIRE(future.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  return future.get();
}

ProbeQuery query(const std::string& name) {
  ProbeQuery query;
  query.target = name;
  return query;
}

}  // namespace

TEST_CASE("prober: a few targets -> probed within a second of the start, in the order given") {
  CannedServer up(answering(200));
  CannedServer down(answering(503));
  ProberConfig config;
  config.targets = {target("up", up.url()), target("down", down.url()),
                    target("asked", up.url(), 0)};
  const double start_s = monotonic_s();
  const auto prober = start(config);
  CHECK(prober->targets().size() == 3);  // at once
  REQUIRE(eventually([&] { return prober->changes() == 2; }));
  CHECK(monotonic_s() - start_s < 4);
  const auto views = prober->targets();
  CHECK(views[0].target->name == "up");
  CHECK(views[0].result->success);
  CHECK(views[0].attempts == 1);
  CHECK(views[0].host == "127.0.0.1");
  REQUIRE(views[0].last_run_unix_s);
  CHECK(std::abs(*views[0].last_run_unix_s - unix_s()) < 5);
  REQUIRE(views[0].next_run_unix_s);
  CHECK(*views[0].next_run_unix_s > unix_s());
  CHECK(*views[0].next_run_unix_s < unix_s() + 31);
  CHECK(views[1].result->reason == ProbeReason::kHttpStatus);
  CHECK(views[1].consecutive_failures == 1);
  CHECK(views[2].result == nullptr);
  CHECK(views[2].attempts == 0);
  CHECK_FALSE(views[2].next_run_unix_s);
  CHECK(prober->stats().targets == 3);
}

TEST_CASE("prober: a short interval -> probed again and again; failing ones come back sooner") {
  CannedServer server(answering(500));
  ProberConfig config;
  config.targets = {target("app", server.url(), 60)};
  config.targets[0].failing_interval_s = 0.05;
  config.targets[0].confirm_failures = 3;
  const auto prober = start(config);
  REQUIRE(eventually([&] { return only(*prober).attempts >= 3; }));
  CHECK(only(*prober).confirmed_success == false);
}

TEST_CASE("prober: targets that hang -> runs that find no room or the last one are counted") {
  CannedServer server([](int fd) { hang(fd); });
  ProberConfig config;
  config.options.max_in_flight = 1;
  config.targets = {target("a", server.url(), 0.2), target("b", server.url(), 0.2)};
  const auto prober = start(config);
  REQUIRE(eventually([&] {
    REQUIRE(prober->stats().in_flight <= 1);
    const auto views = prober->targets();
    return views[0].attempts >= 1 && views[1].attempts >= 1 &&
           views[0].skipped + views[1].skipped >= 1;
  }));
  CHECK(prober->targets()[0].result->reason == ProbeReason::kResponseTimeout);
  CHECK(prober->targets()[0].result->timeout_s == Approx(0.18));
}

TEST_CASE("prober: on demand -> live, and one set of results with the background") {
  CannedServer server(answering(200));
  ProberConfig config;
  config.targets = {target("app", server.url(), 0)};
  const auto prober = start(config);
  ProbeQuery cached = query("app");
  cached.cached = true;
  CHECK(ask(*prober, cached).status == Status::kNothingCached);
  const ProbeReply reply = ask(*prober, query("app"));
  REQUIRE(reply.status == Status::kDone);
  CHECK(reply.result->success);
  CHECK(reply.module->name == "http_2xx");
  CHECK(only(*prober).attempts == 1);
  CHECK(only(*prober).result == reply.result);
  CHECK(ask(*prober, cached).result == reply.result);
  ProbeQuery other = query("app");
  other.module = "http_post_2xx";
  CHECK(ask(*prober, other).status == Status::kDone);
  CHECK(only(*prober).attempts == 1);  // not with its own module
  CHECK(server.connections() == 2);
}

TEST_CASE("prober: refusals -> at once, counted by reason") {
  ProberConfig config;
  const auto prober = start(config);
  CHECK(ask(*prober, query("http://127.0.0.1/")).status == Status::kUnknownTarget);
  CHECK(ask(*prober, query("")).status == Status::kBadRequest);
  CHECK(prober->stats().rejected_policy == 1);
  CHECK(prober->stats().rejected_busy == 0);
}

TEST_CASE("prober: on demand over the cap -> too busy at once; background probes go on") {
  CannedServer hanging([](int fd) { hang(fd); });
  CannedServer healthy(answering(200));
  ProberConfig config;
  config.options.max_on_demand = 2;
  config.targets = {target("hanging", hanging.url(), 0), target("healthy", healthy.url(), 0.1)};
  const auto prober = start(config);
  std::atomic<int> done{0};
  for (int i = 0; i < 2; ++i) {
    prober->probe(query("hanging"), [&](const ProbeReply&) { ++done; });
  }
  const double start_s = monotonic_s();
  CHECK(ask(*prober, query("hanging")).status == Status::kTooBusy);
  CHECK(monotonic_s() - start_s < 4);
  CHECK(prober->stats().rejected_busy == 1);
  CHECK(prober->stats().on_demand_in_flight == 2);
  const auto before = prober->targets()[1].attempts;
  CHECK(eventually([&] { return prober->targets()[1].attempts >= before + 2; }));
  prober->stop();
  CHECK(done == 2);
}

TEST_CASE("prober: background has no room -> on demand does not wait for it") {
  CannedServer hanging([](int fd) { hang(fd); });
  CannedServer healthy(answering(200));
  ProberConfig config;
  config.options.max_in_flight = 1;
  config.targets = {target("hanging", hanging.url(), 60), target("healthy", healthy.url(), 0)};
  const auto prober = start(config);
  REQUIRE(eventually([&] { return prober->stats().in_flight == 1; }));
  CHECK(ask(*prober, query("healthy")).result->success);
}

TEST_CASE("prober: the scraper's timeout -> the probe ends half a second before it") {
  CannedServer hanging([](int fd) { hang(fd); });
  ProberConfig config;
  config.targets = {target("hanging", hanging.url(), 0)};
  const auto prober = start(config);
  ProbeQuery asked = query("hanging");
  asked.scrape_timeout_s = 0.7;
  const double start_s = monotonic_s();
  const ProbeReply reply = ask(*prober, asked);
  CHECK(monotonic_s() - start_s < 3);
  CHECK(reply.result->timeout_s == Approx(0.2));
  CHECK(reply.result->reason == ProbeReason::kResponseTimeout);
}

TEST_CASE("prober: raw targets -> the network is checked on the address that is connected to") {
  CannedServer server(answering(200));
  ProberConfig config;
  auto& rules = config.options.raw_targets;
  rules.enabled = true;
  rules.schemes = {"http"};
  rules.hosts = {"*"};
  rules.ports = {server.port()};
  rules.networks = {"192.0.2.0/24"};
  const auto prober = start(config);
  const ProbeReply refused = ask(*prober, query(server.url()));
  REQUIRE(refused.status == Status::kDone);
  CHECK(refused.result->reason == ProbeReason::kPolicyDenied);
  CHECK(server.connections() == 0);
  rules.networks = {"127.0.0.0/8"};
  REQUIRE_FALSE(prober->configure(config));
  CHECK(ask(*prober, query(server.url())).result->success);
  CHECK(prober->targets().empty());
}

TEST_CASE("prober: configured again -> history where name, app, module and URL stay") {
  CannedServer server(answering(200));
  ProberConfig config;
  config.targets = {target("app", server.url(), 0)};
  const auto prober = start(config);
  ask(*prober, query("app"));
  config.targets[0].confirm_failures = 9;
  REQUIRE_FALSE(prober->configure(config));
  CHECK(only(*prober).attempts == 1);
  CHECK(only(*prober).target->confirm_failures == 9);
  config.targets[0].url += "other";
  REQUIRE_FALSE(prober->configure(config));
  CHECK(only(*prober).attempts == 0);
  CHECK(only(*prober).result == nullptr);
  config.targets.clear();
  REQUIRE_FALSE(prober->configure(config));
  CHECK(prober->targets().empty());
}

TEST_CASE(
    "prober: configured again while in flight -> the unchanged one goes on, others are dropped") {
  std::atomic<int> requests{0};
  std::promise<void> release;
  const auto released = release.get_future().share();
  CannedServer slow([&requests, released](int fd) {
    ++requests;
    read_request_head(fd);
    released.wait_for(std::chrono::seconds(5));
    send_bytes(fd, http_answer(200, "ok"));
  });
  ProberConfig config;
  config.targets = {target("kept", slow.url(), 60), target("gone", slow.url(), 60)};
  const auto prober = start(config);
  REQUIRE(eventually([&] { return requests == 2; }));
  config.targets.pop_back();
  REQUIRE_FALSE(prober->configure(config));
  CHECK(prober->stats().in_flight == 1);
  release.set_value();
  REQUIRE(eventually([&] { return only(*prober).attempts == 1; }));
  CHECK(only(*prober).result->success);
  CHECK(requests == 2);
}

TEST_CASE("prober: a configuration that is wrong -> an error, and everything as it was") {
  CannedServer server(answering(200));
  ProberConfig config;
  config.targets = {target("app", server.url(), 0)};
  const auto prober = start(config);
  ProberConfig wrong = config;
  wrong.targets.clear();
  wrong.modules.emplace_back();
  wrong.modules[0].name = "broken";
  wrong.modules[0].http.tls.ca_file = "/no/such/ca.pem";
  const auto error = prober->configure(wrong);
  REQUIRE(error);
  CHECK(error->message().find("/no/such/ca.pem") != std::string::npos);
  CHECK(prober->targets().size() == 1);
  CHECK(ask(*prober, query("app")).status == Status::kDone);
}

TEST_CASE(
    "prober: a secret's file changes -> used from the next probe on; unreadable: the old one") {
  TempDir folder;
  const std::string path = folder.write("token", "first");
  std::mutex mutex;
  std::string head;
  CannedServer server([&](int fd) {
    const std::lock_guard lock(mutex);
    head = read_request_head(fd);
    send_bytes(fd, http_answer(200, "ok"));
  });
  ProberConfig config;
  config.modules.emplace_back();
  config.modules[0].name = "with_token";
  config.modules[0].http.authorization = AuthorizationOptions{"Bearer", path};
  config.targets = {target("app", server.url(), 0)};
  config.targets[0].module = "with_token";
  const auto prober = start(config);
  const auto sent = [&] {
    ask(*prober, query("app"));
    const std::lock_guard lock(mutex);
    return head;
  };
  CHECK(sent().find("Bearer first\r\n") != std::string::npos);
  CHECK_FALSE(prober->refresh_files());
  folder.write("token", "the second");
  CHECK_FALSE(prober->refresh_files());
  CHECK(sent().find("Bearer the second\r\n") != std::string::npos);
  REQUIRE(::unlink(path.c_str()) == 0);
  CHECK(prober->refresh_files());
  CHECK(prober->refresh_files());  // not forgotten
  CHECK(sent().find("Bearer the second\r\n") != std::string::npos);
}

TEST_CASE("prober: stopped -> prompt, twice is once, whoever waits is told") {
  CannedServer hanging([](int fd) { hang(fd); });
  ProberConfig config;
  for (int i = 0; i < 20; ++i) {
    config.targets.push_back(target("t" + std::to_string(i), hanging.url(), 60));
  }
  const auto prober = start(config);
  std::atomic<int> stopped{0};
  for (int i = 0; i < 10; ++i) {
    prober->probe(query("t" + std::to_string(i)), [&](const ProbeReply& reply) {
      if (reply.status == Status::kStopped) ++stopped;
    });
  }
  REQUIRE(eventually([&] { return prober->stats().in_flight == 20; }));
  const double start_s = monotonic_s();
  prober->stop();
  prober->stop();
  CHECK(monotonic_s() - start_s < 4);
  CHECK(stopped == 10);
  CHECK(ask(*prober, query("t1")).status == Status::kStopped);
  CHECK(prober->configure(config));
  CHECK(prober->targets().size() == 20);
}

TEST_CASE(
    "prober: a storm of reloads, scrapes and queries with probes in flight -> nothing is lost") {
  CannedServer server([](int fd) {
    read_request_head(fd);
    send_bytes(fd, http_answer(200, "{\"status\":\"pass\"}", "Content-Type: application/json\r\n"));
  });
  constexpr int kTargets = 40;
  const auto config = [&](int round) {
    ProberConfig made;
    made.options.max_on_demand = 8;
    if (round % 10 == 9) made.options.dns_servers = {"127.0.0.1:" + std::to_string(server.port())};
    for (int i = round % 7; i < kTargets; ++i) {
      auto one = target("t" + std::to_string(i), server.url(), 0.05);
      if (i % 5 == 0) one.confirm_failures = static_cast<std::size_t>(1 + round % 3);
      if (i % 11 == 0) one.url = server.url("/" + std::to_string(round));
      made.targets.push_back(one);
    }
    return made;
  };
  const auto prober = start(config(0));
  std::atomic<bool> ending{false};
  std::atomic<int> asked{0};
  std::atomic<int> answered{0};
  std::thread asker([&] {
    while (!ending) {
      ++asked;
      prober->probe(query("t" + std::to_string(asked % kTargets)),
                    [&](const ProbeReply&) { ++answered; });
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  std::atomic<std::size_t> seen{0};
  std::thread reader([&] {
    while (!ending) {
      for (const TargetView& view : prober->targets()) seen += view.result ? 1 : 0;
      prober->visit([&](const TargetView& view) { seen += view.attempts != 0; });
      prober->stats();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  for (int round = 0; round < 200; ++round) {
    CHECK_FALSE(prober->configure(config(round)));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  prober->stop();
  ending = true;
  asker.join();
  reader.join();
  CHECK(asked == answered);
  CHECK(seen > 0);
}

}  // namespace litewatch
