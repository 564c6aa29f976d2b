#include "probe/net/loop.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "catch.h"
#include "probe/looping.h"

namespace litewatch {
namespace {

/// Two connected sockets.
struct Pair {
  Pair() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
    here = Fd(fds[0]);
    there = Fd(fds[1]);
  }
  void say(char c = 'x') const { REQUIRE(::write(there.get(), &c, 1) == 1); }
  char hear() const {
    char c = 0;
    return ::read(here.get(), &c, 1) == 1 ? c : '\0';
  }

  Fd here;
  Fd there;
};

}  // namespace

TEST_CASE("loop: a readable descriptor -> its callback, again while bytes are left") {
  Looping looping;
  const Pair pair;
  pair.say('a');
  pair.say('b');
  std::string heard;
  looping.loop().watch(pair.here.get(), EPOLLIN, [&](std::uint32_t events) {
    CHECK((events & EPOLLIN) != 0);
    heard += pair.hear();
  });
  CHECK(looping.run_until([&] { return heard == "ab"; }));
}

TEST_CASE("loop: watched for nothing, then for reading -> heard then") {
  Looping looping;
  const Pair pair;
  pair.say();
  bool heard = false;
  Loop& loop = looping.loop();
  loop.watch(pair.here.get(), 0, [&](std::uint32_t) {
    heard = true;
    loop.unwatch(pair.here.get());
  });
  bool early = false;
  loop.start_timer(monotonic_s() + 0.02, [&] {
    early = heard;
    loop.watch(pair.here.get(), EPOLLIN);
  });
  CHECK(looping.run_until([&] { return heard; }));
  CHECK_FALSE(early);
}

TEST_CASE("loop: the peer is gone -> heard even when only writing was asked for") {
  Looping looping;
  Pair pair;
  pair.there.reset();
  std::uint32_t seen = 0;
  looping.loop().watch(pair.here.get(), 0, [&](std::uint32_t events) {
    seen = events;
    looping.loop().unwatch(pair.here.get());
  });
  CHECK(looping.run_until([&] { return seen != 0; }));
  CHECK((seen & EPOLLHUP) != 0);
}

TEST_CASE("loop: an event for a number that another watch has by now -> not delivered to it") {
  Looping looping;
  Loop& loop = looping.loop();
  // Both are ready in one turn; whichever comes first closes the other, takes its number for a
  // descriptor that is not ready, and watches that.
  Pair one, two;
  const Pair quiet;
  one.say();
  two.say();
  int right = 0;
  int wrong = 0;
  const auto take_over = [&](Pair& mine, Pair& other) {
    ++right;
    loop.unwatch(mine.here.get());
    const int number = other.here.get();
    loop.unwatch(number);
    REQUIRE(::dup2(quiet.here.get(), number) == number);
    loop.watch(number, EPOLLIN, [&](std::uint32_t) { ++wrong; });
  };
  loop.watch(one.here.get(), EPOLLIN, [&](std::uint32_t) { take_over(one, two); });
  loop.watch(two.here.get(), EPOLLIN, [&](std::uint32_t) { take_over(two, one); });
  looping.run_for(0.03);
  CHECK(right == 1);
  CHECK(wrong == 0);
}

TEST_CASE("loop: forgotten while it is open -> silent, no busy loop, and can be watched again") {
  Looping looping;
  Loop& loop = looping.loop();
  const Pair pair;
  pair.say('a');
  int heard = 0;
  loop.watch(pair.here.get(), EPOLLIN, [](std::uint32_t) { FAIL("what was forgotten was heard"); });
  loop.forget(pair.here.get());
  const double wait_s = GENERATE(0.0, 0.2);  // before its next event, and after it
  const std::clock_t began = std::clock();
  std::clock_t ended = began;
  const auto watch_again = [&] {
    ended = std::clock();
    loop.watch(pair.here.get(), EPOLLIN,
               [&](std::uint32_t) { heard += pair.hear() == 'a' ? 1 : 0; });
  };
  if (wait_s == 0) {
    watch_again();
  } else {
    loop.start_timer(monotonic_s() + wait_s, watch_again);
  }
  CHECK(looping.run_until([&] { return heard == 1; }));
  CHECK(static_cast<double>(ended - began) / CLOCKS_PER_SEC < 0.1);
}

TEST_CASE("loop: forgotten, closed, its number in use again -> the new one is heard") {
  Looping looping;
  Loop& loop = looping.loop();
  Pair first;
  const Pair second;
  const int number = first.here.get();
  loop.watch(number, EPOLLIN, [](std::uint32_t) { FAIL("the closed one was heard"); });
  first.here.reset();
  loop.forget(number);
  REQUIRE(::dup2(second.here.get(), number) == number);
  const Fd reused(number);
  bool heard = false;
  loop.watch(number, EPOLLIN, [&](std::uint32_t) { heard = second.hear() == 's'; });
  second.say('s');
  CHECK(looping.run_until([&] { return heard; }));
}

