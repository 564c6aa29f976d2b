#pragma once

#include <string>

#include "probe/options.h"

namespace litewatch {

/// What a target is called that has no name: host[:port][/path] of its URL; for a Unix socket the
/// name of the socket's file stands for the host.
std::string name_of_target(const ProbeTarget& target, ProberKind prober);

/// Fills in the names that targets leave out, told apart by "~2", "~3" and so on, and the apps:
/// the name. Pure, and idempotent.
void derive_target_names(ProberConfig& config);

}  // namespace litewatch
