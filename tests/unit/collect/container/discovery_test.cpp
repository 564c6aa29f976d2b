#include "collect/container/discovery.h"

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "catch.h"
#include "cgroup_tree.h"
#include "support/open_descriptors.h"

using namespace litewatch;
using Paths = std::vector<std::string>;

namespace {

const std::string kId(64, 'a');
const std::string kDocker = "/system.slice/docker-" + kId + ".scope";
const std::string kOther = "/system.slice/docker-" + std::string(64, 'b') + ".scope";
const std::string kService = "/system.slice/cron.service";

Paths paths_of(const ContainerDiscovery& discovery) {
  Paths paths;
  for (const auto& one : discovery.containers()) paths.push_back(one->path);
  return paths;
}

/// Looks until nothing new is heard of: folders watched for the first time ask for another look.
void settle(ContainerDiscovery& discovery, double now_s) {
  for (int i = 0; i < 3; ++i) discovery.refresh(now_s);
}

/// One look at the tree.
struct Look {
  explicit Look(const ContainerSettings& settings) : discovery(settings, watch) {
    discovery.refresh(0);
  }
  ContainerWatch watch;
  ContainerDiscovery discovery;
};

}  // namespace

TEST_CASE("discovery: v2 -> containers and services below the mount, by path") {
  CgroupTree tree;
  tree.mount_v2();
  for (const auto& path : {kDocker, kService, kOther}) tree.add(path);
  tree.add("/init.scope");
  tree.add(kService + "/inner.service");
  const Look look(tree.settings());
  CHECK(look.discovery.view() == ContainerView::kHost);
  CHECK(paths_of(look.discovery) == Paths{kService, kDocker, kOther});
  CHECK(look.discovery.left_out() == 0);
  CHECK(look.discovery.layout().kind == CgroupLayout::Kind::kUnified);
  CHECK(look.discovery.containers()[1]->identity.id == kId);
  CHECK(look.discovery.containers()[0]->identity.name == "cron.service");
}

TEST_CASE("discovery: v1 -> the memory hierarchy, else cpu's, else pids'") {
  for (const std::string main : {"memory", "cpu", "pids"}) {
    CgroupTree tree;
    tree.mount_v1("blkio");
    tree.mount_v1(main);
    tree.add("/" + main + kDocker);
    tree.add("/blkio" + kOther);
    const Look look(tree.settings());
    CHECK(paths_of(look.discovery) == Paths{kDocker});
    CHECK(look.discovery.layout().kind == CgroupLayout::Kind::kLegacy);
  }
}

TEST_CASE("discovery: hybrid -> v1's and what only v2 has, each path once") {
  CgroupTree tree;
  tree.mount_v1("memory");
  tree.mount_v2("/unified");
  tree.add("/memory" + kDocker);
  tree.add("/unified" + kDocker);
  tree.add("/unified" + kService);
  const Look look(tree.settings());
  CHECK(paths_of(look.discovery) == Paths{kService, kDocker});
  CHECK(look.discovery.layout().kind == CgroupLayout::Kind::kHybrid);
}

TEST_CASE("discovery: mounts elsewhere -> only what lies below the path given counts") {
  CgroupTree tree;
  tree.mount_v2("/here");
  tree.add("/here" + kDocker);
  auto settings = tree.settings();
  settings.paths.cgroup = tree.cgroup("/there");
  CHECK(Look(settings).discovery.containers().empty());
  settings.paths.cgroup = tree.cgroup("/here/");
  CHECK(paths_of(Look(settings).discovery) == Paths{kDocker});
}

TEST_CASE("discovery: no cgroup file system, no mountinfo, no procfs -> an empty list") {
  CgroupTree tree;
  tree.dir().write("proc/self/mountinfo", "1 0 0:1 / / rw - ext4 /dev/sda rw\n");
  for (const auto view :
       {ContainerView::kAuto, ContainerView::kHost, ContainerView::kSidecar, ContainerView::kOwn}) {
    auto settings = tree.settings();
    settings.options.view = view;
    Look look(settings);
    CHECK(look.discovery.containers().empty());
    CHECK(look.discovery.layout().kind == CgroupLayout::Kind::kNone);
    CHECK_FALSE(look.discovery.refresh(1e6));
    settings.paths.procfs = "/nonexistent";
    CHECK(Look(settings).discovery.containers().empty());
  }
}

