#pragma once

#include <string>
#include <string_view>

#include "collect/container/container.h"
#include "collect/container/names.h"
#include "collect/container/settings.h"

namespace litewatch {

/// How a container is called. `name` is what the sources tell, nullptr for nothing; `database_app`
/// the app of the databases in its mounts, empty for none or several. A rule of the configuration
/// counts more than any of them.
ContainerLabels label_container(const LiveContainer& live, const ContainerName* name,
                                std::string_view database_app, const ContainerSettings& settings,
                                ContainerView view);

/// Whether `include` and `exclude` of the configuration want it published. Only now that it has its
/// names can be told.
bool is_wanted(const LiveContainer& live, const ContainerLabels& labels,
               const ContainerOptions& options);

/// Whether a container is called by its id, as nothing tells its name.
bool is_unnamed(const LiveContainer& live, const ContainerLabels& labels);

/// The key of the ledger: "namespace/pod/container".
std::string ledger_key(const ContainerLabels& labels);

}  // namespace litewatch
