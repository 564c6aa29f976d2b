#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace litewatch {

/// Who made a cgroup. The label `runtime`.
enum class ContainerRuntime : std::uint8_t {
  kDocker,
  kContainerd,
  kCrio,
  kPodman,
  kSystemd,  ///< a service
  kLxc,
  kNspawn,
  kOther,  ///< a container id, but no runtime's prefix
};
std::string_view to_string(ContainerRuntime runtime);

/// What the path of a cgroup says about it.
struct CgroupIdentity {
  enum class Kind : std::uint8_t {
    kNone,       ///< nothing to show; its children may be
    kContainer,  ///< a container or a service: shown, its children are part of it
    kHidden,     ///< neither it nor its children are shown
  };
  Kind kind = Kind::kNone;
  ContainerRuntime runtime = ContainerRuntime::kOther;
  std::string id;       ///< of the container, 12 or 64 hexadecimal digits; empty for services
  std::string name;     ///< of a service or an LXC container: its unit's or its own
  std::string pod_uid;  ///< dashes restored; empty outside Kubernetes
  std::string qos;      ///< "guaranteed", "burstable", "besteffort"; empty outside Kubernetes
};

/// Tells by its path below the root of the hierarchy, e.g. "/system.slice/docker-<64hex>.scope",
/// what a cgroup is. Pure.
CgroupIdentity identify_cgroup(std::string_view path);

}  // namespace litewatch
