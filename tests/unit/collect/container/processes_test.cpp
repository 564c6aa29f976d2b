#include "collect/container/processes.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "catch.h"

namespace litewatch {
namespace {

/// A child that does nothing until it is killed.
class Child {
 public:
  Child() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  int pid() const { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace

TEST_CASE("in a cgroup: the same path or below it -> yes; another one, or a prefix -> no") {
  CHECK(is_in_cgroup("/docker/abc", "/docker/abc"));
  CHECK(is_in_cgroup("/docker/abc/init.scope/x", "/docker/abc"));
  CHECK_FALSE(is_in_cgroup("/docker/abcd", "/docker/abc"));
  CHECK_FALSE(is_in_cgroup("/docker", "/docker/abc"));
  CHECK_FALSE(is_in_cgroup("/docker/x/system.slice/nginx.service", "/system.slice/nginx.service"));
  CHECK_FALSE(is_in_cgroup("/", "/docker/abc"));
  CHECK_FALSE(is_in_cgroup("", "/docker/abc"));
  CHECK_FALSE(is_in_cgroup("abc", "/docker/abc"));
  CHECK_FALSE(is_in_cgroup("/docker/abc", ""));
  CHECK_FALSE(is_in_cgroup("/docker/abc", "/"));
}

TEST_CASE("in a cgroup: seen from a cgroup namespace -> by the end of the path") {
  CHECK(is_in_cgroup("/../docker-b.scope", "/system.slice/docker-b.scope"));
  CHECK(is_in_cgroup("/../../system.slice/docker-b.scope/x", "/system.slice/docker-b.scope"));
  CHECK_FALSE(is_in_cgroup("/../docker-b.scope", "/system.slice/docker-bb.scope"));
  CHECK_FALSE(is_in_cgroup("/../b.scope", "/system.slice/docker-b.scope"));
  CHECK_FALSE(is_in_cgroup("/..", "/system.slice"));
  CHECK_FALSE(is_in_cgroup("/..x", "/a/..x"));
}

TEST_CASE("held process: one's own -> its descriptors, limits and network") {
  std::vector<char> scratch(kCgroupScratchSize);
  const auto self = HeldProcess::open("/proc", ::getpid());
  REQUIRE(self);
  CHECK(self->alive());
  CHECK(self->network().device_file);
  CHECK(self->read_files(scratch).open_fds.value_or(0) > 0);
  std::vector<NetworkInterface> interfaces;
  CHECK(self->read_network(scratch, interfaces));
  CHECK_FALSE(HeldProcess::open("/proc", 1 << 30));
}

TEST_CASE("held process: it ended -> nothing of it, though its number may be another's") {
  std::vector<char> scratch(kCgroupScratchSize);
  Child child;
  const auto held = HeldProcess::open("/proc", child.pid());
  REQUIRE(held);
  CHECK(held->alive());
  CHECK(held->network().same_as(HeldProcess::open("/proc", ::getpid())->network()));
  child.end();
  CHECK_FALSE(held->alive());
  std::vector<NetworkInterface> interfaces(1);
  CHECK_FALSE(held->read_network(scratch, interfaces));
  CHECK(interfaces.empty());
  CHECK_FALSE(held->read_files(scratch).max_fds);
}

TEST_CASE("network identity: unknown on either side -> not the same") {
  CHECK_FALSE(NetworkIdentity().same_as(NetworkIdentity()));
  CHECK(NetworkIdentity{1, {}}.same_as({1, 5}));
  CHECK(NetworkIdentity{1, 5}.same_as({2, 5}));
  CHECK_FALSE(NetworkIdentity{1, {}}.same_as({{}, 1}));
}

}  // namespace litewatch
