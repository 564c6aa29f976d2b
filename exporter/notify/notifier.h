#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace litewatch {

/// Tells the service manager how the service is, by the protocol of sd_notify(3): datagrams of
/// KEY=VALUE lines to the socket that NOTIFY_SOCKET names. It is our own because Debian has no
/// static libsystemd for the static build, and because the protocol is this small. Thread-safe.
class Notifier {
 public:
  /// Tells nobody: what there is where no service manager asks.
  Notifier() = default;

  /// As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say; one that tells nobody where they are not
  /// set. An error where NOTIFY_SOCKET is no address of a Unix socket.
  static Result<Notifier> from_environment();

  /// Whether somebody listens.
  bool listened_to() const { return socket_.valid(); }
  /// How often alive() should be called, half of what the watchdog waits for; nullopt: no watchdog.
  std::optional<double> watchdog_interval_s() const { return watchdog_interval_s_; }

  // Each sends one datagram, or nothing where nobody listens or the manager does not take it within
  // a second. `status` is for people; of several lines, the first counts.
  void ready(std::string_view status) const;
  /// ready() follows, whether the reload went well or not.
  void reloading() const;
  void stopping() const;
  void alive(std::string_view status) const;
  void status(std::string_view status) const;

 private:
  void send(const std::string& message) const;

  Fd socket_;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::optional<double> watchdog_interval_s_;
};

}  // namespace litewatch
