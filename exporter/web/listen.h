#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace litewatch {

/// A place to listen at, taken apart.
struct ListenAddress {
  std::string host;  ///< empty: every address, IPv6 and IPv4
  std::uint16_t port = 0;
  std::string unix_path;  ///< not empty: a Unix socket; host and port are unset
};

/// Reads ":9871", "127.0.0.1:9871", "[::1]:9871", "localhost:9871" or "unix:/path". Port 0 lets the
/// kernel choose.
Result<ListenAddress> parse_listen_address(std::string_view text);

/// A non-blocking socket that listens. Removes its Unix socket file when it is destroyed.
class Listener {
 public:
  Listener(Fd fd, std::string address, std::string unix_path)
      : fd_(std::move(fd)), address_(std::move(address)), unix_path_(std::move(unix_path)) {}
  Listener(Listener&&) = default;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int fd() const { return fd_.get(); }
  /// "127.0.0.1:43567", "[::]:9871", "unix:/path": with the port that 0 became.
  const std::string& address() const { return address_; }

 private:
  Fd fd_;
  std::string address_;
  std::string unix_path_;  ///< the file to remove; empty: none of ours
};

/// Binds and listens. ":PORT" takes both IPv6 and IPv4, or IPv4 alone where the kernel has no IPv6.
/// A Unix socket file that nobody listens at any more is replaced. An error is `malformed`,
/// `denied`, or `busy` where it may pass.
Result<Listener> listen_at(std::string_view address);

/// The sockets that systemd passed (LISTEN_PID, LISTEN_FDS; sd_listen_fds(3)); none where it passed
/// none, or to another process. An error where one is not a listening stream socket.
Result<std::vector<Listener>> systemd_listeners();

}  // namespace litewatch
