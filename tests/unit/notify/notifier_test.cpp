#include "notify/notifier.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/parse.h"
#include "catch.h"
#include "support/temp_dir.h"

using namespace litewatch;

namespace {

/// Sets variables of the environment, and takes them away at the end of the scope.
class Environment {
 public:
  explicit Environment(std::initializer_list<std::pair<const char*, std::string>> variables) {
    for (const auto& [name, value] : variables) setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }
};

std::string abstract_name() { return "@litewatch-test-" + std::to_string(getpid()); }

/// A service manager's end of the socket. `name` is as NOTIFY_SOCKET has it.
class Manager {
 public:
  explicit Manager(const std::string& name)
      : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }

  /// The next datagram; empty where none has come.
  std::string take() {
    std::array<char, 4096> buffer{};
    const auto size = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    return size < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  Fd socket_;
};

Notifier notifier() {
  auto made = Notifier::from_environment();
  REQUIRE(made.ok());
  return std::move(*made);
}

std::optional<double> interval_of(const std::string& usec, const std::string& pid) {
  const Environment environment(
      {{"NOTIFY_SOCKET", "@litewatch-test"}, {"WATCHDOG_USEC", usec}, {"WATCHDOG_PID", pid}});
  return notifier().watchdog_interval_s();
}

}  // namespace

TEST_CASE("notifier: path and abstract socket -> datagrams as sd_notify(3) has them") {
  const TempDir folder;
  for (const std::string& name : {folder.file("notify"), abstract_name()}) {
    CAPTURE(name);
    Manager manager(name);
    const Environment environment({{"NOTIFY_SOCKET", name}});
    const Notifier told = notifier();
    CHECK(told.listened_to());
    told.ready("watching");
    CHECK(manager.take() == "READY=1\nSTATUS=watching");
    told.alive("still");
    CHECK(manager.take() == "WATCHDOG=1\nSTATUS=still");
    told.status("busy");
    CHECK(manager.take() == "STATUS=busy");
    told.stopping();
    CHECK(manager.take() == "STOPPING=1\nSTATUS=Draining");
    CHECK(manager.take().empty());
  }
}

TEST_CASE("notifier: reloading -> the monotonic time, as Type=notify-reload wants it") {
  const std::string name = abstract_name();
  Manager manager(name);
  const Environment environment({{"NOTIFY_SOCKET", name}});
  notifier().reloading();
  const std::string message = manager.take();
  const std::string begin = "RELOADING=1\nMONOTONIC_USEC=";
  REQUIRE(message.starts_with(begin));
  CHECK(parse_u64(message.substr(begin.size())).value_or(0) > 0);
}

TEST_CASE("notifier: status of several lines -> the first, so that no line forges a key") {
  const std::string name = abstract_name();
  Manager manager(name);
  const Environment environment({{"NOTIFY_SOCKET", name}});
  notifier().ready("bad.yml:1: x\nWATCHDOG=trigger");
  CHECK(manager.take() == "READY=1\nSTATUS=bad.yml:1: x");
}

TEST_CASE("notifier: no NOTIFY_SOCKET, or nobody at it -> nothing happens") {
  CHECK_FALSE(notifier().listened_to());
  notifier().ready("x");
  const Environment environment({{"NOTIFY_SOCKET", "/nonexistent/notify"}});
  notifier().ready("x");
  notifier().alive("x");
}

TEST_CASE("notifier: NOTIFY_SOCKET that is no Unix address -> an error that names it") {
  for (const std::string& name : {std::string("relative"), std::string("@"), std::string("/"),
                                  std::string("vsock:2:1"), "/" + std::string(200, 'a')}) {
    CAPTURE(name);
    const Environment environment({{"NOTIFY_SOCKET", name}});
    const auto made = Notifier::from_environment();
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().message().find(name) != std::string::npos);
  }
}

TEST_CASE("notifier: the longest names that fit -> taken") {
  const std::string name = "/" + std::string(sizeof sockaddr_un().sun_path - 2, 'a');
  const Environment environment({{"NOTIFY_SOCKET", name}});
  CHECK(notifier().listened_to());
}

TEST_CASE("notifier: a manager that takes nothing -> a second at most") {
  const TempDir folder;
  const std::string name = folder.file("notify");
  Manager manager(name);
  const Environment environment({{"NOTIFY_SOCKET", name}});
  const Notifier told = notifier();
  double longest_s = 0;
  for (int i = 0; i < 1000 && longest_s < 0.5; ++i) {  // until the queue is full
    const double before_s = monotonic_s();
    told.status("x");
    longest_s = monotonic_s() - before_s;
  }
  CHECK(longest_s > 0.5);
  CHECK(longest_s < 3);
}

TEST_CASE("notifier: watchdog -> half of its time, where it is meant for this process") {
  const std::string own = std::to_string(getpid());
  CHECK(interval_of("30000000", own) == 15.0);
  CHECK(interval_of("30000000", "") == 15.0);
  CHECK_FALSE(interval_of("30000000", "1").has_value());
  for (const char* wrong : {"", "0", "soon", "-1"})
    CHECK_FALSE(interval_of(wrong, own).has_value());
}
