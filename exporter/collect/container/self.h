#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "collect/container/discovery.h"
#include "collect/container/empty_view.h"
#include "collect/container/fleet.h"
#include "collect/container/names.h"
#include "collect/container/settings.h"
#include "publish/series_table.h"
#include "read/machine.h"

namespace litewatch {

/// What the container collector says of itself and, for cAdvisor's dashboards, of the machine; on
/// the page, and in the log once for each change. Not thread-safe.
class ContainerSelf {
 public:
  /// How long what is known of the machine holds.
  static constexpr double kMachineHolds_s = 60;

  void publish(SeriesTable& sink, const ContainerSettings& settings,
               const ContainerDiscovery& discovery, const ContainerFleet& fleet,
               const ContainerNames& names, double now_s);

 private:
  void log_view(const ContainerDiscovery& discovery);
  void log_changes(const ContainerDiscovery& discovery, double now_s);
  void publish_machine(SeriesTable& sink, const std::string& procfs, double now_s);

  std::optional<std::pair<CgroupLayout::Kind, ContainerView>> logged_view_;
  std::string logged_problem_;
  bool logged_left_out_ = false;
  EmptyView empty_view_;
  double read_machine_again_s_ = 0;
  Machine machine_;
};

}  // namespace litewatch
