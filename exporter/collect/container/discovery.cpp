#include "collect/container/discovery.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <utility>

#include "read/mountinfo.h"

namespace litewatch {
namespace {

bool is_service(const CgroupIdentity& identity) {
  return identity.runtime == ContainerRuntime::kSystemd;
}

/// The hierarchies, but not where they are.
CgroupLayout without_mount_points(const CgroupLayout& layout) {
  CgroupLayout bare;
  bare.kind = layout.kind;
  return bare;
}

}  // namespace

bool matches_any(const std::vector<std::string>& globs, const std::string& text) {
  return !text.empty() && std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), text.c_str(), 0) == 0;
  });
}

bool matches_any(const std::vector<std::string>& globs, const std::string& path,
                 const CgroupIdentity& identity) {
  return matches_any(globs, path) || matches_any(globs, identity.id) ||
         matches_any(globs, identity.name);
}

ContainerDiscovery::ContainerDiscovery(const ContainerSettings& settings, ContainerWatch& watch)
    : settings_(settings), watch_(watch) {}

ContainerDiscovery::~ContainerDiscovery() {
  for (const auto& container : containers_) watch_.forget(container->folder.inode());
  for (const std::uint64_t inode : gone_) watch_.forget(inode);
}

bool ContainerDiscovery::refresh(double now_s) {
  if (!is_due(now_s)) return false;
  // What comes from now on is for the next look.
  seen_changes_ = watch_.changes();
  looked_s_ = now_s;
  look_again_ = false;
  find_layout();
  std::vector<ContainerCandidate> candidates = look();
  std::erase_if(candidates, [&](const auto& candidate) { return !is_wanted(candidate); });
  keep_within_limit(candidates);
  return update(std::move(candidates));
}

bool ContainerDiscovery::is_due(double now_s) const {
  if (look_again_ || watch_.changes() != seen_changes_) return true;
  const bool all_watched = watchable_ && watch_.complete();
  return now_s - looked_s_ >= (all_watched ? kRescanWatched_s : kRescan_s);
}

/// Where the mounts cannot be listed, what was known of them stays.
void ContainerDiscovery::find_layout() {
  const auto mounts = read_mountinfo(settings_.paths.procfs + "/self/mountinfo");
  if (mounts) mounted_ = find_cgroup_layout(*mounts, settings_.paths.cgroup);
  layout_problem_ = mounts ? "" : mounts.error().message();
}

std::vector<ContainerCandidate> ContainerDiscovery::look() {
  const ContainerView wanted = settings_.options.view;
  if (wanted != ContainerView::kAuto && wanted != ContainerView::kHost) {
    return look_through_processes(wanted);
  }
  HostSearch host = search_host(mounted_);
  if (wanted == ContainerView::kHost || !host.found.empty() || begins_at_root(mounted_) ||
      mounted_.kind == CgroupLayout::Kind::kNone) {
    use_view(ContainerView::kHost, std::move(host.parents), host.complete);
    return std::move(host.found);
  }
  return look_through_processes(wanted);
}

std::vector<ContainerCandidate> ContainerDiscovery::look_through_processes(ContainerView wanted) {
  if (wanted != ContainerView::kOwn) {
    std::vector<ContainerCandidate> found = search_processes(settings_.paths.procfs);
    // An app that is being restarted does not change the view.
    if (wanted == ContainerView::kSidecar || !found.empty() || view_ == ContainerView::kSidecar) {
      use_view(ContainerView::kSidecar, {}, false);
      return found;
    }
  }
  // Only where other processes cannot show up, there is nothing to look for again.
  use_view(ContainerView::kOwn, {}, wanted == ContainerView::kOwn);
  std::vector<ContainerCandidate> own;
  if (auto found = find_own_container(settings_.paths.procfs)) {
    own.push_back(std::move(*found));
  }
  return own;
}

void ContainerDiscovery::use_view(ContainerView view, std::vector<std::string> parents,
                                  bool watchable) {
  view_ = view;
  layout_ = view == ContainerView::kHost ? mounted_ : without_mount_points(mounted_);
  watchable_ = watchable;
  watch_.watch_folders(parents);
}

bool ContainerDiscovery::is_wanted(const ContainerCandidate& candidate) const {
  const auto matches = [&](const std::vector<std::string>& globs) {
    return matches_any(globs, candidate.path, candidate.identity);
  };
  if (matches(settings_.options.exclude)) return false;
  const bool named_later = candidate.identity.name.empty();
  return settings_.options.include.empty() || named_later || matches(settings_.options.include);
}

void ContainerDiscovery::keep_within_limit(std::vector<ContainerCandidate>& candidates) {
  left_out_ = candidates.size() > settings_.limit ? candidates.size() - settings_.limit : 0;
  if (left_out_ == 0) return;
  std::stable_partition(candidates.begin(), candidates.end(),
                        [](const auto& one) { return !is_service(one.identity); });
  candidates.resize(settings_.limit);
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.path < b.path; });
}

/// nullptr: it has gone meanwhile.
std::shared_ptr<const LiveContainer> ContainerDiscovery::open(ContainerCandidate candidate) const {
  auto folder = candidate.folders ? CgroupFolder::open(*candidate.folders, "")
                                  : CgroupFolder::open(layout_, candidate.path);
  if (!folder) return nullptr;
  return std::make_shared<const LiveContainer>(
      LiveContainer{std::move(candidate.identity), std::move(candidate.path), std::move(*folder),
                    candidate.pid, std::move(candidate.process_name)});
}

bool ContainerDiscovery::update(std::vector<ContainerCandidate> candidates) {
  std::map<std::pair<std::string_view, std::uint64_t>, const Tracked*> known;
  for (const Tracked& one : tracked_) known[{one.live->path, one.inode}] = &one;
  std::vector<Tracked> tracked;
  List containers;
  for (ContainerCandidate& candidate : candidates) {
    const std::uint64_t inode = candidate.inode;
    const auto found = known.find({candidate.path, inode});
    const bool same = found != known.end() && found->second->live->pid == candidate.pid;
    auto live = same ? found->second->live : open(std::move(candidate));
    if (!live) continue;
    containers.push_back(live);
    tracked.push_back(Tracked{inode, std::move(live)});
  }
  tracked_ = std::move(tracked);
  containers_.swap(containers);
  if (containers_ == containers) return false;
  update_watch(containers);
  return true;
}

void ContainerDiscovery::update_watch(const List& before) {
  std::vector<std::uint64_t> inodes;
  for (const auto& one : containers_) inodes.push_back(one->folder.inode());
  std::sort(inodes.begin(), inodes.end());
  for (const std::uint64_t inode : gone_) watch_.forget(inode);
  gone_.clear();
  for (const auto& one : before) {
    const std::uint64_t inode = one->folder.inode();
    if (!std::binary_search(inodes.begin(), inodes.end(), inode)) gone_.push_back(inode);
  }
  if (layout_.unified.empty()) return;
  for (const auto& one : containers_) {
    watch_.watch_memory_events(one->folder.inode(), layout_.unified + one->path + "/memory.events");
  }
}

}  // namespace litewatch
