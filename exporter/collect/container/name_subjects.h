#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collect/container/names.h"

namespace litewatch {

/// One container that names are looked up for.
struct NameSubject {
  std::string pod_uid;
  std::uint64_t instance = 0;
  double made_unix_s = 0;
  double since_s = 0;             ///< when this instance was first asked for
  std::optional<double> ended_s;  ///< when it was no longer
};

/// All of them, those included that ended within NameTable::kKeep_s. Not thread-safe.
class NameSubjects {
 public:
  static constexpr std::size_t kMostEnded = 4096;  ///< the oldest are forgotten first
  /// How long a source that does not know a new container is asked again and again: the runtime may
  /// tell of it, and the kubelet link its log, only after its cgroup is there.
  static constexpr double kPatience_s = 1.5;
  static constexpr double kRetry_s = 0.5;  ///< how often, meanwhile

  /// True where something came, was restarted or ended.
  bool set(const std::vector<WantedName>& wanted, double now_s);
  /// Forgets those that ended long ago.
  void forget_old(double now_s);

  const std::map<std::string, NameSubject>& by_id() const { return by_id_; }
  /// Grows with each set() that was true.
  std::uint64_t revision() const { return revision_; }

 private:
  std::map<std::string, NameSubject> by_id_;
  std::uint64_t revision_ = 0;
};

/// Whether a source that does not know it yet may still come to.
inline bool is_young(const NameSubject& subject, double now_s) {
  return now_s < subject.since_s + NameSubjects::kPatience_s;
}

}  // namespace litewatch
