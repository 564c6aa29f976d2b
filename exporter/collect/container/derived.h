#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "collect/container/container.h"

namespace litewatch {

/// What follows from a reading; each absent where its parts are.

/// Memory in use without the file cache that the kernel drops first.
std::optional<std::uint64_t> working_set_bytes(const CgroupStats& stats);

/// Page faults that did not read from disk.
std::optional<std::uint64_t> minor_page_faults(const CgroupStats& stats);

/// Working set over the effective memory limit.
std::optional<double> memory_ratio(const ContainerReading& reading);

/// The label `cgroup_version`, "1" or "2": on hybrid machines the limits are those of v1.
inline std::string_view cgroup_version(const CgroupLayout& layout) {
  return layout.kind == CgroupLayout::Kind::kUnified ? "2" : "1";
}

/// The label `container` of the network's series: a pod's network belongs to none of its
/// containers.
inline std::string_view network_container(const ContainerLabels& labels) {
  return labels.pod.empty() ? std::string_view(labels.container) : std::string_view();
}

}  // namespace litewatch
