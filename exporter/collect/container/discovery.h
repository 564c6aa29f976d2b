#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/container/candidate.h"
#include "collect/container/settings.h"
#include "collect/container/watch.h"
#include "read/cgroup_folder.h"
#include "read/cgroup_layout.h"
#include "read/cgroup_path.h"

namespace litewatch {

/// A container or service whose cgroup is there.
struct LiveContainer {
  CgroupIdentity identity;
  std::string path;  ///< of the cgroup below the root of the hierarchy; "/" for litewatch's own
  CgroupFolder folder;
  int pid = 0;               ///< sidecar and own: the process it was found by; else 0
  std::string process_name;  ///< of that process
};

/// Whether one of the globs matches `text`; "*" matches slashes too. Nothing matches an empty text.
bool matches_any(const std::vector<std::string>& globs, const std::string& text);
/// The same for a container's path, its id and the name that the path tells.
bool matches_any(const std::vector<std::string>& globs, const std::string& path,
                 const CgroupIdentity& identity);

/// Finds containers and keeps the list of them. Not thread-safe: belongs to the collector's thread.
class ContainerDiscovery {
 public:
  using List = std::vector<std::shared_ptr<const LiveContainer>>;

  /// What is found anew without an inotify event after this long, where not everything is watched.
  static constexpr double kRescan_s = 10;
  /// The same, and new mounts, where everything is.
  static constexpr double kRescanWatched_s = 300;

  /// `watch` must outlive it.
  ContainerDiscovery(const ContainerSettings& settings, ContainerWatch& watch);
  /// The watch forgets its containers.
  ~ContainerDiscovery();
  ContainerDiscovery(const ContainerDiscovery&) = delete;
  ContainerDiscovery& operator=(const ContainerDiscovery&) = delete;

  /// Looks again where something came or went, where note_gone() was called or it is time to. True
  /// where the list changed. A container whose inode changed is another one; one that is still
  /// there keeps its object. The watch still knows the kills of those that went until the list
  /// changes again. Without a look it allocates nothing.
  ///
  /// The globs of the settings are applied to the path, the id and the name that the path tells.
  /// Containers that `include` does not match by these are kept all the same, as their names are
  /// told later; services and LXC have no other names.
  bool refresh(double now_s);
  /// Reading a container said that it is gone.
  void note_gone() { look_again_ = true; }

  /// By path.
  const List& containers() const { return containers_; }
  /// How many were found over the limit. Containers come before services, then by path.
  std::size_t left_out() const { return left_out_; }
  /// Never kAuto, which is kHost where the hierarchy starts at the root of the machine, or holds
  /// containers or services, as a virtual machine's or an LXC guest's does; else, once other
  /// processes' cgroups could be seen, kSidecar; else kOwn.
  ContainerView view() const { return view_; }
  /// The hierarchies, and where the paths of the containers begin: without mount points in the
  /// views kSidecar and kOwn, where nothing above a container can be seen.
  const CgroupLayout& layout() const { return layout_; }
  /// Why it could not be looked which hierarchies there are; empty where it could.
  const std::string& layout_problem() const { return layout_problem_; }

 private:
  struct Tracked {
    std::uint64_t inode = 0;  ///< see ContainerCandidate::inode
    std::shared_ptr<const LiveContainer> live;
  };

  bool is_due(double now_s) const;
  void find_layout();
  std::vector<ContainerCandidate> look();
  std::vector<ContainerCandidate> look_through_processes(ContainerView view);
  void use_view(ContainerView view, std::vector<std::string> parents, bool watchable);
  bool is_wanted(const ContainerCandidate& candidate) const;
  void keep_within_limit(std::vector<ContainerCandidate>& candidates);
  std::shared_ptr<const LiveContainer> open(ContainerCandidate candidate) const;
  bool update(std::vector<ContainerCandidate> candidates);
  void update_watch(const List& before);

  const ContainerSettings settings_;
  ContainerWatch& watch_;
  bool look_again_ = true;
  bool watchable_ = false;  ///< all that can come and go is in watched folders
  std::uint64_t seen_changes_ = 0;
  double looked_s_ = 0;
  CgroupLayout mounted_;
  std::string layout_problem_;
  List containers_;
  std::vector<Tracked> tracked_;     ///< the same, in the same order
  std::vector<std::uint64_t> gone_;  ///< instances that the watch has still to forget
  std::size_t left_out_ = 0;
  ContainerView view_ = ContainerView::kHost;
  CgroupLayout layout_;
};

}  // namespace litewatch
