#include "support/live_cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

namespace litewatch {
namespace {

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

/// One write, as interface files want it.
bool write_file(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return written;
}

std::string unique_name() {
  static int count = 0;
  return "litewatch-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

}  // namespace

LiveCgroup::LiveCgroup(const std::vector<std::string>& mount_points, const std::string& parent,
                       const std::string& name)
    : mount_points_(mount_points), path_(parent + "/" + (name.empty() ? unique_name() : name)) {
  made_ = make();
}

LiveCgroup::~LiveCgroup() {
  if (!remove()) std::fprintf(stderr, "cannot remove the cgroup %s\n", path_.c_str());
}

bool LiveCgroup::make() {
  bool all = !mount_points_.empty();
  for (const std::string& mount_point : mount_points_) {
    all = (::mkdir((mount_point + path_).c_str(), 0755) == 0 || errno == EEXIST) && all;
  }
  return all;
}

bool LiveCgroup::remove() {
  // A process that was reaped leaves its cgroup a moment later.
  return wait_until([this] {
    bool all = true;
    for (const std::string& mount_point : mount_points_) {
      all = (::rmdir((mount_point + path_).c_str()) == 0 || errno == ENOENT) && all;
    }
    return all;
  });
}

bool LiveCgroup::write(const std::string& mount_point, const std::string& file,
                       const std::string& text) {
  return write_file(mount_point + path_ + "/" + file, text);
}

bool LiveCgroup::enter(pid_t pid) {
  bool all = true;
  for (const std::string& mount_point : mount_points_) {
    all = write(mount_point, "cgroup.procs", std::to_string(pid)) && all;
  }
  return all;
}

TestChild::TestChild(std::function<int()> work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::close(ends[1]);
    char byte;
    const bool told = ::read(ends[0], &byte, 1) == 1;
    ::_exit(told ? work() : 0);
  }
  ::close(ends[0]);
  go_fd_ = ends[1];
}

TestChild::~TestChild() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  wait();
  if (go_fd_ >= 0) ::close(go_fd_);
}

void TestChild::go() {
  if (::write(go_fd_, "g", 1) != 1) throw std::runtime_error("the child is gone");
}

int TestChild::wait() {
  if (pid_ <= 0) return -1;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int sleep_forever() {
  for (;;) ::pause();
}

void skip_test(const std::string& reason) {
  std::printf("SKIP: %s\n", reason.c_str());
  std::fflush(stdout);
}

bool wait_until(const std::function<bool()>& holds, double most_s) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(most_s);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    pause_ms(5);
  }
  return true;
}

}  // namespace litewatch
