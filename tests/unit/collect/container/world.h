#pragma once

#include <memory>
#include <set>
#include <string>

#include "collect/container/collector.h"
#include "support/temp_dir.h"

namespace litewatch {

/// A machine in a folder: a v2 hierarchy, a procfs and a rootfs as the container collector reads
/// them, and the collector with its table. Processes are folders that say in which cgroup they are.
class World {
 public:
  World();

  /// A cgroup with the files of a small container, below the root of the hierarchy.
  void add_cgroup(const std::string& path, int pid = 0);
  void remove_cgroup(const std::string& path);
  /// A process in a cgroup, in its own network namespace, or that which is told.
  void add_process(int pid, const std::string& cgroup, int network_namespace = 0);
  void remove_process(int pid);
  /// Writes a file of a cgroup.
  void write(const std::string& path, const std::string& file, const std::string& text);
  void write_below_root(const std::string& file, const std::string& text);
  /// Kubernetes' names of a container, as the kubelet links its log.
  void add_log(const std::string& id, const std::string& pod, const std::string& name_space,
               const std::string& container);

  /// Takes effect with the next scrape.
  ContainerSettings settings;

  /// One collection; sorted lines without comments. With `settings` first, where they changed.
  std::set<std::string> scrape();
  void apply() { control_.set(settings); }
  /// The same until `line` is there, for 5 s at most.
  std::set<std::string> scrape_until(const std::string& line);
  /// Collects without looking at the page.
  void collect();
  double idle() { return collector_.idle(); }
  /// The rows of the last collection's status page.
  const std::vector<StatusRow>& rows() const { return fragment_->status; }

  static std::string docker_id(char digit) { return std::string(64, digit); }
  static std::string docker_path(char digit) {
    return "/system.slice/docker-" + docker_id(digit) + ".scope";
  }

 private:
  TempDir dir_;
  ContainerControl control_;
  SeriesBudget budget_{100'000};
  SeriesTable table_{budget_};
  std::shared_ptr<const Fragment> fragment_;
  ContainerCollector collector_{control_};
};

}  // namespace litewatch