TEST_CASE("discovery: the mount appears later -> found") {
  CgroupTree tree;
  Look look(tree.settings());
  tree.mount_v2();
  tree.add(kDocker);
  CHECK(look.discovery.refresh(1000));
  CHECK(paths_of(look.discovery) == Paths{kDocker});
}

TEST_CASE("discovery: nothing came or went -> the same list, no look") {
  CgroupTree tree;
  tree.mount_v2();
  tree.add(kDocker);
  Look look(tree.settings());
  settle(look.discovery, 0);
  const auto before = look.discovery.containers();
  CHECK_FALSE(look.discovery.refresh(ContainerDiscovery::kRescanWatched_s - 1));
  CHECK_FALSE(look.discovery.refresh(ContainerDiscovery::kRescanWatched_s));
  CHECK(look.discovery.containers() == before);
}

TEST_CASE("discovery: one comes -> it is added, the others keep their objects") {
  CgroupTree tree;
  tree.mount_v2();
  tree.add(kOther);
  Look look(tree.settings());
  const auto before = look.discovery.containers();
  tree.add(kDocker);
  look.discovery.note_gone();
  CHECK(look.discovery.refresh(1));
  REQUIRE(paths_of(look.discovery) == Paths{kDocker, kOther});
  CHECK(look.discovery.containers()[1] == before[0]);
}

TEST_CASE("discovery: one goes -> it is removed") {
  CgroupTree tree;
  tree.mount_v2();
  tree.add(kDocker);
  tree.add(kOther);
  Look look(tree.settings());
  tree.remove(kDocker);
  look.discovery.note_gone();
  CHECK(look.discovery.refresh(1));
  CHECK(paths_of(look.discovery) == Paths{kOther});
}

TEST_CASE("discovery: made anew under its path -> another container") {
  CgroupTree tree;
  tree.mount_v2();
  tree.add(kService);
  Look look(tree.settings());
  const auto before = look.discovery.containers();
  tree.renew(kService);
  look.discovery.note_gone();
  CHECK(look.discovery.refresh(1));
  REQUIRE(look.discovery.containers().size() == 1);
  CHECK(look.discovery.containers()[0] != before[0]);
  CHECK(look.discovery.containers()[0]->folder.inode() != before[0]->folder.inode());
}

TEST_CASE("discovery: inotify tells of one that comes -> the next refresh finds it") {
  CgroupTree tree;
  tree.mount_v2();
  tree.add(kOther);
  Look look(tree.settings());
  settle(look.discovery, 0);
  const auto heard = look.watch.changes();
  tree.add(kDocker);
  for (int i = 0; i < 2000 && look.watch.changes() == heard; ++i) ::usleep(5000);
  CHECK(look.discovery.refresh(1));
  CHECK(paths_of(look.discovery) == Paths{kDocker, kOther});
}

TEST_CASE("discovery: not everything is watched -> found after kRescan_s") {
  CgroupTree tree;
  tree.mount_v2();
  tree.add(kOther);
  Look look(tree.settings());
  settle(look.discovery, 0);
  look.watch.watch_folders({tree.dir().write("file", "")});
  look.discovery.refresh(0);
  look.watch.watch_folders({tree.dir().file("file")});
  REQUIRE_FALSE(look.watch.complete());
  tree.add(kDocker);
  CHECK_FALSE(look.discovery.refresh(ContainerDiscovery::kRescan_s - 1));
  CHECK(look.discovery.refresh(ContainerDiscovery::kRescan_s));
}

TEST_CASE(
    "discovery: over the limit -> containers before services, then by path, the rest counted") {
  CgroupTree tree;
  tree.mount_v2();
  for (const auto& path : {kDocker, kOther, kService}) tree.add(path);
  auto settings = tree.settings();
  settings.limit = 2;
  CHECK(paths_of(Look(settings).discovery) == Paths{kDocker, kOther});
  settings.limit = 1;
  Look look(settings);
  CHECK(paths_of(look.discovery) == Paths{kDocker});
  CHECK(look.discovery.left_out() == 2);
  tree.remove(kDocker);
  look.discovery.note_gone();
  CHECK(look.discovery.refresh(1));
  CHECK(paths_of(look.discovery) == Paths{kOther});
  CHECK(look.discovery.left_out() == 1);
  settings.limit = 0;
  CHECK(Look(settings).discovery.left_out() == 2);
}

