#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "probe/endpoint.h"
#include "probe/net/address.h"
#include "probe/options.h"
#include "probe/prepared.h"
#include "probe/run/target_history.h"

namespace litewatch {

/// A module with the state of its files when they were read.
struct PlannedModule {
  std::shared_ptr<const PreparedModule> prepared;
  std::string fingerprint;
};

/// A target with everything that probing it takes.
struct PlannedTarget {
  std::shared_ptr<const ProbeTarget> target;
  std::shared_ptr<const PreparedModule> module;
  Endpoint endpoint;
  std::shared_ptr<TargetRecord> record;
};

/// A configuration made ready. Immutable, but for what the records learn.
struct ProbePlan {
  ProberOptions options;
  std::map<std::string, PlannedModule, std::less<>> modules;  ///< the built-in ones included
  std::vector<PlannedTarget> targets;
  std::unordered_map<std::string_view, std::size_t> by_name;
  std::shared_ptr<const AddressPolicy> policy;
  std::shared_ptr<const AddressPolicy> raw_policy;  ///< for raw targets

  const PlannedTarget* find(std::string_view name) const;
};

/// Makes a configuration ready: reads the modules' files, which may block. What is as in `before`,
/// files included, is shared with it, and so are the records of the targets that keep their
/// history; nothing of `before` changes. Errors name the target or module.
Result<std::shared_ptr<const ProbePlan>> make_plan(const ProberConfig& config,
                                                   const ProbePlan& before);

/// The same plan with the files read anew of those modules whose files changed; nullptr where none
/// did. A module whose files cannot be read stays as it is; `problem` is the last one of those.
std::shared_ptr<const ProbePlan> refresh_plan(const ProbePlan& before,
                                              std::optional<Error>& problem);

}  // namespace litewatch
