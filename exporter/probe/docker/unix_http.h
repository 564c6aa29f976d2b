#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace litewatch {

/// What a server on a Unix socket answered.
struct UnixAnswer {
  int status = 0;
  std::string api_version;  ///< of the Api-Version field; empty where there is none
  std::string body;
};

/// Asks an HTTP server on a Unix socket, one question after the other, each on a connection of its
/// own: nothing is kept open, so a server that was replaced is found again. Neither proxies,
/// redirects, signals nor the environment have a say. Not thread-safe.
class UnixHttp {
 public:
  /// `most_bytes` is the most that an answer's body may have.
  UnixHttp(std::string socket, std::size_t most_bytes);
  ~UnixHttp();
  UnixHttp(const UnixHttp&) = delete;
  UnixHttp& operator=(const UnixHttp&) = delete;

  /// GET `path`, all of it by `deadline_s` of monotonic_s(). nullopt: there is no socket. Errors:
  /// denied, timeout, busy (nobody listens, or the connection broke), malformed (no HTTP, or cut
  /// off), unsupported (too long), internal; with the socket as path.
  Result<std::optional<UnixAnswer>> get(const std::string& path, double deadline_s);

 private:
  struct Transfer;

  const std::string socket_;
  const std::size_t most_bytes_;
  void* handle_ = nullptr;  ///< CURL*, used again and again; nullptr where curl has no memory
};

}  // namespace litewatch
