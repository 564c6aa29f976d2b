#pragma once

#include <cstdint>
#include <optional>

#include "base/container_options.h"
#include "collect/container/container.h"
#include "publish/series_table.h"

namespace litewatch {

/// What the last interval between two collections says of a container; absent in the first one.
struct ContainerRates {
  std::optional<double> cpu_cores;        ///< CPU seconds per second
  std::optional<double> throttled_ratio;  ///< throttled periods over periods
  std::optional<double> cpu_pressure_ratio, memory_pressure_ratio,
      io_pressure_ratio;              ///< of the time
  std::uint64_t pids_limit_hits = 0;  ///< forks that failed because of pids.max
};

/// Adds the status page's row of a container.
void add_container_status(SeriesTable& sink, const ContainerReading& reading,
                          const ContainerRates& rates, const ContainerObjectives& objectives,
                          double now_unix_s);

}  // namespace litewatch
