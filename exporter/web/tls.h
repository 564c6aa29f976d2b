#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "web/server.h"

struct ssl_ctx_st;
struct ssl_st;

namespace litewatch {

/// How a non-blocking operation on a connection went.
enum class IoStatus : unsigned char {
  kOk,         ///< `size` bytes moved, at least one; or a handshake is done
  kWantRead,   ///< again when the socket is readable
  kWantWrite,  ///< again when the socket is writable
  kEnd,        ///< the peer is done, or the connection is broken
};
struct IoResult {
  IoStatus status = IoStatus::kEnd;
  std::size_t size = 0;
};

/// Certificates and rules, fixed once built: a reload builds another one for new connections.
/// Thread-safe.
class TlsContext {
 public:
  /// An error names the option that is wrong. REQUIRES: options.enabled.
  static Result<std::shared_ptr<const TlsContext>> build(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  TlsContext() = default;

  ssl_ctx_st* context_ = nullptr;
  std::vector<std::string> allowed_sans_;
};

/// The server's side of one TLS connection over a non-blocking socket it does not own. Never raises
/// SIGPIPE. Sessions are not resumed: each connection proves its certificate anew.
class TlsSession {
 public:
  TlsSession(std::shared_ptr<const TlsContext> context, int fd);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  IoResult handshake();
  IoResult read(std::span<char> into);
  /// After a kWant... status the next call continues with the same bytes, wherever they are.
  IoResult write(std::string_view bytes);
  /// Whether read() has bytes that the socket does not show any more.
  bool has_pending() const;
  /// Says good-bye; does not wait for the peer's.
  void close_notify();

  /// After the handshake: whether the client's certificate has a name of client_allowed_sans (true
  /// where the list is empty). A client without a certificate is not on a list.
  bool client_allowed() const;

 private:
  IoResult outcome(int code) const;

  std::shared_ptr<const TlsContext> context_;
  ssl_st* ssl_ = nullptr;
};

}  // namespace litewatch
