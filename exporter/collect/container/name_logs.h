#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/container/name_subjects.h"
#include "collect/container/names.h"
#include "read/pod_logs.h"

namespace litewatch {

/// What the names of Kubernetes' logs tell of the containers asked for: those that a log names by
/// their id; of a pod's others the pod and its namespace, and the name where only one is left for
/// one. A pod's sandbox has no log: it is the one left over whose cgroup was made first. Pure.
std::map<std::string, ContainerName> name_by_logs(const NameSubjects& subjects,
                                                  const std::vector<PodContainer>& logs);

/// Kubernetes' logs as a source of names. Not thread-safe.
class LogNames {
 public:
  LogNames(std::string containers_folder, std::string pods_folder);

  /// Whether something came or went, or due_s() has passed.
  bool is_due(const NameSubjects& subjects, double now_s) const;
  /// When to refresh() without something new.
  double due_s() const { return due_s_; }
  /// Reads the folders. The first failure; that a folder is not there is none.
  std::optional<Error> refresh(const NameSubjects& subjects, double now_s);

  /// nullptr: they do not tell.
  const ContainerName* find(const std::string& id) const;
  /// Whether asking again soon brings nothing more for it.
  bool answered(const std::string& id, const NameSubject& subject, double now_s) const;

 private:
  const std::string containers_folder_;
  const std::string pods_folder_;
  std::map<std::string, ContainerName> names_;
  bool any_logs_ = false;
  double due_s_ = 0;
  std::uint64_t seen_revision_ = 0;
};

}  // namespace litewatch
