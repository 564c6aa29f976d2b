#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/fd.h"

namespace litewatch {

/// A server on a loopback port of the kernel's choice, or on a Unix socket, that says what a test
/// tells it to. Every connection has a thread of its own that calls `talk` and then closes it. No
/// read or write of a connection takes longer than kLongest_s, and there are kMost connections at
/// most at one time: those beyond wait unaccepted.
class CannedServer {
 public:
  /// Called from any of its threads: Catch's macros are out of place there. The descriptor blocks;
  /// the server closes it.
  using Talk = std::function<void(int fd)>;

  explicit CannedServer(Talk talk, const std::string& address = "127.0.0.1");
  static std::unique_ptr<CannedServer> on_unix_socket(const std::string& path, Talk talk);
  /// Shuts all connections down, so that no talk hangs, and waits for its threads.
  ~CannedServer();
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;

  int port() const { return port_; }
  std::string address() const;                                 ///< "127.0.0.1:12345"
  std::string url(const std::string& path = "/") const;        ///< "http://127.0.0.1:12345/"
  std::string https_url(const std::string& path = "/") const;  ///< "https://..."
  int connections() const { return connections_; }             ///< accepted so far

  static constexpr int kMost = 64;
  static constexpr int kLongest_s = 10;

 private:
  CannedServer(Fd listener, Talk talk);
  void accept_all();
  void serve(int fd);
  bool wait_for_room();

  Fd listener_;
  Fd end_;  ///< an eventfd: readable when it ends
  Talk talk_;
  std::string host_;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::set<int> open_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// Reads until the empty line of a request, or until the peer closes; 64 KiB at most.
std::string read_request_head(int fd);
/// Reads up to and with the next '\n', or until the peer closes; 64 KiB at most.
std::string read_line(int fd);
/// Reads until the peer closes, or `limit` bytes.
std::string read_to_end(int fd, std::size_t limit = 1 << 20);
/// Sends all of it; false where the peer is gone.
bool send_bytes(int fd, std::string_view bytes);
/// Sends the same bytes until the peer is gone or the server ends; how many were sent, at most
/// `limit`.
std::size_t send_forever(int fd, std::string_view bytes, std::size_t limit = 1 << 30);
/// The connection ends with a reset instead of an orderly close (SO_LINGER 0).
void reset_at_close(int fd);
/// Says nothing until the peer closes or the server ends.
void hang(int fd);

/// A whole answer with its length.
std::string http_answer(int status, std::string_view body,
                        std::string_view fields = "Content-Type: text/plain\r\n");

/// A loopback port that refuses connections: bound, not listening, until the end of the scope.
class RefusingPort {
 public:
  RefusingPort();
  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  Fd socket_;
  int port_ = 0;
};

}  // namespace litewatch
