#include "support/sqlite_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <utility>

extern char** environ;

namespace litewatch {
namespace {

constexpr auto kTimeout = std::chrono::seconds(30);
constexpr char kProgram[] = LITEWATCH_BINARY_DIR "/tests/sqlite_child/sqlite_child";

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("sqlite_child: " + what);
}

void close_fd(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

/// Writes all of it. A child that is gone gives EPIPE, not a signal.
void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("gone");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

SqliteChild::SqliteChild() {
  ::signal(SIGPIPE, SIG_IGN);
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) fail("no pipe");
  to_child_ = in[1];
  from_child_ = out[0];
  spawn(in[0], out[1]);
  ::close(in[0]);
  ::close(out[1]);
}

SqliteChild::~SqliteChild() {
  if (pid_ > 0) kill9();
  close_fd(to_child_);
  close_fd(from_child_);
}

void SqliteChild::spawn(int child_in, int child_out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, child_in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_out, STDOUT_FILENO);
  std::string program = kProgram;
  char* const arguments[] = {program.data(), nullptr};
  const int result = ::posix_spawn(&pid_, kProgram, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (result != 0) {
    pid_ = -1;
    fail(std::string("cannot start ") + kProgram);
  }
}

std::string SqliteChild::send(std::string_view line) {
  write_all(to_child_, std::string(line) + "\n");
  const auto deadline = std::chrono::steady_clock::now() + kTimeout;
  for (;;) {
    const auto end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string answer = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return answer;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) fail("no answer to " + std::string(line));
    pollfd ready{from_child_, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) continue;
    char chunk[4096];
    const ssize_t n = ::read(from_child_, chunk, sizeof chunk);
    if (n == 0) fail("gone at " + std::string(line));
    if (n > 0) buffer_.append(chunk, static_cast<std::size_t>(n));
  }
}

std::string SqliteChild::must(std::string_view line) {
  const std::string answer = send(line);
  if (answer == "ok" || answer == "row") return "";
  if (!answer.starts_with("row ")) fail(std::string(line) + ": " + answer);
  return answer.substr(4);
}

void SqliteChild::kill9() {
  ::kill(pid_, SIGKILL);
  reap();
}

void SqliteChild::quit() {
  close_fd(to_child_);
  reap();
}

void SqliteChild::reap() {
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace litewatch
