#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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

/// Finds containers and keeps the list of them. Not thread-safe: belongs to the collector's thread.
class ContainerDiscovery {
 public:
  using List = std::vector<std::shared_ptr<const LiveContainer>>;

  /// What is found anew after an inotify event, or without one after this long.
  static constexpr double kRescan_s = 10;

  /// `watch` must outlive it.
  ContainerDiscovery(const ContainerSettings& settings, ContainerWatch& watch);

  /// Looks again where something came or went, where note_gone() was called or kRescan_s have
  /// passed. True where the list changed. A container whose inode changed is another one.
  bool refresh(double now_s);
  /// Reading a container said that it is gone.
  void note_gone() { look_again_ = true; }

  /// By path.
  const List& containers() const { return containers_; }
  /// How many were found over the limit. Containers come before services, then by path.
  std::size_t left_out() const { return left_out_; }
  /// Never kAuto. A hierarchy that starts at the root of the machine is kHost; else, where other
  /// processes' cgroups can be seen, kSidecar; else kOwn.
  ContainerView view() const { return view_; }
  const CgroupLayout& layout() const { return layout_; }

 private:
  // Members are the implementation's.
  bool look_again_ = true;
  List containers_;
  std::size_t left_out_ = 0;
  ContainerView view_ = ContainerView::kHost;
  CgroupLayout layout_;
};

}  // namespace litewatch
