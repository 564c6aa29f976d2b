#include "read/cgroup_path.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"
#include "read/text_fields.h"

// The shapes of paths, by who makes them (X: 64 hexadecimal digits, U: a pod's UID):
//   Docker            /docker/X   SLICE/docker-X.scope
//   kubelet, systemd  [kubelet.slice/kubelet-]kubepods[-QOS].slice/...-podU.slice/RUNTIME-X.scope
//   kubelet, cgroupfs /kubepods[/QOS]/podU/X
//   Podman            machine.slice/libpod-X.scope[/container]   .../libpod-payload-X
//                     /libpod_parent/libpod-X, beside /libpod_parent/X of a whole pod
//   systemd           system.slice/NAME.service   user@N.service/app.slice/NAME.service
//   LXC, nspawn       /lxc.payload.NAME   /lxc/NAME   machine.slice/systemd-nspawn@NAME.service
//                     machine.slice/machine-NAME.scope; those of libvirt are no containers
//   Nomad             nomad.slice/[share|reserve].slice/ALLOCATION.TASK.scope
//   ECS               /ecs/TASK/X, by Docker
namespace litewatch {
namespace {

constexpr std::size_t kIdSize = 64;
constexpr std::size_t kShortIdSize = 12;

struct Prefix {
  std::string_view text;
  ContainerRuntime runtime;
};
constexpr std::array<Prefix, 8> kPrefixes = {{
    {"cri-containerd-", ContainerRuntime::kContainerd},
    {"containerd-", ContainerRuntime::kContainerd},
    {"nerdctl-", ContainerRuntime::kContainerd},
    {"docker-", ContainerRuntime::kDocker},
    {"crio-", ContainerRuntime::kCrio},
    {"libpod-payload-", ContainerRuntime::kPodman},
    {"libpod-", ContainerRuntime::kPodman},
    {"lxc.payload.", ContainerRuntime::kLxc},
}};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

bool is_denied(std::string_view component) {
  return component.ends_with(".mount") || component.ends_with(".swap") ||
         component.find("conmon") != std::string_view::npos || component == "init.scope" ||
         component.starts_with("lxc.monitor");
}

/// The UID of a pod out of "pod<UID>", "kubepods-burstable-pod<UID>.slice".
std::string pod_uid(std::string_view component) {
  take_suffix(component, ".slice");
  const auto at = component.rfind("pod");
  if (at == std::string_view::npos || (at > 0 && component[at - 1] != '-')) return "";
  std::string uid(component.substr(at + 3));
  std::replace(uid.begin(), uid.end(), '_', '-');
  constexpr std::array<std::size_t, 4> kDashes = {8, 13, 18, 23};
  std::string digits = uid;
  std::erase(digits, '-');
  if (digits.size() != 32 || !is_lower_hex(digits)) return "";
  const bool dashed = uid.size() == 36 && std::all_of(kDashes.begin(), kDashes.end(),
                                                      [&](std::size_t i) { return uid[i] == '-'; });
  return dashed || uid.size() == 32 ? uid : "";
}

std::string_view qos_of(std::string_view path) {
  if (path.find("besteffort") != std::string_view::npos) return "besteffort";
  return path.find("burstable") != std::string_view::npos ? "burstable" : "guaranteed";
}

/// A container's id and runtime, by the last component of its path.
bool identify_container(std::string_view component, CgroupIdentity& out) {
  take_suffix(component, ".scope");
  for (const Prefix& prefix : kPrefixes) {
    if (!take_prefix(component, prefix.text)) continue;
    out.runtime = prefix.runtime;
    break;
  }
  if (out.runtime == ContainerRuntime::kLxc) {
    out.name = component;
    return !component.empty();
  }
  const bool short_id = component.size() == kShortIdSize && out.runtime != ContainerRuntime::kOther;
  if (!is_lower_hex(component) || (component.size() != kIdSize && !short_id)) return false;
  out.id = component;
  return true;
}

/// What systemd-nspawn registers when nobody made a unit for it.
bool is_nspawn_scope(std::string_view component) {
  constexpr std::string_view kShortest = "machine-N.scope";
  return component.size() >= kShortest.size() && component.starts_with("machine-") &&
         component.ends_with(".scope") && !component.starts_with("machine-qemu") &&
         !component.starts_with("machine-lxc");
}

/// "TASK-ALLOCATION", of whose UUID the first part is what people know.
std::string nomad_name(std::string_view component) {
  constexpr std::size_t kUuidSize = 36;
  constexpr std::size_t kFirstPart = 8;
  if (!take_suffix(component, ".scope") || component.size() < kUuidSize + 2) return "";
  const std::string_view task = component.substr(kUuidSize + 1);
  const bool named = component[kUuidSize] == '.' && is_lower_hex(component.substr(0, kFirstPart)) &&
                     component[kFirstPart] == '-';
  return named ? std::string(task) + "-" + std::string(component.substr(0, kFirstPart)) : "";
}

bool identify_service(std::string_view component, std::string_view parent, CgroupIdentity& out) {
  if (component.starts_with("user@")) return false;  // holds a user's own services
  if (component.starts_with("systemd-nspawn@") && take_suffix(component, ".service")) {
    component.remove_prefix(std::string_view("systemd-nspawn@").size());
    out.runtime = ContainerRuntime::kNspawn;
    out.name = component;
    return !component.empty();
  }
  if (parent == "lxc" && !component.empty()) {
    out.runtime = ContainerRuntime::kLxc;
    out.name = component;
    return true;
  }
  if (parent == "machine.slice" && is_nspawn_scope(component)) {
    take_prefix(component, "machine-");
    take_suffix(component, ".scope");
    out.runtime = ContainerRuntime::kNspawn;
    out.name = component;
    return true;
  }
  if (!component.ends_with(".service")) return false;
  out.runtime = ContainerRuntime::kSystemd;
  out.name = component;
  return true;
}

}  // namespace

std::string_view to_string(ContainerRuntime runtime) {
  switch (runtime) {
    case ContainerRuntime::kDocker:
      return "docker";
    case ContainerRuntime::kContainerd:
      return "containerd";
    case ContainerRuntime::kCrio:
      return "cri-o";
    case ContainerRuntime::kPodman:
      return "podman";
    case ContainerRuntime::kSystemd:
      return "systemd";
    case ContainerRuntime::kLxc:
      return "lxc";
    case ContainerRuntime::kNspawn:
      return "nspawn";
    case ContainerRuntime::kOther:
      break;
  }
  return "other";
}

CgroupIdentity identify_cgroup(std::string_view path) {
  CgroupIdentity identity;
  std::string_view rest = path;
  std::string_view parent;
  std::string_view component;
  while (!rest.empty()) {
    const std::string_view next = take_until(rest, '/');
    if (next.empty()) continue;
    if (const auto uid = pod_uid(next); !uid.empty()) identity.pod_uid = uid;
    parent = component;
    component = next;
  }
  if (is_denied(component)) {
    identity.kind = CgroupIdentity::Kind::kHidden;
    return identity;
  }
  const bool whole_pod = parent == "libpod_parent" && is_lower_hex(component);
  if (!whole_pod && identify_container(component, identity)) {
    if (parent == "docker" || path.starts_with("/ecs/")) {
      identity.runtime = ContainerRuntime::kDocker;
    }
    if (!identity.pod_uid.empty()) identity.qos = qos_of(path);
    identity.kind = CgroupIdentity::Kind::kContainer;
  } else if (identify_service(component, parent, identity)) {
    identity.kind = CgroupIdentity::Kind::kContainer;
  } else if (path.find("/nomad.slice/") != std::string_view::npos) {
    identity.name = nomad_name(component);
    if (!identity.name.empty()) identity.kind = CgroupIdentity::Kind::kContainer;
  }
  return identity;
}

}  // namespace litewatch
