// A collection of 300 live containers beside a bare openat, read and close of exactly the files
// that it opens, in turn (A B A B ...). Makes its cgroups itself, as root, and removes them. The
// figures to trust are the ratios of medians. Nothing here fails on time.

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "collect/container/collector.h"
#include "publish/series_table.h"
#include "read/cgroup_folder.h"
#include "read/cgroup_layout.h"
#include "support/count_allocations.h"
#include "support/live_cgroup.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

constexpr int kContainers = 300;
constexpr int kRounds = 21;

/// A file as it was opened.
struct OpenedFile {
  int folder;
  std::string name;
};
/// Of the one thread that measures.
thread_local std::vector<OpenedFile>* recorder = nullptr;

volatile std::sig_atomic_t stopped = 0;

double cpu_s() {
  timespec ts;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return static_cast<double>(ts.tv_sec) + static_cast<double>(ts.tv_nsec) * 1e-9;
}

double measure_ms(const std::function<void()>& work) {
  const double start_s = cpu_s();
  work();
  return (cpu_s() - start_s) * 1e3;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

double resident_kib() {
  long pages = 0;
  long resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  const bool read = std::fscanf(file, "%ld %ld", &pages, &resident) == 2;
  std::fclose(file);
  return read ? static_cast<double>(resident) * static_cast<double>(::getpagesize()) / 1024 : 0;
}

std::vector<std::string> hierarchies(const CgroupLayout& layout) {
  std::vector<std::string> points;
  if (!layout.unified.empty()) points.push_back(layout.unified);
  for (const auto& [controller, point] : layout.legacy) {
    if (std::find(points.begin(), points.end(), point) == points.end()) points.push_back(point);
  }
  return points;
}

/// The containers, a third of them with a process that sleeps.
struct Machine {
  CgroupLayout layout;
  std::unique_ptr<LiveCgroup> parent;
  std::vector<std::unique_ptr<LiveCgroup>> containers;
  std::vector<std::unique_ptr<TestChild>> processes;

  bool make() {
    const auto mounts = read_mountinfo("/proc/self/mountinfo");
    if (!mounts) return false;
    layout = find_cgroup_layout(*mounts, "/sys/fs/cgroup");
    const auto points = hierarchies(layout);
    parent = std::make_unique<LiveCgroup>(points);
    for (int i = 0; parent->made() && i < kContainers && stopped == 0; ++i) {
      char id[65];
      std::snprintf(id, sizeof id, "%012x%052x", 0xbe0000 + i, i);
      containers.push_back(std::make_unique<LiveCgroup>(points, parent->path(),
                                                        "docker-" + std::string(id) + ".scope"));
      if (!containers.back()->made()) return false;
      if (i % 3 != 0) continue;
      processes.push_back(std::make_unique<TestChild>(sleep_forever));
      containers.back()->enter(processes.back()->pid());
    }
    return parent->made() && stopped == 0;
  }
};

class Bench {
 public:
  explicit Bench(const Machine& machine, bool cadvisor_names) : machine_(machine) {
    ContainerSettings settings;
    settings.cadvisor_names = cadvisor_names;
    settings.limit = 2 * kContainers;
    settings.options.view = ContainerView::kHost;
    settings.options.include = {machine.parent->path() + "/*"};
    settings.options.sockets.clear();
    settings.paths.rootfs = empty_.path();
    control_.set(std::move(settings));
  }

  void collect() {
    table_.begin();
    collector_.collect(table_);
    (void)table_.commit();
  }

  /// The files that one collection opens, once all containers are in it.
  std::vector<OpenedFile> files() {
    std::vector<OpenedFile> opened;
    for (int tries = 0; tries < 100 && stopped == 0; ++tries) {
      const std::size_t before = opened.size();
      opened.clear();
      recorder = &opened;
      collect();
      recorder = nullptr;
      if (tries > 5 && opened.size() == before && before > 5 * kContainers) return opened;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return {};
  }

 private:
  const Machine& machine_;
  const TempDir empty_;
  ContainerControl control_;
  ContainerCollector collector_{control_};
  SeriesBudget budget_{200'000};
  SeriesTable table_{budget_};
};

void read_bare(const std::vector<OpenedFile>& files, std::vector<char>& buffer) {
  for (const OpenedFile& file : files) {
    const int fd = ::openat(file.folder, file.name.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    if (::read(fd, buffer.data(), buffer.size()) < 0 && errno == EIO) std::abort();
    ::close(fd);
  }
}

void print_collection(const Machine& machine, bool cadvisor_names) {
  const double before_kib = resident_kib();
  Bench bench(machine, cadvisor_names);
  const auto files = bench.files();
  if (files.empty()) {
    std::printf("  the containers did not show up\n");
    return;
  }
  for (int i = 0; i < 5; ++i) bench.collect();
  const std::size_t allocated = allocations;
  bench.collect();
  const std::size_t per_collection = allocations - allocated;
  std::vector<char> buffer(kCgroupScratchSize);
  std::vector<double> collections, bare, ratios;
  for (int round = 0; round < kRounds && stopped == 0; ++round) {
    collections.push_back(measure_ms([&] { bench.collect(); }));
    bare.push_back(measure_ms([&] { read_bare(files, buffer); }));
    ratios.push_back(collections.back() / bare.back());
  }
  if (ratios.empty()) return;
  std::printf(
      "  %-22s %6.2f ms, bare reads of its %zu files %6.2f ms, ratio %.2f, "
      "%zu allocations, %.0f KiB more resident\n",
      cadvisor_names ? "with cAdvisor's names" : "own names", median(collections), files.size(),
      median(bare), median(ratios), per_collection, resident_kib() - before_kib);
}

/// The readers without what is published.
void print_readers(const Machine& machine) {
  std::vector<CgroupFolder> folders;
  for (const auto& container : machine.containers) {
    auto folder = CgroupFolder::open(machine.layout, container->path());
    if (folder) folders.push_back(std::move(*folder));
  }
  std::vector<char> scratch(kCgroupScratchSize);
  CgroupStats stats;
  const auto read = [&] {
    for (const CgroupFolder& folder : folders) folder.read(scratch, stats);
  };
  std::vector<OpenedFile> files;
  recorder = &files;
  read();
  recorder = nullptr;
  std::vector<double> readers, bare, ratios;
  for (int round = 0; round < kRounds && stopped == 0; ++round) {
    readers.push_back(measure_ms(read));
    bare.push_back(measure_ms([&] { read_bare(files, scratch); }));
    ratios.push_back(readers.back() / bare.back());
  }
  if (ratios.empty()) return;
  std::printf("  %-22s %6.2f ms, bare reads of its %zu files %6.2f ms, ratio %.2f\n",
              "the readers alone", median(readers), files.size(), median(bare), median(ratios));
}

int run() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, [](int) { stopped = 1; });
  spdlog::set_level(spdlog::level::off);
  Machine machine;
  if (!machine.make()) {
    if (stopped == 0) std::printf("container_bench: making cgroups needs root and their mounts\n");
    return stopped;
  }
  std::printf("CPU of one collection of %d live containers, medians of %d:\n", kContainers,
              kRounds);
  print_readers(machine);
  print_collection(machine, false);
  print_collection(machine, true);
  return stopped;
}

}  // namespace
}  // namespace litewatch

/// Every file that litewatch opens below a folder goes through here, so that what is measured
/// against it is neither more nor less.
extern "C" int openat(int folder, const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(rest, int) : 0);
  va_end(rest);
  const int fd = static_cast<int>(::syscall(SYS_openat, folder, name, flags, mode));
  const bool file = (flags & (O_PATH | O_DIRECTORY)) == 0;
  if (fd >= 0 && file && litewatch::recorder != nullptr) {
    auto* const into = std::exchange(litewatch::recorder, nullptr);
    into->push_back({folder, name});
    litewatch::recorder = into;
  }
  return fd;
}

int main() { return litewatch::run(); }