TEST_CASE("loop: a callback that replaces its own watch -> lives until it returns") {
  Looping looping;
  Loop& loop = looping.loop();
  const Pair pair;
  pair.say('1');
  pair.say('2');
  std::string heard;
  const std::string tag(100, 't');  // on the heap: the sanitizer sees a use after its end
  loop.watch(pair.here.get(), EPOLLIN, [&, tag](std::uint32_t) {
    loop.watch(pair.here.get(), EPOLLIN, [&](std::uint32_t) {
      heard += pair.hear();
      loop.unwatch(pair.here.get());
    });
    heard += pair.hear();
    heard += tag[0];
  });
  CHECK(looping.run_until([&] { return heard.size() == 3; }));
  CHECK(heard == "1t2");
}

TEST_CASE("loop: a descriptor closed before it was unwatched -> its number can be watched anew") {
  Looping looping;
  Loop& loop = looping.loop();
  Pair pair;
  const int number = pair.here.get();
  loop.watch(number, EPOLLIN, [](std::uint32_t) {});
  pair.here.reset();
  const Pair next;
  REQUIRE(::dup2(next.here.get(), number) == number);
  const Fd owner(number);
  next.say();
  bool heard = false;
  loop.watch(number, EPOLLIN, [&](std::uint32_t) {
    heard = true;
    loop.unwatch(number);
  });
  CHECK(looping.run_until([&] { return heard; }));
}

TEST_CASE("loop: timers -> by time, then in the order they were started") {
  Looping looping;
  Loop& loop = looping.loop();
  std::string order;
  const double base_s = monotonic_s();
  loop.start_timer(base_s + 0.02, [&] { order += 'c'; });
  loop.start_timer(base_s + 0.01, [&] { order += 'a'; });
  loop.start_timer(base_s + 0.01, [&] { order += 'b'; });
  loop.start_timer(std::numeric_limits<double>::infinity(), [&] { order += '!'; });
  CHECK(looping.run_until([&] { return order.size() == 3; }));
  CHECK(order == "abc");
  CHECK(monotonic_s() >= base_s + 0.02);
}

TEST_CASE("loop: a timer cancelled by another of the same turn -> does not expire") {
  Looping looping;
  Loop& loop = looping.loop();
  bool expired = false;
  Loop::TimerId second = 0;
  loop.start_timer(0, [&] { loop.cancel_timer(second); });
  second = loop.start_timer(0, [&] { expired = true; });
  loop.cancel_timer(0);
  looping.run_for(0.01);
  CHECK_FALSE(expired);
}

TEST_CASE("loop: a timer that starts itself for now, for ever -> others get their turn") {
  Looping looping;
  Loop& loop = looping.loop();
  const Pair pair;
  pair.say();
  int turns = 0;
  bool heard = false;
  std::function<void()> again = [&] {
    ++turns;
    loop.start_timer(0, again);
  };
  again();
  loop.watch(pair.here.get(), EPOLLIN, [&](std::uint32_t) { heard = pair.hear() != '\0'; });
  CHECK(looping.run_until([&] { return heard && turns > 3; }));
}

TEST_CASE("loop: work posted by other threads -> all of it, each thread's in order") {
  Looping looping;
  Loop& loop = looping.loop();
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::array<int, kThreads> next{};
  int done = 0;
  bool ordered = true;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        loop.post([&, thread, i] {
          ordered = ordered && next[thread] == i;
          ++next[thread];
          ++done;
        });
      }
    });
  }
  CHECK(looping.run_until([&] { return done == kThreads * kEach; }));
  for (std::thread& thread : threads) thread.join();
  CHECK(ordered);
}

TEST_CASE("loop: stopped by another thread -> what was posted before is done, later is refused") {
  Looping looping;
  Loop& loop = looping.loop();
  int done = 0;
  int accepted = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) accepted += loop.post([&] { ++done; }) ? 1 : 0;
    loop.stop();
    accepted += loop.post([&] { ++done; }) ? 1 : 0;
  });
  loop.run();
  other.join();
  CHECK(accepted == 1000);
  CHECK(done == 1000);
}

TEST_CASE("loop: stopped before it runs -> does what was posted, and returns") {
  Looping looping;
  bool done = false;
  REQUIRE(looping.loop().post([&] { done = true; }));
  looping.loop().stop();
  looping.loop().run();
  CHECK(done);
}

TEST_CASE("loop: a slow callback -> the lag says how late a timer was, once") {
  Looping looping;
  Loop& loop = looping.loop();
  double lag_s = 0;
  loop.start_timer(0, [] { ::usleep(30'000); });
  loop.start_timer(monotonic_s() + 0.005, [&] {
    lag_s = loop.take_lag_s();
    loop.stop();
  });
  loop.run();
  CHECK(lag_s >= 0.02);
  CHECK(lag_s < 5);
  CHECK(loop.take_lag_s() == 0);
}

TEST_CASE("loop: a timer for the past -> at once, and no lag") {
  Looping looping;
  Loop& loop = looping.loop();
  bool expired = false;
  loop.start_timer(loop.now_s() - 1000, [&] { expired = true; });
  CHECK(looping.run_until([&] { return expired; }));
  CHECK(loop.take_lag_s() < 5);
}

}  // namespace litewatch
