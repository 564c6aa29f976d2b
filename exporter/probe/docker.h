#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// One container as `GET /containers/json` lists it. Texts are cut at kMaxDockerText bytes; bytes
/// that are not UTF-8 are U+FFFD.
struct DockerContainer {
  std::string id;    ///< 64 hexadecimal digits
  std::string name;  ///< without the leading slash
  std::string image;
  std::string state;   ///< "running", "exited", ...
  std::string health;  ///< "starting", "healthy", "unhealthy"; empty: no health check
  std::map<std::string, std::string> labels;
};

/// What `GET /containers/ID/json` adds.
struct DockerDetails {
  bool running = false;
  int pid = 0;                           ///< of its main process; 0: not running
  std::optional<double> started_unix_s;  ///< absent: never
  std::string health;
  bool oom_killed = false;
  std::string name;
  std::string image;  ///< as the container was made from, where the list may tell its digest
};

inline constexpr std::size_t kMaxDockerText = 1024;

/// Parsers of the two answers; `malformed` where they are something else. Unknown keys are skipped,
/// and so is a container without an id.
Result<std::vector<DockerContainer>> parse_docker_list(std::string_view json);
Result<DockerDetails> parse_docker_details(std::string_view json);

/// The API of Docker or Podman on a Unix socket, list and inspect only: nothing that writes, and
/// never /stats, which takes seconds. The version of the API is negotiated anew after each failure:
/// /_ping tells the newest that the daemon speaks. Not thread-safe.
class DockerApi {
 public:
  static constexpr double kDeadline_s = 1;
  /// An answer of more is `unsupported`.
  static constexpr std::size_t kMaxAnswerBytes = 32 << 20;

  /// `deadline_s`: how long list() or inspect() may take, the negotiation included.
  explicit DockerApi(std::string socket, double deadline_s = kDeadline_s);
  ~DockerApi();
  DockerApi(const DockerApi&) = delete;
  DockerApi& operator=(const DockerApi&) = delete;

  /// All containers that run; none where there is no such socket. Errors: denied, timeout, busy (no
  /// daemon listens, or it cannot answer now), malformed, unsupported; with the socket as path.
  Result<std::vector<DockerContainer>> list();
  /// nullopt: there is no such container, or no such socket. `id` has to be hexadecimal digits.
  Result<std::optional<DockerDetails>> inspect(const std::string& id);

  /// Whether the last request found no socket: no such runtime here, which is no failure.
  bool absent() const;
  const std::string& socket() const { return socket_; }

 private:
  struct State;
  const std::string socket_;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
