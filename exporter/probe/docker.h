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

/// One container as `GET /containers/json` lists it.
struct DockerContainer {
  std::string id;
  std::string name;  ///< without the leading slash
  std::string image;
  std::string state;   ///< "running", "exited", ...
  std::string health;  ///< of the status text: "starting", "healthy", "unhealthy"; else empty
  std::map<std::string, std::string> labels;
};

/// What `GET /containers/ID/json` adds.
struct DockerDetails {
  int pid = 0;
  std::optional<double> started_unix_s;
  std::string health;
  bool oom_killed = false;
  std::string name;
  std::string image;
};

/// Parsers of the two answers; `malformed` where they are something else. Unknown keys are skipped.
Result<std::vector<DockerContainer>> parse_docker_list(std::string_view json);
Result<DockerDetails> parse_docker_details(std::string_view json);

/// The API of Docker or Podman on a Unix socket, list and inspect only: nothing that writes, and
/// never /stats, which takes seconds. The version of the API is negotiated anew after each failure:
/// /_ping tells the newest that the daemon speaks. Not thread-safe.
class DockerApi {
 public:
  /// How long one request may take. An answer of more than kMaxAnswerBytes is `unsupported`.
  static constexpr double kDeadline_s = 1;
  static constexpr std::size_t kMaxAnswerBytes = 32 << 20;

  explicit DockerApi(std::string socket);
  ~DockerApi();
  DockerApi(const DockerApi&) = delete;
  DockerApi& operator=(const DockerApi&) = delete;

  /// All containers that run. Errors: denied, timeout, busy (no daemon listens), malformed,
  /// unsupported; with the socket as path.
  Result<std::vector<DockerContainer>> list();
  /// nullopt: there is no such container.
  Result<std::optional<DockerDetails>> inspect(const std::string& id);

  const std::string& socket() const { return socket_; }

 private:
  struct State;
  const std::string socket_;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
