#include "read/cgroup_search.h"

#include <dirent.h>

#include <algorithm>
#include <utility>

#include "base/fd.h"
#include "read/directory.h"

namespace litewatch {
namespace {

using Kind = CgroupIdentity::Kind;

/// One walk through a hierarchy, without recursion: whoever may make cgroups decides how deep they
/// go.
class Search {
 public:
  Search(const std::string& mount_point, std::size_t max_folders)
      : mount_point_(mount_point), max_folders_(max_folders) {}

  CgroupSearchResult run() {
    to_visit_.push_back("");
    while (!to_visit_.empty() && result_.complete) {
      const std::string path = std::move(to_visit_.back());
      to_visit_.pop_back();
      if (list(path)) enter(path);
    }
    std::sort(result_.found.begin(), result_.found.end(),
              [](const FoundCgroup& a, const FoundCgroup& b) { return a.path < b.path; });
    std::sort(result_.parents.begin(), result_.parents.end());
    return std::move(result_);
  }

 private:
  /// The folders right below `path` into children_. False: it vanished, or there are too many.
  bool list(const std::string& path) {
    children_.clear();
    const Fd folder = open_folder(AT_FDCWD, (mount_point_ + path).c_str());
    if (!folder.valid()) return false;
    if (visited_++ == max_folders_) result_.complete = false;
    if (!result_.complete) return false;
    return for_each_entry(folder.get(), [&](const char* name, unsigned char type) {
      if (type != DT_DIR && type != DT_UNKNOWN) return;
      std::string child = path + "/" + name;
      CgroupIdentity identity = identify_cgroup(child);
      children_.push_back({std::move(child), std::move(identity)});
    });
  }

  void enter(const std::string& path) {
    result_.parents.push_back(mount_point_ + path);
    std::vector<FoundCgroup> services;
    for (FoundCgroup& child : children_) {
      if (child.identity.kind == Kind::kNone) to_visit_.push_back(std::move(child.path));
      if (child.identity.kind != Kind::kContainer) continue;
      (child.identity.id.empty() ? services : result_.found).push_back(std::move(child));
    }
    for (FoundCgroup& service : services) add_service(std::move(service));
  }

  /// A service such as Podman's Quadlet makes holds a container's cgroup: then that is what is
  /// shown.
  void add_service(FoundCgroup service) {
    const bool listed = list(service.path);
    const bool holds = std::any_of(children_.begin(), children_.end(), [](const FoundCgroup& c) {
      return c.identity.kind == Kind::kContainer && !c.identity.id.empty();
    });
    if (!listed || !holds) {
      result_.found.push_back(std::move(service));
      return;
    }
    result_.parents.push_back(mount_point_ + service.path);
    for (FoundCgroup& child : children_) {
      const bool container = child.identity.kind == Kind::kContainer && !child.identity.id.empty();
      if (container) result_.found.push_back(std::move(child));
    }
  }

  const std::string mount_point_;
  const std::size_t max_folders_;
  std::size_t visited_ = 0;
  std::vector<std::string> to_visit_;
  std::vector<FoundCgroup> children_;
  CgroupSearchResult result_;
};

}  // namespace

CgroupSearchResult search_cgroups(const std::string& mount_point, std::size_t max_folders) {
  return Search(mount_point, max_folders).run();
}

}  // namespace litewatch