TEST_CASE("discovery: over the limit -> descriptors only for those within it") {
  CgroupTree tree;
  tree.mount_v2();
  for (int i = 0; i < 50; ++i) tree.add("/system.slice/s" + std::to_string(i) + ".service");
  auto settings = tree.settings();
  settings.limit = 3;
  ContainerWatch watch;
  const auto before = open_descriptors();
  ContainerDiscovery discovery(settings, watch);
  discovery.refresh(0);
  CHECK(open_descriptors() == before + 3);
}

TEST_CASE("discovery: exclude -> by path, unit's name and id") {
  CgroupTree tree;
  tree.mount_v2();
  for (const auto& path : {kDocker, kOther, kService}) tree.add(path);
  auto settings = tree.settings();
  settings.options.exclude = {"cron.*"};
  CHECK(paths_of(Look(settings).discovery) == Paths{kDocker, kOther});
  settings.options.exclude = {"aaaa*"};
  CHECK(paths_of(Look(settings).discovery) == Paths{kService, kOther});
  settings.options.exclude = {"/system.slice/docker-*"};
  CHECK(paths_of(Look(settings).discovery) == Paths{kService});
  settings.options.exclude = {"*"};
  CHECK(Look(settings).discovery.containers().empty());
  settings.options.exclude = {"system.slice", "", "["};
  CHECK(Look(settings).discovery.containers().size() == 3);
}

TEST_CASE("discovery: include -> services by what is known; containers stay, as names come later") {
  CgroupTree tree;
  tree.mount_v2();
  for (const auto& path : {kDocker, kService}) tree.add(path);
  auto settings = tree.settings();
  settings.options.include = {"web*"};
  CHECK(paths_of(Look(settings).discovery) == Paths{kDocker});
  settings.options.include = {"web*", "/system.slice/*.service"};
  CHECK(paths_of(Look(settings).discovery) == Paths{kService, kDocker});
  settings.options.exclude = {"*.service"};
  CHECK(paths_of(Look(settings).discovery) == Paths{kDocker});
}

TEST_CASE(
    "discovery: a container's memory.events changes -> the watch reads it, until others went after "
    "it") {
  CgroupTree tree;
  tree.mount_v2();
  tree.add(kDocker);
  tree.write(kDocker, "memory.events", "oom_kill 0\n");
  Look look(tree.settings());
  const auto inode = look.discovery.containers().at(0)->folder.inode();
  tree.write(kDocker, "memory.events", "oom_kill 2\n");
  for (int i = 0; i < 2000 && look.watch.oom_kills(inode) != 2u; ++i) ::usleep(5000);
  CHECK(look.watch.oom_kills(inode) == 2u);
  tree.remove(kDocker);
  look.discovery.note_gone();
  CHECK(look.discovery.refresh(1));
  CHECK(look.watch.oom_kills(inode) == 2u);
  tree.add(kOther);
  look.discovery.note_gone();
  CHECK(look.discovery.refresh(2));
  CHECK_FALSE(look.watch.oom_kills(inode));
}

TEST_CASE("discovery: auto, below the machine's root -> host only where containers are found") {
  CgroupTree tree;
  tree.mount_v2();
  tree.write("", "cgroup.procs", "1\n");
  tree.write("", "cgroup.events", "populated 1\n");
  tree.dir().write("proc/self/cgroup", "0::/\n");
  CHECK(Look(tree.settings()).discovery.view() == ContainerView::kOwn);
  tree.add(kService);
  const Look look(tree.settings());
  CHECK(look.discovery.view() == ContainerView::kHost);
  CHECK(paths_of(look.discovery) == Paths{kService});
}

TEST_CASE("discovery: auto, v1 below the machine's root -> own") {
  CgroupTree tree;
  tree.mount_v1("memory", "/docker/x");
  tree.add("/memory");
  tree.dir().write("proc/self/cgroup", "4:memory:/docker/x\n");
  const Look look(tree.settings());
  CHECK(look.discovery.view() == ContainerView::kOwn);
  CHECK(paths_of(look.discovery) == Paths{"/"});
}

