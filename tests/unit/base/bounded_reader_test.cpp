#include "base/bounded_reader.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "catch.h"

namespace litewatch {
namespace {

constexpr double kShort_s = 0.05;
constexpr double kLong_s = 20;

/// A file system that answers once it is told to.
class DeadFiles {
 public:
  ~DeadFiles() { answer(); }
  /// A job that hangs, and owns what it needs.
  auto job() {
    return [answered = answered_] {
      answered.wait();
      return 1;
    };
  }
  void answer() {
    if (!std::exchange(told_, true)) promise_.set_value();
  }

 private:
  std::promise<void> promise_;
  std::shared_future<void> answered_ = promise_.get_future().share();
  bool told_ = false;
};

bool becomes_free(const BoundedReader& reader) {
  const double deadline_s = monotonic_s() + kLong_s;
  while (reader.busy() && monotonic_s() < deadline_s) std::this_thread::yield();
  return !reader.busy();
}

}  // namespace

TEST_CASE("bounded reader: a job in time -> what it returns, again and again") {
  BoundedReader reader;
  CHECK(reader.read([] { return std::string("text"); }, kLong_s) == "text");
  CHECK(reader.read([] { return 2; }, kLong_s) == 2);
  CHECK_FALSE(reader.busy());
}

TEST_CASE("bounded reader: a job that hangs -> nothing after the bound; at once for later ones") {
  DeadFiles dead;
  BoundedReader reader;
  CHECK_FALSE(reader.read(dead.job(), kShort_s));
  CHECK(reader.busy());
  std::atomic<bool> ran{false};
  const double begin_s = monotonic_s();
  CHECK_FALSE(reader.read([&] { return ran = true; }, kLong_s));
  CHECK(monotonic_s() - begin_s < kLong_s / 2);
  dead.answer();
  REQUIRE(becomes_free(reader));
  CHECK_FALSE(ran);
  CHECK(reader.read([] { return 3; }, kLong_s) == 3);
}

TEST_CASE("bounded reader: destroyed while a job hangs -> the job ends later, on what it owns") {
  DeadFiles dead;
  const auto ended = std::make_shared<std::promise<void>>();
  {
    BoundedReader reader;
    CHECK_FALSE(reader.read(
        [job = dead.job(), ended] {
          job();
          ended->set_value();
          return 0;
        },
        kShort_s));
  }
  dead.answer();
  CHECK(ended->get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
}

TEST_CASE("bounded reader: stopped -> the wait ends, and nothing is read any more") {
  DeadFiles dead;
  BoundedReader reader;
  std::thread stopping([&] {
    while (!reader.busy()) std::this_thread::yield();
    reader.stop();
  });
  const double begin_s = monotonic_s();
  CHECK_FALSE(reader.read(dead.job(), kLong_s));
  CHECK(monotonic_s() - begin_s < kLong_s / 2);
  stopping.join();
  dead.answer();
  REQUIRE(becomes_free(reader));
  CHECK_FALSE(reader.read([] { return 1; }, kLong_s));
}

}  // namespace litewatch
