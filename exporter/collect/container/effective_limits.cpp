#include "collect/container/effective_limits.h"

#include <fcntl.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/fd.h"
#include "base/path.h"
#include "read/cgroup_folder.h"
#include "read/cgroup_parse.h"
#include "read/cgroup_path.h"

namespace litewatch {
namespace {

/// Lets a std::string's map be asked by a piece of one.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

/// "/a" of "/a/b", "/" of "/a", nothing of "/".
std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos || path.size() <= 1) return {};
  return path.substr(0, std::max<std::size_t>(slash, 1));
}

/// Whether the last part of the path names a pod.
bool is_pod(std::string_view path) { return !identify_cgroup(name_part(path)).pod_uid.empty(); }

template <class T>
void keep_least(std::optional<T>& least, const std::optional<T>& other) {
  if (other && (!least || *other < *least)) least = other;
}

void keep_least(EffectiveLimits& least, const EffectiveLimits& other) {
  keep_least(least.cpu_cores, other.cpu_cores);
  keep_least(least.memory_max_bytes, other.memory_max_bytes);
  keep_least(least.memory_high_bytes, other.memory_high_bytes);
  keep_least(least.swap_max_bytes, other.swap_max_bytes);
}

EffectiveLimits limits_of(const CgroupStats& stats) {
  EffectiveLimits limits;
  limits.cpu_cores = quota_cores(stats);
  if (stats.cpuset_cpus) {
    keep_least(limits.cpu_cores, std::optional(static_cast<double>(*stats.cpuset_cpus)));
  }
  limits.memory_max_bytes = stats.memory_max_bytes;
  limits.memory_high_bytes = stats.memory_high_bytes;
  limits.swap_max_bytes = stats.swap_max_bytes;
  return limits;
}

bool same(const CgroupLayout& a, const CgroupLayout& b) {
  return a.kind == b.kind && a.unified == b.unified && a.legacy == b.legacy;
}

}  // namespace

std::optional<double> quota_cores(const CgroupStats& stats) {
  if (!stats.cpu_quota_us || stats.cpu_period_us.value_or(0) == 0) return std::nullopt;
  return static_cast<double>(*stats.cpu_quota_us) / static_cast<double>(*stats.cpu_period_us);
}

struct AncestorLimits::State {
  /// One cgroup above containers.
  struct Ancestor {
    std::optional<CgroupFolder> folder;
    Fd pod;  ///< its folder on v2, where it is a pod's
    bool is_pod = false;
    std::uint64_t asked = 0;       ///< the collection that asked for it last
    std::uint64_t read = 0;        ///< the collection that read its limits last
    std::uint64_t read_kills = 0;  ///< the one that read its memory.events last
    EffectiveLimits limits;        ///< with those of the cgroups above it
    std::optional<std::uint64_t> oom_kills;
  };

  Ancestor& ancestor(std::string_view path);
  const EffectiveLimits& limits(std::string_view path, CgroupScratch scratch);
  void read_limits(Ancestor& of, std::string_view path, CgroupScratch scratch);
  void read_kills(Ancestor& pod, std::string_view path, CgroupScratch scratch);

  CgroupLayout layout;
  bool visible = false;  ///< the layout has mount points
  bool memory_on_v2 = false;
  std::uint64_t collection = 1;
  std::unordered_map<std::string, Ancestor, TextHash, std::equal_to<>> ancestors;
  CgroupStats stats;  ///< reused, so that it does not allocate
};

AncestorLimits::State::Ancestor& AncestorLimits::State::ancestor(std::string_view path) {
  auto found = ancestors.find(path);
  if (found == ancestors.end()) {
    found = ancestors.emplace(path, Ancestor()).first;
    found->second.is_pod = is_pod(path);
  }
  found->second.asked = collection;
  return found->second;
}

const EffectiveLimits& AncestorLimits::State::limits(std::string_view path, CgroupScratch scratch) {
  Ancestor& of = ancestor(path);
  if (of.read == collection) return of.limits;
  of.read = collection;
  of.limits = EffectiveLimits();
  if (const auto above = parent_of(path); !above.empty()) of.limits = limits(above, scratch);
  read_limits(of, path, scratch);
  return of.limits;
}

/// A cgroup that was made anew under its path is opened anew.
void AncestorLimits::State::read_limits(Ancestor& of, std::string_view path,
                                        CgroupScratch scratch) {
  if (!of.folder || !of.folder->read_limits(scratch, stats)) {
    of.folder = CgroupFolder::open(layout, std::string(path));
    if (!of.folder || !of.folder->read_limits(scratch, stats)) return;
  }
  keep_least(of.limits, limits_of(stats));
}

void AncestorLimits::State::read_kills(Ancestor& pod, std::string_view path,
                                       CgroupScratch scratch) {
  pod.read_kills = collection;
  pod.oom_kills.reset();
  auto text = read_cgroup_file(pod.pod.get(), "memory.events", scratch);
  if (!text) {
    const std::string folder = layout.unified + std::string(path);
    pod.pod = Fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    text = read_cgroup_file(pod.pod.get(), "memory.events", scratch);
  }
  if (!text) return;
  stats.clear();
  parse_memory_events(*text, stats);
  pod.oom_kills = stats.memory_events_oom_kill;
}

AncestorLimits::AncestorLimits() : state_(std::make_unique<State>()) {}
AncestorLimits::~AncestorLimits() = default;

void AncestorLimits::begin(const CgroupLayout& layout) {
  if (!same(layout, state_->layout)) {
    state_->ancestors.clear();
    state_->layout = layout;
    state_->visible = !layout.unified.empty() || !layout.legacy.empty();
    state_->memory_on_v2 = !layout.unified.empty() && !layout.legacy.contains("memory");
  }
  std::erase_if(state_->ancestors,
                [&](const auto& one) { return one.second.asked < state_->collection; });
  ++state_->collection;
}

EffectiveLimits AncestorLimits::effective(const std::string& path, const CgroupStats& own,
                                          CgroupScratch scratch) {
  EffectiveLimits least = limits_of(own);
  if (!state_->visible) return least;
  if (const auto above = parent_of(path); !above.empty()) {
    keep_least(least, state_->limits(above, scratch));
  }
  return least;
}

std::optional<std::uint64_t> AncestorLimits::pod_oom_kills(const std::string& path,
                                                           CgroupScratch scratch) {
  if (!state_->memory_on_v2) return std::nullopt;
  for (auto above = parent_of(path); !above.empty(); above = parent_of(above)) {
    State::Ancestor& one = state_->ancestor(above);
    if (!one.is_pod) continue;
    if (one.read_kills != state_->collection) state_->read_kills(one, above, scratch);
    return one.oom_kills;
  }
  return std::nullopt;
}

}  // namespace litewatch
