#include "read/cgroup_folder.h"

#include <sys/stat.h>

#include <filesystem>

#include "catch.h"
#include "support/open_descriptors.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

const std::string kPath = "/system.slice/web.service";

struct Tree {
  TempDir folder;
  CgroupLayout layout;
  std::vector<char> scratch = std::vector<char>(kCgroupScratchSize);
  CgroupStats stats;

  void file(const std::string& name, std::string_view text) const { folder.write(name, text); }
  void legacy(const std::string& controller, const std::string& hierarchy) {
    layout.legacy[controller] = folder.file(hierarchy);
  }
  std::optional<CgroupFolder> open() { return CgroupFolder::open(layout, kPath); }
  /// Opens and reads.
  void read() {
    const auto cgroup = open();
    REQUIRE(cgroup);
    REQUIRE(cgroup->read(scratch, stats));
  }
};

/// Writes a cgroup of v2 with every file.
void write_unified(Tree& tree) {
  tree.layout.unified = tree.folder.file("unified");
  const auto file = [&](const std::string& name, std::string_view text) {
    tree.file("unified" + kPath + "/" + name, text);
  };
  file("cgroup.procs", "11\n12\n13\n");
  file("cgroup.events", "populated 1\nfrozen 1\n");
  file("cgroup.stat", "nr_descendants 1\nnr_dying_descendants 2\n");
  file("cpu.stat", "usage_usec 3000000\nuser_usec 1000000\nsystem_usec 2000000\nnr_periods 9\n");
  file("cpu.max", "50000 100000\n");
  file("cpu.weight", "39\n");
  file("cpuset.cpus.effective", "0-3\n");
  file("memory.current", "1000\n");
  file("memory.peak", "2000\n");
  file("memory.max", "4096\n");
  file("memory.high", "max\n");
  file("memory.low", "0\n");
  file("memory.min", "1\n");
  file("memory.swap.max", "max\n");
  file("memory.swap.current", "7\n");
  file("memory.stat", "anon 100\nfile 200\nkernel 30\n");
  file("memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 0\n");
  file("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n");
  file("pids.current", "8\n");
  file("pids.max", "max\n");
  file("pids.peak", "18\n");
  file("pids.events", "max 5\n");
  file("cpu.pressure", "some avg10=0 total=1000000\nfull avg10=0 total=500000\n");
  file("memory.pressure", "some avg10=0 total=2000000\n");
  file("io.pressure", "some avg10=0 total=3000000\nfull avg10=0 total=3000000\n");
}

