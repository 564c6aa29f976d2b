#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace litewatch {

/// A container of Kubernetes as the kubelet names its log.
struct PodContainer {
  std::string id;  ///< 64 hexadecimal digits; empty where the log's name is cut
  std::string pod_uid;
  std::string namespace_name;
  std::string pod;
  std::string container;
};

/// A name in /var/log/containers, "POD_NAMESPACE_CONTAINER-ID.log"; nullopt where it is something
/// else, or was cut at 255 bytes. Source: kubelet, legacy log symlinks.
std::optional<PodContainer> parse_container_log_name(std::string_view name);

/// A name in /var/log/pods, "NAMESPACE_POD_UID"; nullopt where it is something else.
std::optional<PodContainer> parse_pod_log_name(std::string_view name);

/// All containers that `containers_folder` (by id) and `pods_folder` (by pod UID and name) tell.
/// Neither has to exist.
std::vector<PodContainer> read_pod_logs(const std::string& containers_folder,
                                        const std::string& pods_folder);

}  // namespace litewatch
