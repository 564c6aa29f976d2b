#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "catch.h"
#include "serving.h"
#include "web/front.h"
#include "web/work_queue.h"

using namespace litewatch;

namespace {

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

/// Asks once, gives the loop time, and asks again.
bool alive(Server& server) {
  server.alive();
  return eventually([&] {
    pause_ms(20);
    return server.alive();
  });
}

/// Handlers one of which hangs until the end of the scope.
struct Hanging {
  ~Hanging() { hangs = false; }
  void hang() {
    reached = true;
    while (hangs) pause_ms(5);
  }
  std::atomic<bool> hangs{true};
  std::atomic<bool> reached{false};
};

Job job_of(Lane lane) {
  Job job;
  job.lane = lane;
  return job;
}

}  // namespace

TEST_CASE("liveness: an idle server -> alive, however long nobody asks") {
  Serving serving;
  CHECK(alive(serving.server()));
  pause_ms(50);
  CHECK(serving.server().alive());
}

TEST_CASE("liveness: a collector that hangs -> alive") {
  Hanging hanging;
  Handlers handlers = handlers_with("metric 1\n");
  handlers.collect = [&](double) {
    hanging.hang();
    return std::make_shared<FakePage>("metric 1\n");
  };
  Serving serving({}, handlers);
  Client client(serving.port());
  client.send(get("/metrics"));
  REQUIRE(eventually([&] { return hanging.reached.load(); }));
  CHECK(alive(serving.server()));
  hanging.hangs = false;
}

TEST_CASE("liveness: a loop that hangs -> not alive until it goes on") {
  SelfMetrics self;
  std::vector<Listener> listeners;
  listeners.push_back(std::move(*listen_at("127.0.0.1:0")));
  const std::string address = listeners[0].address();
  auto front = Front::create(
      std::move(listeners), {}, [] { return nullptr; }, self);
  REQUIRE(front.ok());
  Hanging hanging;
  std::thread loop([&] {
    (*front)->run([&](Job&) {
      hanging.hang();
      return false;
    });
  });
  Client client(std::stoi(address.substr(address.rfind(':') + 1)));
  client.send(get("/metrics"));
  CHECK(eventually([&] { return hanging.reached.load(); }));
  (*front)->alive();
  for (int i = 0; i < 5; ++i) {
    pause_ms(20);
    CHECK_FALSE((*front)->alive());
  }
  hanging.hangs = false;
  CHECK(eventually([&] {
    pause_ms(20);
    return (*front)->alive();
  }));
  (*front)->stop();
  loop.join();
}

TEST_CASE("work queue: jobs that nobody takes -> stalled; none, or one taken -> not") {
  WorkQueue queue({4, 4, 4, 4});
  CHECK(queue.stalled_s(Lane::kQuick) == 0);
  Job first = job_of(Lane::kQuick);
  Job second = job_of(Lane::kQuick);
  REQUIRE(queue.push(Lane::kQuick, first));
  REQUIRE(queue.push(Lane::kQuick, second));
  pause_ms(300);
  CHECK(queue.stalled_s(Lane::kQuick) >= 0.3);
  CHECK(queue.stalled_s(Lane::kPage) == 0);
  REQUIRE(queue.pop(Lane::kQuick));
  CHECK(queue.stalled_s(Lane::kQuick) < 0.3);
  REQUIRE(queue.pop(Lane::kQuick));
  CHECK(queue.stalled_s(Lane::kQuick) == 0);
}

TEST_CASE("work queue: a job that comes back to an empty queue -> waits from then on") {
  WorkQueue queue({4, 4, 4, 4});
  Job job = job_of(Lane::kProbe);
  REQUIRE(queue.push(Lane::kProbe, job));
  auto taken = queue.pop(Lane::kProbe);
  REQUIRE(taken);
  pause_ms(300);
  queue.resume(std::move(*taken));
  CHECK(queue.stalled_s(Lane::kProbe) < 0.3);
}
