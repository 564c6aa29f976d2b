#pragma once

#include <functional>
#include <string_view>

#include "base/container_options.h"
#include "collect/container/container.h"
#include "publish/series_table.h"

namespace litewatch {

/// Names block devices, e.g. "/dev/sda"; keeps what it has learned.
using DeviceName = std::function<std::string_view(unsigned major, unsigned minor)>;

/// Sets what litewatch says of one container under its own names.
void set_container_metrics(SeriesTable& sink, const ContainerReading& reading,
                           const ContainerObjectives& objectives, const DeviceName& device);

/// Sets the same under cAdvisor's names, with its labels and meanings; where cAdvisor is wrong on
/// v2 (failcnt, kernel memory, CPU shares, reservation) the right value.
void set_cadvisor_metrics(SeriesTable& sink, const ContainerReading& reading,
                          const DeviceName& device);

/// CPU shares as v1 counts them for a v2 weight: the inverse of the mapping that runc 1.3.2 and
/// crun 1.23 use, so that weight 100 is 1024 shares. Source: opencontainers/cgroups,
/// ConvertCPUSharesToCgroupV2Value.
double cpu_shares_of_weight(double weight);

}  // namespace litewatch