TEST_CASE("discovery: own -> litewatch's own cgroup, with its process") {
  CgroupTree tree;
  tree.be(7);
  tree.add_process(7, "/docker/" + kId, "litewatch", "/docker/" + kId);
  tree.dir().write("proc/7/mountinfo",
                   "2 1 0:2 /docker/" + kId + " " + tree.cgroup() + " rw - cgroup2 cgroup2 rw\n");
  tree.add("");
  tree.add("/inner");
  auto settings = tree.settings();
  settings.options.view = ContainerView::kOwn;
  Look look(settings);
  REQUIRE(paths_of(look.discovery) == Paths{"/"});
  const LiveContainer& own = *look.discovery.containers()[0];
  CHECK(own.pid == 7);
  CHECK(own.process_name == "litewatch");
  CHECK(own.identity.id == kId);
  CHECK(own.identity.runtime == ContainerRuntime::kDocker);
  CHECK(look.discovery.layout().unified.empty());
  CHECK(look.discovery.layout().kind == CgroupLayout::Kind::kUnified);
  CHECK_FALSE(look.discovery.refresh(1e6));
}

namespace {

/// A pod with a shared PID namespace: litewatch is process 20 in a cgroup namespace of its own.
struct Pod {
  Pod() {
    tree.be(20);
    tree.add_process(20, "/", "litewatch", "/");
    tree.dir().write("proc/20/mountinfo",
                     "2 1 0:2 / " + tree.cgroup() + " rw - cgroup2 cgroup2 rw\n");
    tree.add("");
    app = "/../cri-containerd-" + kId + ".scope";
  }
  void add_app(int pid) const { tree.add_process(pid, app, "node", app); }

  CgroupTree tree;
  std::string app;
};

}  // namespace

TEST_CASE("discovery: auto, other processes in a shared PID namespace -> sidecar") {
  const Pod pod;
  pod.add_app(10);
  Look look(pod.tree.settings());
  CHECK(look.discovery.view() == ContainerView::kSidecar);
  REQUIRE(look.discovery.containers().size() == 1);
  const LiveContainer& app = *look.discovery.containers()[0];
  CHECK(app.pid == 10);
  CHECK(app.process_name == "node");
  CHECK(app.identity.id == kId);
  CHECK(app.identity.runtime == ContainerRuntime::kContainerd);
  CHECK(app.path == "/cri-containerd-" + kId + ".scope");
  CHECK(look.discovery.layout().kind == CgroupLayout::Kind::kUnified);
  CHECK(look.discovery.layout().unified.empty());
}

TEST_CASE("discovery: sidecar -> a cgroup once, with its lowest process, and its object stays") {
  const Pod pod;
  pod.add_app(10);
  pod.add_app(11);
  Look look(pod.tree.settings());
  REQUIRE(look.discovery.containers().size() == 1);
  const auto before = look.discovery.containers();
  CHECK_FALSE(look.discovery.refresh(ContainerDiscovery::kRescan_s));
  CHECK(look.discovery.containers() == before);
}

TEST_CASE(
    "discovery: sidecar, an init is ahead of the app -> the app, but better it than nothing") {
  const Pod pod;
  for (const char* const init : {"docker-init", "podman-init", "catatonit", "tini", "dumb-init"}) {
    pod.tree.add_process(1, pod.app, init, pod.app);
    Look alone(pod.tree.settings());
    REQUIRE(alone.discovery.containers().size() == 1);
    CHECK(alone.discovery.containers()[0]->pid == 1);
    pod.add_app(10);
    Look look(pod.tree.settings());
    REQUIRE(look.discovery.containers().size() == 1);
    CHECK(look.discovery.containers()[0]->pid == 10);
    CHECK(look.discovery.containers()[0]->process_name == "node");
    pod.tree.remove_process(10);
  }
}

