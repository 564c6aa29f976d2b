#include "world.h"

#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "base/clock.h"
#include "publish/page.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

std::set<std::string> lines_of(std::shared_ptr<const Fragment> fragment) {
  PageFactory factory;
  const auto page = factory.make(std::vector{std::move(fragment)});
  std::istringstream text{std::string(page->body(Format::kText))};
  std::set<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with('#')) lines.insert(line);
  }
  return lines;
}

}  // namespace

World::World() {
  fs::create_directories(dir_.file("cgroup/system.slice"));
  dir_.write("cgroup/cgroup.procs", "1\n");
  dir_.write("proc/self/mountinfo", "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 20 0:26 / " +
                                        dir_.file("cgroup") + " rw - cgroup2 cgroup2 rw\n");
  dir_.write("proc/self/cgroup", "0::/\n");
  dir_.write("proc/stat", "cpu 1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2 3 4\n");
  dir_.write("proc/meminfo", "MemTotal:       1000 kB\n");
  add_process(1, "/init.scope", 1);
  settings.options.sockets.clear();
  settings.options.view = ContainerView::kHost;
  settings.paths = {dir_.file("root"), dir_.file("proc"), dir_.file("cgroup")};
  fs::create_directories(dir_.file("root/var/log/containers"));
  apply();
}

void World::add_cgroup(const std::string& path, int pid) {
  write(path, "cgroup.procs", pid > 0 ? std::to_string(pid) + "\n" : "0\n");
  for (auto above = path.rfind('/'); above > 0; above = path.rfind('/', above - 1)) {
    write(path.substr(0, above), "cgroup.procs", "");
  }
  write(path, "cgroup.events", "populated 1\nfrozen 0\n");
  write(path, "cpu.stat", "usage_usec 2000000\nuser_usec 1500000\nsystem_usec 500000\n");
  write(path, "cpu.max", "max 100000\n");
  write(path, "memory.current", "4096\n");
  write(path, "memory.stat", "anon 1024\nfile 2048\ninactive_file 96\n");
  write(path, "memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n");
  write(path, "memory.max", "8192\n");
  write(path, "pids.current", "1\n");
  write(path, "io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n");
  write(path, "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=100\n");
}

void World::remove_cgroup(const std::string& path) {
  // The folder goes at once, as the kernel does it; open descriptors find nothing in it.
  fs::remove_all(dir_.file("cgroup" + path));
}

void World::add_process(int pid, const std::string& cgroup, int network_namespace) {
  const std::string folder = "proc/" + std::to_string(pid) + "/";
  dir_.write(folder + "cgroup", "0::" + cgroup + "\n");
  dir_.write(folder + "comm", "app\n");
  dir_.write(folder + "net/dev", "Inter-|   Receive\n face |bytes\n  eth0: " + std::to_string(pid) +
                                     " 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n");
  dir_.write(folder + "limits",
             "Limit                     Soft Limit           Hard Limit           Units     \n"
             "Max open files            1024                 4096                 files     \n");
  dir_.write(folder + "fd/0", "");
  dir_.write(folder + "mountinfo", "40 1 0:50 / / rw - overlay overlay rw,upperdir=/upper\n");
  if (network_namespace == 0) return;
  const std::string shared = dir_.file("network-" + std::to_string(network_namespace));
  std::error_code exists;
  fs::remove(dir_.file(folder + "net/dev"));
  if (!fs::exists(shared)) {
    dir_.write("network-" + std::to_string(network_namespace),
               "  eth0: 9 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n");
  }
  fs::create_hard_link(shared, dir_.file(folder + "net/dev"), exists);
}

void World::remove_process(int pid) { fs::remove_all(dir_.file("proc/" + std::to_string(pid))); }

void World::write(const std::string& path, const std::string& file, const std::string& text) {
  dir_.write("cgroup" + path + "/" + file, text);
}

void World::write_below_root(const std::string& file, const std::string& text) {
  dir_.write("root/" + file, text);
}

void World::add_log(const std::string& id, const std::string& pod, const std::string& name_space,
                    const std::string& container) {
  std::string name = pod;
  name += "_" + name_space + "_" + container + "-" + id + ".log";
  dir_.write("root/var/log/containers/" + name, "");
}

void World::collect() {
  table_.begin();
  collector_.collect(table_);
  fragment_ = table_.commit();
}

std::set<std::string> World::scrape() {
  collect();
  return lines_of(fragment_);
}

std::set<std::string> World::scrape_until(const std::string& line) {
  const double end_s = monotonic_s() + 5;
  for (;;) {
    auto lines = scrape();
    if (lines.contains(line) || monotonic_s() > end_s) return lines;
    ::usleep(10'000);
  }
}

}  // namespace litewatch
