#include "read/cgroup_search.h"

#include <filesystem>

#include "catch.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

const std::string kIdA(64, 'a');
const std::string kIdB(64, 'b');

struct Tree {
  TempDir folder;
  void make(const std::string& path) const { fs::create_directories(folder.path() + path); }
  CgroupSearchResult search(std::size_t most = 20'000) const {
    return search_cgroups(folder.path(), most);
  }
  std::vector<std::string> found() const {
    std::vector<std::string> paths;
    for (const FoundCgroup& cgroup : search().found) paths.push_back(cgroup.path);
    return paths;
  }
  bool watches(const std::string& path) const {
    const auto result = search();
    return std::find(result.parents.begin(), result.parents.end(), folder.path() + path) !=
           result.parents.end();
  }
};

TEST_CASE("search: containers and services by path; what is in them is theirs") {
  const Tree tree;
  tree.make("/system.slice/docker-" + kIdA + ".scope/docker/" + kIdB);
  tree.make("/system.slice/web.service/worker");
  tree.make("/system.slice/var.mount");
  tree.make("/init.scope/docker/" + kIdA);
  tree.make("/user.slice/user-1.slice/user@1.service/app.slice/api.service");
  tree.folder.write("system.slice/cgroup.procs", "");
  CHECK(tree.found() == std::vector<std::string>{
                            "/system.slice/docker-" + kIdA + ".scope", "/system.slice/web.service",
                            "/user.slice/user-1.slice/user@1.service/app.slice/api.service"});
  CHECK(tree.watches(""));
  CHECK(tree.watches("/system.slice"));
  CHECK(tree.watches("/user.slice/user-1.slice/user@1.service/app.slice"));
  CHECK_FALSE(tree.watches("/system.slice/web.service"));
  CHECK_FALSE(tree.watches("/system.slice/docker-" + kIdA + ".scope"));
  CHECK_FALSE(tree.watches("/init.scope"));
}

TEST_CASE("search: a service that holds a container -> the container") {
  const Tree tree;
  tree.make("/system.slice/quadlet.service/libpod-payload-" + kIdA);
  tree.make("/system.slice/quadlet.service/runtime");
  CHECK(tree.found() ==
        std::vector<std::string>{"/system.slice/quadlet.service/libpod-payload-" + kIdA});
  CHECK(tree.watches("/system.slice/quadlet.service"));
  const auto result = tree.search();
  CHECK(result.found[0].identity.runtime == ContainerRuntime::kPodman);
}

TEST_CASE("search: too many folders -> incomplete, and it ends") {
  const Tree tree;
  for (int i = 0; i < 20; ++i) tree.make("/a/" + std::to_string(i));
  const auto cut = tree.search(10);
  CHECK_FALSE(cut.complete);
  CHECK(cut.parents.size() <= 10);
  CHECK(tree.search(22).complete);  // the root, a and those in it
  CHECK_FALSE(tree.search(21).complete);
}

TEST_CASE("search: nested deeply, linked in a circle, not there") {
  const Tree tree;
  std::string path;
  for (int i = 0; i < 400; ++i) path += "/d";
  tree.make(path + "/docker/" + kIdA);
  fs::create_directory_symlink(tree.folder.path(), tree.folder.file("circle"));
  CHECK(tree.found() == std::vector<std::string>{path + "/docker/" + kIdA});
  const auto nothing = search_cgroups(tree.folder.file("absent"));
  CHECK(nothing.found.empty());
  CHECK(nothing.parents.empty());
}

}  // namespace
}  // namespace litewatch