TEST_CASE("discovery: sidecar, its process is another one -> an object with that process") {
  const Pod pod;
  pod.add_app(10);
  Look look(pod.tree.settings());
  const auto before = look.discovery.containers();
  std::filesystem::rename(pod.tree.dir().file("proc/10"), pod.tree.dir().file("proc/12"));
  CHECK(look.discovery.refresh(ContainerDiscovery::kRescan_s));
  REQUIRE(look.discovery.containers().size() == 1);
  CHECK(look.discovery.containers()[0]->pid == 12);
  CHECK(look.discovery.containers()[0]->folder.inode() == before[0]->folder.inode());
}

TEST_CASE("discovery: sidecar, nobody can identify it -> shown all the same") {
  const Pod pod;
  pod.tree.add_process(10, "/../4711", "app", "/../4711");
  Look look(pod.tree.settings());
  REQUIRE(look.discovery.containers().size() == 1);
  CHECK(look.discovery.containers()[0]->identity.kind == CgroupIdentity::Kind::kContainer);
  CHECK(look.discovery.containers()[0]->identity.id.empty());
  CHECK(look.discovery.containers()[0]->process_name == "app");
  CHECK(look.discovery.containers()[0]->path == "/4711");
}

TEST_CASE("discovery: sidecar, a process deep within its container -> the container's cgroup") {
  const Pod pod;
  pod.tree.add_process(10, pod.app + "/init/worker", "app", pod.app);
  const TempDir& dir = pod.tree.dir();
  const std::string top = "proc/10/root/sys/fs/cgroup";
  dir.write(top + "/init/worker/cgroup.procs", "10\n");
  dir.write(top + "/init/worker/cgroup.events", "populated 1\n");
  Look look(pod.tree.settings());
  REQUIRE(look.discovery.containers().size() == 1);
  CHECK(look.discovery.containers()[0]->folder.inode() == folder_inode(dir.file(top)));
  CHECK(look.discovery.containers()[0]->identity.id == kId);
}

TEST_CASE("discovery: sidecar, the first process may not be looked at -> the next one is taken") {
  const Pod pod;
  pod.add_app(10);
  pod.add_app(11);
  std::filesystem::remove_all(pod.tree.dir().file("proc/10/root"));
  Look look(pod.tree.settings());
  REQUIRE(look.discovery.containers().size() == 1);
  CHECK(look.discovery.containers()[0]->pid == 11);
}

TEST_CASE("discovery: sidecar, hidden cgroups and garbage of processes -> left out") {
  const Pod pod;
  pod.tree.add_process(10, "/../init.scope", "systemd", "/../init.scope");
  pod.tree.add_process(11, "", "odd", "/");
  pod.tree.dir().write("proc/12/cgroup", "");
  pod.tree.dir().write("proc/13/mountinfo", std::string(100, '\xff'));
  pod.tree.dir().write("proc/notaprocess/cgroup", "0::/\n");
  auto settings = pod.tree.settings();
  settings.options.view = ContainerView::kSidecar;
  CHECK(Look(settings).discovery.containers().empty());
}

TEST_CASE("discovery: the sidecar's app restarts -> the view stays") {
  const Pod pod;
  Look look(pod.tree.settings());
  CHECK(look.discovery.view() == ContainerView::kOwn);
  CHECK(paths_of(look.discovery) == Paths{"/"});
  pod.add_app(10);
  CHECK(look.discovery.refresh(ContainerDiscovery::kRescan_s));
  CHECK(look.discovery.view() == ContainerView::kSidecar);
  pod.tree.remove_process(10);
  CHECK(look.discovery.refresh(2 * ContainerDiscovery::kRescan_s));
  CHECK(look.discovery.view() == ContainerView::kSidecar);
  CHECK(look.discovery.containers().empty());
}

TEST_CASE("discovery: litewatch's own mounts show a container -> not as a sidecar's too") {
  const Pod pod;
  pod.tree.add_process(21, "/", "helper", "/");
  std::filesystem::remove_all(pod.tree.dir().file("proc/21/root/sys/fs/cgroup"));
  std::filesystem::create_directory_symlink(pod.tree.cgroup(),
                                            pod.tree.dir().file("proc/21/root/sys/fs/cgroup"));
  auto settings = pod.tree.settings();
  settings.options.view = ContainerView::kSidecar;
  CHECK(Look(settings).discovery.containers().empty());
}
