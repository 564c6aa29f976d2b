#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collect/container/names.h"
#include "probe/docker.h"

namespace litewatch {

/// Fills what `into` lacks: the first source that tells something counts.
void add_name(ContainerName& into, const ContainerName& from);

/// The labels of a container that `allowed` lets through, "*" at the end of one standing for
/// anything, as `container_label_NAME="value"` with `_` for what a label's name may not have;
/// sorted, and of two that are the same then the first by its own name.
std::string render_container_labels(const std::map<std::string, std::string>& labels,
                                    const std::vector<std::string>& allowed);

/// What one entry of Docker's or Podman's list tells, the kubelet's labels included.
ContainerName name_of_docker(const DockerContainer& container,
                             const std::vector<std::string>& allowed);

}  // namespace litewatch
