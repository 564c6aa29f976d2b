#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>

#include "base/result.h"
#include "probe/loop.h"

namespace litewatch {

/// libcurl's multi interface on the loop's epoll: any number of transfers on one thread.
class Transfers {
 public:
  using Done = std::function<void(CURLcode)>;

  /// `loop` must outlive it.
  static Result<std::unique_ptr<Transfers>> create(Loop& loop);
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  /// A fresh handle, one given back earlier where there is one; nullptr when out of memory.
  CURL* take();
  /// Gives a handle back. REQUIRES: not started, or finished or cancelled.
  void give(CURL* handle);

  /// Starts a transfer. `done` is called once, never from within this call.
  void start(CURL* handle, Done done);
  /// Ends a transfer; `done` is not called.
  void cancel(CURL* handle);

 private:
  struct State;
  explicit Transfers(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
