#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "read/cgroup_path.h"

namespace litewatch {

/// What the sources tell of one container; each field empty or absent where none does.
struct ContainerName {
  std::string container;  ///< what people call it: of Kubernetes' pod, of Docker or Podman
  std::string pod;
  std::string namespace_name;
  std::string name;  ///< cAdvisor's `name`: Docker's; in Kubernetes the id
  std::string image;
  std::string labels;          ///< those allowed, rendered: see is_rendered()
  std::string health;          ///< "starting", "healthy", "unhealthy"; empty: no health check
  bool sandbox = false;        ///< the pause container of a pod, which holds its network
  std::uint64_t instance = 0;  ///< the cgroup that pid, started_unix_s and oom_killed speak of
  int pid = 0;                 ///< of its main process, as the runtime sees it; 0: not told
  std::optional<double> started_unix_s;
  bool oom_killed = false;  ///< it has ended, and the OOM killer did it

  bool operator==(const ContainerName&) const = default;
};

/// What is asked for.
struct WantedName {
  CgroupIdentity identity;
  std::uint64_t instance = 0;  ///< inode of the cgroup: another one is a restart, asked for anew
  double made_unix_s = 0;      ///< when the cgroup was made: a pod's sandbox comes first
};

/// What is known at one time. Immutable.
class NameTable {
 public:
  /// By a container's 64 or 12 hexadecimal digits, as they were asked for; nullptr where no source
  /// tells. One that has ended stays for kKeep_s.
  const ContainerName* find(const std::string& id) const;
  /// Whether every source was asked for it, so that waiting longer brings nothing: at the latest
  /// 1.5 s after it was asked for, if no other source hangs. True for an empty id.
  bool answered(const std::string& id) const;

  static constexpr double kKeep_s = 600;

 private:
  friend class ContainerNames;
  std::unordered_map<std::string, ContainerName> by_id_;
  std::unordered_set<std::string> answered_;
};

/// How often a source failed. A source that may not be read counts once for each change.
struct NameFailures {
  std::string source;  ///< "docker", "logs"
  std::string reason;  ///< an ErrorKind
  std::uint64_t count = 0;

  bool operator==(const NameFailures&) const = default;
};

/// Looks up containers' names on a thread of its own, so that a runtime that hangs delays no
/// scrape: first Kubernetes' logs, then the Docker or Podman API on each socket. New containers are
/// looked up at once, the rest is refreshed every kRefresh_s; names stay when a source fails, and
/// health does for a minute. Logs when a source fails first and when it answers again.
/// Thread-safe.
class ContainerNames {
 public:
  static constexpr double kRefresh_s = 10;

  struct Options {
    std::vector<std::string> sockets;
    std::string containers_logs;      ///< ".../var/log/containers"
    std::string pods_logs;            ///< ".../var/log/pods"
    std::vector<std::string> labels;  ///< those allowed; "*" at the end of one stands for anything
    bool operator==(const Options&) const = default;
  };

  explicit ContainerNames(Options options);
  /// Waits for a request that is under way: DockerApi::kDeadline_s at most.
  ~ContainerNames();
  ContainerNames(const ContainerNames&) = delete;
  ContainerNames& operator=(const ContainerNames&) = delete;

  /// All containers there are; whoever is missing now has ended. To be called when the list has
  /// changed; those without an id are passed over.
  void want(std::vector<WantedName> containers);

  /// Never null. The same pointer until something changes.
  std::shared_ptr<const NameTable> table() const;

  /// For litewatch's own metrics, by source and reason.
  std::vector<NameFailures> failures() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
