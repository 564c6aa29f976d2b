#include "collect/container/effective_limits.h"

#include <array>
#include <string>

#include "catch.h"
#include "cgroup_tree.h"
#include "support/open_descriptors.h"

using namespace litewatch;

namespace {

const std::string kPod = "/kubepods.slice/kubepods-pod0123456789abcdef0123456789abcdef.slice";
const std::string kContainer = kPod + "/cri-containerd-" + std::string(64, 'a') + ".scope";
constexpr std::uint64_t kMiB = 1 << 20;

/// A tree of v2 with a container in a pod, and the limits above it.
struct Scene {
  Scene() {
    tree.mount_v2();
    tree.add("/kubepods.slice");
    tree.add(kPod);
    tree.add(kContainer);
    layout.kind = CgroupLayout::Kind::kUnified;
    layout.unified = tree.cgroup();
    limits.begin(layout);
  }
  EffectiveLimits effective(const CgroupStats& own = {}, const std::string& path = kContainer) {
    return limits.effective(path, own, scratch);
  }
  std::optional<std::uint64_t> pod_oom_kills(const std::string& path = kContainer) {
    return limits.pod_oom_kills(path, scratch);
  }

  CgroupTree tree;
  CgroupLayout layout;
  AncestorLimits limits;
  std::array<char, kCgroupScratchSize> scratch;
};

CgroupStats with_quota(std::uint64_t quota_us, std::uint64_t period_us) {
  CgroupStats stats;
  stats.cpu_quota_us = quota_us;
  stats.cpu_period_us = period_us;
  return stats;
}

}  // namespace

TEST_CASE("effective limits: nothing limits it -> all absent") {
  Scene scene;
  const auto limits = scene.effective();
  CHECK_FALSE(limits.cpu_cores);
  CHECK_FALSE(limits.memory_max_bytes);
  CHECK_FALSE(limits.memory_high_bytes);
  CHECK_FALSE(limits.swap_max_bytes);
}

TEST_CASE("effective limits: its own alone -> those") {
  Scene scene;
  CgroupStats own = with_quota(50'000, 100'000);
  own.memory_max_bytes = 64 * kMiB;
  own.memory_high_bytes = 32 * kMiB;
  own.swap_max_bytes = 0;
  const auto limits = scene.effective(own);
  CHECK(limits.cpu_cores == Approx(0.5));
  CHECK(limits.memory_max_bytes == 64 * kMiB);
  CHECK(limits.memory_high_bytes == 32 * kMiB);
  CHECK(limits.swap_max_bytes == 0u);
}

TEST_CASE("effective limits: those above are less -> each the least of all") {
  Scene scene;
  scene.tree.write("/kubepods.slice", "cpu.max", "150000 100000\n");
  scene.tree.write("/kubepods.slice", "memory.max", "1048576\n");
  scene.tree.write(kPod, "cpu.max", "200000 100000\n");
  scene.tree.write(kPod, "memory.max", "2097152\n");
  scene.tree.write(kPod, "memory.high", "524288\n");
  scene.tree.write(kPod, "memory.swap.max", "4096\n");
  CgroupStats own = with_quota(400'000, 100'000);
  own.memory_max_bytes = 64 * kMiB;
  own.memory_high_bytes = kMiB / 4;
  const auto limits = scene.effective(own);
  CHECK(limits.cpu_cores == Approx(1.5));
  CHECK(limits.memory_max_bytes == kMiB);
  CHECK(limits.memory_high_bytes == kMiB / 4);
  CHECK(limits.swap_max_bytes == 4096u);
}

TEST_CASE("effective limits: the top of a namespace has limits -> they count") {
  Scene scene;
  scene.tree.write("", "cgroup.procs", "");
  scene.tree.write("", "cgroup.events", "populated 1\n");
  scene.tree.write("", "memory.max", "4096\n");
  CHECK(scene.effective().memory_max_bytes == 4096u);
}

TEST_CASE("effective limits: a cpuset -> the number of its CPUs limits too") {
  Scene scene;
  CgroupStats own = with_quota(400'000, 100'000);
  own.cpuset_cpus = 2;
  CHECK(scene.effective(own).cpu_cores == 2.0);
  own.cpuset_cpus = 8;
  CHECK(scene.effective(own).cpu_cores == Approx(4));
  scene.tree.write(kPod, "cpuset.cpus.effective", "0-2\n");
  Scene other;
  other.tree.write(kPod, "cpuset.cpus.effective", "0-2\n");
  CHECK(other.effective(own).cpu_cores == 3.0);
}

TEST_CASE("effective limits: a quota without a period, or a period of 0 -> no limit") {
  Scene scene;
  CgroupStats own;
  own.cpu_quota_us = 1;
  CHECK_FALSE(scene.effective(own).cpu_cores);
  own.cpu_period_us = 0;
  CHECK_FALSE(scene.effective(own).cpu_cores);
}

TEST_CASE("effective limits: garbage above -> no limit") {
  Scene scene;
  scene.tree.write(kPod, "cpu.max", "garbage\n");
  scene.tree.write(kPod, "memory.max", "-5\n");
  scene.tree.write(kPod, "cpuset.cpus.effective", "0-\n");
  const auto limits = scene.effective();
  CHECK_FALSE(limits.cpu_cores);
  CHECK_FALSE(limits.memory_max_bytes);
}

TEST_CASE("effective limits: within one collection -> read once") {
  Scene scene;
  scene.tree.write(kPod, "memory.max", "4096\n");
  CHECK(scene.effective().memory_max_bytes == 4096u);
  scene.tree.write(kPod, "memory.max", "8192\n");
  CHECK(scene.effective({}, kPod + "/other").memory_max_bytes == 4096u);
  scene.limits.begin(scene.layout);
  CHECK(scene.effective().memory_max_bytes == 8192u);
}

