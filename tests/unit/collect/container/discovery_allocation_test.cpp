#include <array>
#include <string>

#include "catch.h"
#include "cgroup_tree.h"
#include "collect/container/discovery.h"
#include "collect/container/effective_limits.h"
#include "collect/container/ledger.h"
#include "support/count_allocations.h"

using namespace litewatch;

namespace {

const std::string kPod = "/kubepods.slice/kubepods-pod0123456789abcdef0123456789abcdef.slice";

std::string container(int number) {
  std::string id = std::to_string(number);
  id.insert(0, 64 - id.size(), 'a');
  return kPod + "/cri-containerd-" + id + ".scope";
}

}  // namespace

TEST_CASE("containers: nothing came or went -> a collection allocates nothing") {
  CgroupTree tree;
  tree.mount_v2();
  tree.add("/kubepods.slice");
  tree.add(kPod);
  tree.write(kPod, "memory.max", "4096\n");
  tree.write(kPod, "memory.events", "oom_kill 1\n");
  for (int i = 0; i < 100; ++i) tree.add(container(i));
  ContainerWatch watch;
  ContainerDiscovery discovery(tree.settings(), watch);
  AncestorLimits limits;
  ContainerLedger ledger;
  static std::array<char, kCgroupScratchSize> scratch;

  const auto collect = [&](double now_s) {
    discovery.refresh(now_s);
    limits.begin(discovery.layout());
    for (const auto& one : discovery.containers()) {
      (void)limits.effective(one->path, CgroupStats(), scratch);
      const auto kills = limits.pod_oom_kills(one->path, scratch);
      ledger.saw(one->path, one->folder.inode(), kills, now_s);
      ledger.pod_counted(kPod, 1, "");
      (void)watch.oom_kills(one->folder.inode());
    }
  };
  for (int i = 0; i < 4; ++i) collect(i);
  REQUIRE(discovery.containers().size() == 100);
  const std::size_t before = allocations;
  for (int i = 0; i < 20; ++i) collect(10 + 15 * i);
  CHECK(allocations - before == 0);
}
