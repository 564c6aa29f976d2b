#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>

#include "base/result.h"
#include "probe/net/loop.h"

namespace litewatch {

/// libcurl's multi interface on the loop's epoll: any number of transfers on one thread, the
/// loop's. No method may be called from within a callback of curl itself (a write function...):
/// return an error there instead.
class Transfers {
 public:
  using Done = std::function<void(CURLcode)>;

  /// `loop` must outlive it.
  static Result<std::unique_ptr<Transfers>> create(Loop& loop);
  /// REQUIRES: every handle was given back. Transfers under way end without their `done`.
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  /// A fresh handle, one given back earlier where there is one; nullptr when out of memory. All
  /// options have curl's defaults but CURLOPT_NOSIGNAL 1 and CURLOPT_SSL_SESSIONID_CACHE 0 (an
  /// earlier user's session would hide the certificate). Connections are shared by all handles,
  /// unless CURLOPT_FRESH_CONNECT and FORBID_REUSE say otherwise.
  CURL* take();
  /// Gives a handle back; its strings and lists are not used any more when this returns. Nothing
  /// for nullptr. REQUIRES: not started, or finished or cancelled.
  void give(CURL* handle);

  /// Starts a transfer. `done` is called once, never from within this call, when the handle is free
  /// again: it may start it anew, give it back, or start and cancel others.
  void start(CURL* handle, Done done);
  /// Ends a transfer; `done` is not called. Nothing where it is not under way.
  void cancel(CURL* handle);

  /// Connections kept for reuse at most; the one idle longest goes first.
  static constexpr long kMostConnections = 4096;

 private:
  struct State;
  explicit Transfers(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
