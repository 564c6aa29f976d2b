#pragma once

#include <optional>
#include <string>
#include <vector>

namespace litewatch {

/// From where containers are seen.
enum class ContainerView : unsigned char {
  kAuto,     ///< whichever of the others fits what can be seen
  kHost,     ///< the machine's whole hierarchy of cgroups
  kSidecar,  ///< those of the other processes in a shared PID namespace, through /proc/PID/root
  kOwn,      ///< litewatch's own cgroup alone
};

/// What is good enough for a container. Published as series, so that rules compare with them.
struct ContainerObjectives {
  double memory_ratio = 0.9;      ///< working set over the memory limit
  double throttled_ratio = 0.25;  ///< throttled periods over all periods
  double pressure_ratio = 0.2;    ///< share of the time that tasks wait for a resource
  double pids_ratio = 0.9;        ///< processes and threads over their limit
  double fds_ratio = 0.8;         ///< the main process' file descriptors over their limit

  bool operator==(const ContainerObjectives&) const = default;
};

/// Names what no source names, or names otherwise, and tells the app that a container belongs to.
/// The first rule that matches counts.
struct ContainerRule {
  std::string match;  ///< glob on "CONTAINER", "NAMESPACE/POD/CONTAINER", the id or the path
  std::string name;   ///< label `container`; empty: as the sources say
  std::string app;    ///< label `app`; empty: found by its databases and its name

  bool operator==(const ContainerRule&) const = default;
};

/// `containers:` of the configuration.
struct ContainerOptions {
  ContainerView view = ContainerView::kAuto;
  /// Whether to publish cAdvisor's names too; absent: yes, but not in Kubernetes, whose kubelet
  /// publishes them.
  std::optional<bool> cadvisor_names;
  std::vector<std::string> sockets = {"/run/docker.sock", "/run/podman/podman.sock"};
  std::vector<std::string> include;  ///< globs on name or path; empty: everything
  std::vector<std::string> exclude;  ///< globs on name or path
  std::vector<std::string> labels;   ///< labels of containers to publish, e.g. "com.example.team"
  std::vector<ContainerRule> rules;
  double grace_s = 600;  ///< how long a container that is gone stays on the page
  ContainerObjectives objectives;

  bool operator==(const ContainerOptions&) const = default;
};

}  // namespace litewatch
