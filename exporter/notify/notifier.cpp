#include "notify/notifier.h"

#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/parse.h"

namespace litewatch {
namespace {

constexpr timeval kLongestSend = {.tv_sec = 1, .tv_usec = 0};

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

/// WATCHDOG_PID names another process where the variables were inherited and are not meant for us.
std::optional<double> read_watchdog_interval_s() {
  const auto timeout_us = parse_u64(variable("WATCHDOG_USEC"));
  const auto pid = variable("WATCHDOG_PID");
  if (!timeout_us || *timeout_us == 0) return std::nullopt;
  if (!pid.empty() && parse_u64(pid) != static_cast<std::uint64_t>(getpid())) return std::nullopt;
  return static_cast<double>(*timeout_us) / 1e6 / 2;
}

/// The size of the address; 0 where `name` is none.
socklen_t fill_address(std::string_view name, sockaddr_un& address) {
  const bool abstract = name.starts_with('@');
  if (name.size() < 2 || (!abstract && !name.starts_with('/'))) return 0;
  if (name.size() >= sizeof address.sun_path) return 0;
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, name.size());
  if (abstract) address.sun_path[0] = '\0';
  // The end of an abstract name is its size; that of a path is its NUL.
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + !abstract);
}

std::string status_line(std::string_view status) {
  return "STATUS=" + std::string(status.substr(0, status.find('\n')));
}

std::string monotonic_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
                        static_cast<std::uint64_t>(now.tv_nsec) / 1000);
}

}  // namespace

Result<Notifier> Notifier::from_environment() {
  Notifier notifier;
  const auto name = variable("NOTIFY_SOCKET");
  if (name.empty()) return notifier;
  notifier.address_size_ = fill_address(name, notifier.address_);
  if (notifier.address_size_ == 0) {
    return Error{ErrorKind::kMalformed, "NOTIFY_SOCKET: expected /PATH or @NAME of a Unix socket",
                 std::string(name), 0};
  }
  notifier.socket_ = Fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!notifier.socket_.valid()) return system_error(errno, "cannot open a socket", "");
  setsockopt(notifier.socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kLongestSend, sizeof kLongestSend);
  notifier.watchdog_interval_s_ = read_watchdog_interval_s();
  return notifier;
}

void Notifier::ready(std::string_view status) const { send("READY=1\n" + status_line(status)); }

void Notifier::reloading() const { send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_us()); }

void Notifier::stopping() const { send("STOPPING=1\nSTATUS=Draining"); }

void Notifier::alive(std::string_view status) const { send("WATCHDOG=1\n" + status_line(status)); }

void Notifier::status(std::string_view status) const { send(status_line(status)); }

void Notifier::send(const std::string& message) const {
  if (!listened_to()) return;
  sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
         reinterpret_cast<const sockaddr*>(&address_), address_size_);
}

}  // namespace litewatch