TEST_CASE("effective limits: what is above was made anew -> the new one is read") {
  Scene scene;
  scene.tree.write(kPod, "memory.max", "4096\n");
  REQUIRE(scene.effective().memory_max_bytes == 4096u);
  scene.tree.renew(kPod);
  scene.tree.write(kPod, "memory.max", "8192\n");
  scene.limits.begin(scene.layout);
  CHECK(scene.effective().memory_max_bytes == 8192u);
}

TEST_CASE("effective limits: what is above is gone -> only its own count") {
  Scene scene;
  scene.tree.write(kPod, "memory.max", "4096\n");
  REQUIRE(scene.effective().memory_max_bytes == 4096u);
  scene.tree.remove("/kubepods.slice");
  scene.limits.begin(scene.layout);
  CHECK_FALSE(scene.effective().memory_max_bytes);
}

TEST_CASE("effective limits: not asked for any more -> its descriptors are closed") {
  Scene scene;
  const auto before = open_descriptors();
  scene.effective();
  CHECK(open_descriptors() == before + 3);
  scene.limits.begin(scene.layout);
  CHECK(open_descriptors() == before + 3);
  scene.limits.begin(scene.layout);
  CHECK(open_descriptors() == before);
}

TEST_CASE("effective limits: another layout -> opened anew there") {
  Scene scene;
  scene.tree.write(kPod, "memory.max", "4096\n");
  REQUIRE(scene.effective().memory_max_bytes == 4096u);
  Scene other;
  other.tree.write(kPod, "memory.max", "8192\n");
  scene.limits.begin(other.layout);
  CHECK(scene.effective().memory_max_bytes == 8192u);
}

TEST_CASE("effective limits: a layout without mount points, or no layout -> its own alone") {
  Scene scene;
  scene.tree.write(kPod, "memory.max", "4096\n");
  CgroupLayout bare;
  bare.kind = CgroupLayout::Kind::kUnified;
  scene.limits.begin(bare);
  CHECK(scene.effective(with_quota(100'000, 100'000)).cpu_cores == Approx(1));
  CHECK_FALSE(scene.effective().memory_max_bytes);
  CHECK_FALSE(scene.pod_oom_kills());
}

TEST_CASE("effective limits: paths that are odd -> no crash, its own alone") {
  Scene scene;
  scene.tree.write(kPod, "memory.max", "4096\n");
  for (const char* path : {"", "/", "//", "x", "/..", "/a//b"}) {
    CHECK_FALSE(scene.effective({}, path).memory_max_bytes);
    CHECK_FALSE(scene.pod_oom_kills(path));
  }
}

TEST_CASE("effective limits: v1 -> those of its hierarchies") {
  CgroupTree tree;
  CgroupLayout layout;
  layout.kind = CgroupLayout::Kind::kLegacy;
  for (const std::string controller : {"cpu", "memory", "cpuset"}) {
    tree.mount_v1(controller);
    tree.add("/" + controller + kContainer);
    tree.write("/" + controller + kPod, "cgroup.procs", "");
    layout.legacy[controller] = tree.cgroup("/" + controller);
  }
  tree.write("/cpu" + kPod, "cpu.cfs_quota_us", "250000\n");
  tree.write("/cpu" + kPod, "cpu.cfs_period_us", "100000\n");
  tree.write("/memory" + kPod, "memory.limit_in_bytes", "4096\n");
  AncestorLimits limits;
  limits.begin(layout);
  std::array<char, kCgroupScratchSize> scratch;
  const auto least = limits.effective(kContainer, {}, scratch);
  CHECK(least.cpu_cores == Approx(2.5));
  CHECK(least.memory_max_bytes == 4096u);
  CHECK_FALSE(limits.pod_oom_kills(kContainer, scratch));
}

TEST_CASE("pod's oom kills: the nearest pod above -> its memory.events, read once") {
  Scene scene;
  scene.tree.write(kPod, "memory.events", "oom 4\noom_kill 3\n");
  CHECK(scene.pod_oom_kills() == 3u);
  CHECK(scene.pod_oom_kills(kContainer + "/inner") == 3u);
  scene.tree.write(kPod, "memory.events", "oom 4\noom_kill 5\n");
  CHECK(scene.pod_oom_kills() == 3u);
  scene.limits.begin(scene.layout);
  CHECK(scene.pod_oom_kills() == 5u);
}

TEST_CASE("pod's oom kills: no pod, no file, garbage -> not told") {
  Scene scene;
  CHECK_FALSE(scene.pod_oom_kills("/system.slice/x.service"));
  CHECK_FALSE(scene.pod_oom_kills());
  scene.tree.write(kPod, "memory.events", "oom_kill many\n");
  scene.limits.begin(scene.layout);
  CHECK_FALSE(scene.pod_oom_kills());
}

TEST_CASE("pod's oom kills: the pod is made anew -> the new one's") {
  Scene scene;
  scene.tree.write(kPod, "memory.events", "oom_kill 3\n");
  REQUIRE(scene.pod_oom_kills() == 3u);
  scene.tree.renew(kPod);
  scene.tree.write(kPod, "memory.events", "oom_kill 0\n");
  scene.limits.begin(scene.layout);
  CHECK(scene.pod_oom_kills() == 0u);
}

TEST_CASE("pod's oom kills: memory is v1's beside v2 -> not told") {
  Scene scene;
  scene.tree.write(kPod, "memory.events", "oom_kill 3\n");
  scene.layout.legacy["memory"] = "/nonexistent";
  scene.limits.begin(scene.layout);
  CHECK_FALSE(scene.pod_oom_kills());
}
