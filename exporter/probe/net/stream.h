#pragma once

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/free.h"
#include "probe/net/address.h"
#include "probe/net/loop.h"
#include "probe/reason.h"
#include "probe/tls/certificate.h"

namespace litewatch {

/// A non-blocking stream socket on the loop, TCP or Unix, with TLS from any moment on. One thing at
/// a time: after each event but kFailed and kEnded the next one is asked for. It never waits by
/// itself: the owner keeps the deadline and ends it by destroying it.
class Stream {
 public:
  enum class Event {
    kConnected,
    kSecured,
    kSent,
    kReceived,  ///< take_received() has something
    kEnded,     ///< while receiving: the peer closed in an orderly way
    kFailed,    ///< reason() and detail() say why
  };
  /// May come from within the call that asked; may destroy the stream.
  using OnEvent = std::function<void(Event)>;

  Stream(Loop& loop, OnEvent on_event) : loop_(loop), on_event_(std::move(on_event)) {}
  /// Closes; with TLS it says so to the peer.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// `source`: the local address to bind; nullopt: the kernel's choice.
  void connect(const sockaddr_storage& to, socklen_t size, const std::optional<Address>& source);
  /// Shakes hands. `server_name`: sent unless it is an address, and verified; empty: neither.
  /// `seen` must outlive the stream.
  void secure(const TlsProfile& profile, const std::string& server_name, TlsResult& seen);
  void send(std::string bytes);
  /// Waits for bytes: one slice of at most 16 KiB.
  void receive();

  std::string take_received() { return std::exchange(received_, {}); }
  ProbeReason reason() const { return reason_; }
  const std::string& detail() const { return detail_; }

 private:
  enum class Task { kNone, kConnect, kHandshake, kSend, kReceive };

  void go_on();
  void try_connect();
  void finish_connect();
  void shake_hands();
  void flush();
  void read_slice();
  ssize_t write_some();
  ssize_t read_some(char* into, std::size_t size);
  void wait_for(std::uint32_t events);
  bool wait_for_tls(int result);
  void fail(ProbeReason reason, std::string detail);
  void fail_of(int errnum);
  void fail_of_tls(int result);
  void emit(Event event);

  Loop& loop_;
  const OnEvent on_event_;
  Fd fd_;
  bool watched_ = false;
  sockaddr_storage to_{};
  socklen_t to_size_ = 0;
  Loop::TimerId retry_ = 0;
  std::unique_ptr<SSL, Free<SSL_free>> ssl_;
  bool secured_ = false;
  TlsResult* seen_ = nullptr;
  Task task_ = Task::kNone;
  std::string to_send_;
  std::size_t sent_ = 0;
  std::string received_;
  ProbeReason reason_ = ProbeReason::kNone;
  std::string detail_;
};

}  // namespace litewatch
