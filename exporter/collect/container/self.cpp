#include "collect/container/self.h"

#include <spdlog/spdlog.h>

#include <string_view>

#include "base/result.h"
#include "collect/container/derived.h"
#include "collect/container/labels.h"

namespace litewatch {
namespace {

using enum Metric;

std::string_view mode_of(ContainerView view) {
  switch (view) {
    case ContainerView::kHost:
      return "host";
    case ContainerView::kSidecar:
      return "sidecar";
    case ContainerView::kOwn:
    case ContainerView::kAuto:
      break;
  }
  return "own";
}

struct Counts {
  std::size_t watched = 0;
  std::size_t unnamed = 0;
};

Counts count(const WatchedContainers& containers) {
  Counts counts;
  for (const auto& container : containers) {
    const ContainerReading& reading = container->reading;
    if (!container->shown || !reading.running || reading.sandbox) continue;
    ++counts.watched;
    if (is_unnamed(*reading.live, reading.labels)) ++counts.unnamed;
  }
  return counts;
}

}  // namespace

void ContainerSelf::log_view(const ContainerDiscovery& discovery) {
  const std::string& problem = discovery.layout_problem();
  const bool told = problem == logged_problem_;
  logged_problem_ = problem;
  if (!problem.empty()) {
    if (!told) spdlog::warn("cannot tell where control groups are mounted: {}", problem);
    return;  // what is known of the view is from before
  }
  const std::pair view(discovery.layout().kind, discovery.view());
  if (view != logged_view_ && view.first == CgroupLayout::Kind::kNone) {
    spdlog::info("no control groups are mounted, so that no containers are watched");
  } else if (view != logged_view_) {
    spdlog::info("containers are watched by the {} view, control groups of version {}",
                 mode_of(view.second), cgroup_version(discovery.layout()));
  }
  logged_view_ = view;
}

void ContainerSelf::log_changes(const ContainerDiscovery& discovery, double now_s) {
  log_view(discovery);
  const bool left_out = discovery.left_out() > 0;
  if (left_out && !logged_left_out_) {
    spdlog::warn(
        "{} containers and services are over the limit and not watched; raise the limit "
        "on containers, or leave some out by containers.exclude",
        discovery.left_out());
  }
  logged_left_out_ = left_out;
  const bool empty =
      discovery.view() == ContainerView::kSidecar && discovery.containers().empty() && !left_out;
  if (empty_view_.is_news(empty, now_s)) {
    spdlog::warn(
        "the sidecar view shows no container: none of the pod's processes can be looked into; let "
        "litewatch run as the app's user, and share its PID namespace");
  }
}

void ContainerSelf::publish(SeriesTable& sink, const ContainerSettings& settings,
                            const ContainerDiscovery& discovery, const ContainerFleet& fleet,
                            const ContainerNames& names, double now_s) {
  log_changes(discovery, now_s);
  const Counts counts = count(fleet.containers());
  sink.set(kLitewatchContainers, {}, static_cast<double>(counts.watched));
  sink.set(kLitewatchContainersLeftOut, {}, static_cast<double>(discovery.left_out()));
  sink.set(kLitewatchContainersUnnamed, {}, static_cast<double>(counts.unnamed));
  sink.set(kLitewatchContainerCadvisorNames, {}, settings.cadvisor_names);
  if (discovery.layout().kind != CgroupLayout::Kind::kNone) {
    sink.set(kLitewatchContainerViewInfo,
             {cgroup_version(discovery.layout()), mode_of(discovery.view())}, 1);
  }
  for (const NameFailures& one : names.failures()) {
    sink.set(kLitewatchContainerNameErrorsTotal, {one.reason, one.source},
             static_cast<double>(one.count));
  }
  if (settings.cadvisor_names) publish_machine(sink, settings.paths.procfs, now_s);
}

void ContainerSelf::publish_machine(SeriesTable& sink, const std::string& procfs, double now_s) {
  if (now_s >= read_machine_again_s_) {
    machine_ = read_machine(procfs);
    read_machine_again_s_ = now_s + kMachineHolds_s;
  }
  if (machine_.cpus) sink.set(kMachineCpuCores, {}, static_cast<double>(*machine_.cpus));
  if (machine_.memory_bytes) {
    sink.set(kMachineMemoryBytes, {}, static_cast<double>(*machine_.memory_bytes));
  }
}

}  // namespace litewatch