TEST_CASE("cgroup folder: v2, every file -> every field from its file") {
  Tree tree;
  write_unified(tree);
  tree.read();
  const CgroupStats& stats = tree.stats;
  CHECK(stats.cpu_usage_s == 3.0);
  CHECK(stats.cpu_periods == 9u);
  CHECK(stats.cpu_quota_us == 50'000u);
  CHECK(stats.cpu_weight == 39u);
  CHECK(stats.cpuset_cpus == 4u);
  CHECK(stats.memory_current_bytes == 1000u);
  CHECK(stats.memory_peak_bytes == 2000u);
  CHECK(stats.memory_max_bytes == 4096u);
  CHECK_FALSE(stats.memory_high_bytes);
  CHECK(stats.memory_low_bytes == 0u);
  CHECK(stats.memory_min_bytes == 1u);
  CHECK_FALSE(stats.swap_max_bytes);
  CHECK(stats.swap_current_bytes == 7u);
  CHECK(stats.anon_bytes == 100u);
  CHECK(stats.kernel_bytes == 30u);
  CHECK(stats.memory_events_oom_kill == 4u);
  REQUIRE(stats.io.size() == 1);
  CHECK(stats.io[0].discards == 6u);
  CHECK(stats.threads == 8u);
  CHECK_FALSE(stats.threads_max);
  CHECK(stats.threads_peak == 18u);
  CHECK(stats.threads_max_hits == 5u);
  CHECK(stats.processes == 3u);
  CHECK(stats.populated == true);
  CHECK(stats.frozen == true);
  CHECK(stats.dying_descendants == 2u);
  CHECK(stats.cpu_pressure.full_s == 0.5);
  CHECK(stats.memory_pressure.some_s == 2.0);
  CHECK_FALSE(stats.memory_pressure.full_s);
  CHECK(stats.io_pressure.full_s == 3.0);
}

TEST_CASE("cgroup folder: limits alone -> nothing else is read") {
  Tree tree;
  write_unified(tree);
  tree.stats.cpu_usage_s = 5;
  const auto cgroup = tree.open();
  REQUIRE(cgroup);
  REQUIRE(cgroup->read_limits(tree.scratch, tree.stats));
  CHECK(tree.stats.memory_max_bytes == 4096u);
  CHECK(tree.stats.cpu_quota_us == 50'000u);
  CHECK(tree.stats.cpuset_cpus == 4u);
  CHECK_FALSE(tree.stats.cpu_usage_s);
  CHECK_FALSE(tree.stats.memory_current_bytes);
}

TEST_CASE("cgroup folder: an old kernel's few files -> the rest stays absent, nothing of before") {
  Tree tree;
  write_unified(tree);
  tree.read();
  const std::string folder = tree.folder.file("unified" + kPath);
  for (const char* name : {"memory.peak", "pids.peak", "cpu.pressure", "io.stat", "memory.stat"}) {
    fs::remove(folder + "/" + name);
  }
  tree.file("unified" + kPath + "/cpu.stat", "");
  tree.file("unified" + kPath + "/memory.current", "garbage\n");
  tree.read();
  CHECK_FALSE(tree.stats.memory_peak_bytes);
  CHECK_FALSE(tree.stats.cpu_pressure.some_s);
  CHECK(tree.stats.io.empty());
  CHECK_FALSE(tree.stats.anon_bytes);
  CHECK_FALSE(tree.stats.cpu_usage_s);
  CHECK_FALSE(tree.stats.memory_current_bytes);
  CHECK(tree.stats.memory_max_bytes == 4096u);
}

TEST_CASE("cgroup folder: the machine's root -> memory.stat is never read") {
  Tree tree;
  write_unified(tree);
  fs::remove(tree.folder.file("unified" + kPath + "/cgroup.events"));
  tree.read();
  CHECK(tree.open()->is_root());
  CHECK_FALSE(tree.stats.anon_bytes);
  CHECK(tree.stats.memory_current_bytes == 1000u);
}

TEST_CASE("cgroup folder: absent or removed -> none, gone") {
  Tree tree;
  write_unified(tree);
  CHECK_FALSE(CgroupFolder::open(tree.layout, "/system.slice/other.service"));
  CHECK_FALSE(CgroupFolder::open(CgroupLayout(), kPath));
  CHECK_FALSE(CgroupFolder::open(tree.layout, kPath + "/cgroup.procs"));
  const auto cgroup = tree.open();
  REQUIRE(cgroup);
  CHECK(cgroup->made_unix_s() > 1e9);
  fs::remove_all(tree.folder.file("unified" + kPath));
  CHECK_FALSE(cgroup->read(tree.scratch, tree.stats));
  CHECK_FALSE(cgroup->read_limits(tree.scratch, tree.stats));
  CHECK(cgroup->processes(tree.scratch).empty());
  CHECK_FALSE(tree.open());
}

TEST_CASE("cgroup folder: a symbolic link in its place -> not followed") {
  Tree tree;
  write_unified(tree);
  const TempDir elsewhere;
  elsewhere.write("secret", "4096\n");
  const std::string folder = tree.folder.file("unified" + kPath);
  fs::remove(folder + "/memory.max");
  fs::create_symlink(elsewhere.file("secret"), folder + "/memory.max");
  tree.read();
  CHECK_FALSE(tree.stats.memory_max_bytes);
  fs::create_directory_symlink(folder, tree.folder.file("unified") + "/link");
  CHECK_FALSE(CgroupFolder::open(tree.layout, "/link"));
}

TEST_CASE("cgroup folder: a FIFO in place of a file -> absent, at once") {
  Tree tree;
  write_unified(tree);
  const std::string fifo = tree.folder.file("unified" + kPath) + "/memory.max";
  fs::remove(fifo);
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  tree.read();
  CHECK_FALSE(tree.stats.memory_max_bytes);
}

TEST_CASE("cgroup folder: v1 -> the same fields, seconds from nanoseconds, swap alone") {
  Tree tree;
  tree.legacy("cpu", "cpu,cpuacct");
  tree.legacy("cpuacct", "cpu,cpuacct");
  tree.legacy("memory", "memory");
  tree.legacy("pids", "pids");
  tree.legacy("cpuset", "cpuset");
  const std::string cpu = "cpu,cpuacct" + kPath + "/";
  tree.file(cpu + "cgroup.procs", "1\n");
  tree.file(cpu + "cpu.stat", "nr_periods 4\nnr_throttled 3\nthrottled_time 2000000000\n");
  tree.file(cpu + "cpu.cfs_quota_us", "-1\n");
  tree.file(cpu + "cpu.cfs_period_us", "100000\n");
  tree.file(cpu + "cpu.shares", "512\n");
  tree.file(cpu + "cpuacct.usage", "1500000000\n");
  const std::string memory = "memory" + kPath + "/";
  tree.file(memory + "cgroup.procs", "1\n2\n");
  tree.file(memory + "memory.usage_in_bytes", "500\n");
  tree.file(memory + "memory.max_usage_in_bytes", "600\n");
  tree.file(memory + "memory.limit_in_bytes", "1000\n");
  tree.file(memory + "memory.memsw.limit_in_bytes", "1500\n");
  tree.file(memory + "memory.soft_limit_in_bytes", "9223372036854771712\n");
  tree.file(memory + "memory.failcnt", "7\n");
  tree.file(memory + "memory.kmem.usage_in_bytes", "9\n");
  tree.file(memory + "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  tree.file(memory + "memory.stat",
            "total_rss 10\ntotal_cache 20\n"
            "total_workingset_refault_file 3\n");
  tree.file("pids" + kPath + "/pids.current", "5\n");
  tree.file("pids" + kPath + "/pids.max", "100\n");
  tree.file("pids" + kPath + "/pids.events", "max 6\n");
  tree.file("cpuset" + kPath + "/cpuset.effective_cpus", "0,2\n");
  tree.read();
  const CgroupStats& stats = tree.stats;
  CHECK(stats.cpu_throttled_s == 2.0);
  CHECK_FALSE(stats.cpu_quota_us);
  CHECK(stats.cpu_period_us == 100'000u);
  CHECK(stats.cpu_shares == 512u);
  CHECK(stats.cpu_usage_s == 1.5);
  CHECK(stats.swap_max_bytes == 500u);
  CHECK_FALSE(stats.memory_low_bytes);
  CHECK(stats.memory_events_max == 7u);
  CHECK(stats.memory_events_oom_kill == 2u);
  CHECK(stats.kernel_bytes == 9u);
  CHECK(stats.refaults_file == 3u);
  CHECK(stats.threads_max == 100u);
  CHECK(stats.threads_max_hits == 6u);
  CHECK(stats.cpuset_cpus == 2u);
  CHECK(stats.processes == 2u);
  CHECK_FALSE(stats.populated);
  tree.file(memory + "memory.memsw.failcnt", "5\n");
  tree.read();
  CHECK(stats.memory_events_max == 7u);  // swap ran out, not memory
  tree.file(memory + "memory.memsw.limit_in_bytes", "1000\n");
  tree.read();
  CHECK(stats.memory_events_max == 12u);
  tree.file(memory + "release_agent", "");
  tree.read();
  CHECK_FALSE(tree.stats.anon_bytes);
}

TEST_CASE("cgroup folder: hybrid -> v1's controllers, v2's pressure and events") {
  Tree tree;
  write_unified(tree);
  tree.legacy("memory", "memory");
  tree.file("memory" + kPath + "/cgroup.procs", "1\n2\n");
  tree.file("memory" + kPath + "/memory.limit_in_bytes", "777\n");
  tree.read();
  CHECK(tree.stats.memory_max_bytes == 777u);
  CHECK_FALSE(tree.stats.anon_bytes);  // v2's memory.stat is not of this controller
  CHECK(tree.stats.processes == 2u);
  CHECK(tree.stats.populated == true);
  CHECK(tree.stats.cpu_pressure.some_s == 1.0);
  CHECK(tree.stats.cpu_usage_s == 3.0);  // no cpuacct on v1: v2's
  struct stat home;
  REQUIRE(::stat(tree.folder.file("memory" + kPath).c_str(), &home) == 0);
  CHECK(tree.open()->inode() == home.st_ino);
}

TEST_CASE(
    "cgroup folder: remains of one that is gone -> its inode stays taken, by one descriptor") {
  Tree tree;
  const std::vector<std::string> hierarchies = {"cpu", "cpuset", "memory", "pids"};
  for (const std::string& name : hierarchies) {
    tree.legacy(name, name);
    tree.file(name + kPath + "/cgroup.procs", "11\n");
  }
  const long before = open_descriptors();
  auto cgroup = tree.open();
  REQUIRE(cgroup);
  CHECK(open_descriptors() == before + 4);
  const std::uint64_t inode = cgroup->inode();
  for (const std::string& name : hierarchies) fs::remove_all(tree.folder.file(name + kPath));
  const CgroupFolder gone = cgroup->remains();
  cgroup.reset();
  CHECK(open_descriptors() == before + 1);
  CHECK(gone.inode() == inode);
  CHECK_FALSE(gone.read(tree.scratch, tree.stats));
  for (const std::string& name : hierarchies) tree.file(name + kPath + "/cgroup.procs", "11\n");
  CHECK(tree.open()->inode() != inode);
}

TEST_CASE("processes: of the children where it has none; 0 and garbage are left out") {
  Tree tree;
  write_unified(tree);
  const std::string folder = "unified" + kPath + "/";
  tree.file(folder + "cgroup.procs", "");
  tree.file(folder + "init/cgroup.procs", "9\n0\n");
  tree.file(folder + "app/cgroup.procs", "");
  tree.file(folder + "app/web/cgroup.procs", "3\nx\n-4\n5");
  tree.read();
  CHECK(tree.stats.processes == 6u);
  CHECK(tree.open()->processes(tree.scratch) == std::vector<int>{3, 5, 9});
  tree.file(folder + "cgroup.events", "populated 0\n");
  tree.read();
  CHECK(tree.stats.processes == 0u);  // nobody is looked for
}

TEST_CASE("processes: a list longer than the buffer -> all are counted") {
  Tree tree;
  write_unified(tree);
  std::string pids;
  for (int pid = 100'000; pid < 130'000; ++pid) pids += std::to_string(pid) + "\n";
  REQUIRE(pids.size() > kCgroupScratchSize);
  tree.file("unified" + kPath + "/cgroup.procs", pids);
  tree.read();
  CHECK(tree.stats.processes == 30'000u);
  const auto listed = tree.open()->processes(tree.scratch);
  CHECK(listed.size() > 9'000);  // as many as fit, none of them cut
  CHECK(listed.back() == 100'000 + static_cast<int>(listed.size()) - 1);
}

}  // namespace
}  // namespace litewatch
