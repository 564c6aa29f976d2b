#pragma once

#include <set>
#include <string>

#include "collect/container/container.h"
#include "collect/container/metrics.h"
#include "collect/container/status.h"

namespace litewatch {

/// Unix time of all scenes.
inline constexpr double kNow_s = 1'800'000'000;

/// A Docker container about which everything is known.
ContainerReading full_reading();
/// The same container after its end.
ContainerReading gone_reading();

/// What is published under own names, under cAdvisor's; sorted lines without comments.
std::set<std::string> own_lines(const ContainerReading& reading);
std::set<std::string> cadvisor_lines(const ContainerReading& reading);

/// The row of the status page.
StatusRow row_of(const ContainerReading& reading, const ContainerRates& rates = {});

/// The names of the families in `lines`.
std::set<std::string> families_of(const std::set<std::string>& lines);
/// The only line that begins with `prefix`, without it; "none", or "several".
std::string rest_of(const std::set<std::string>& lines, const std::string& prefix);

/// Any page as sorted lines without comments.
std::set<std::string> lines_of(SeriesTable& table);

}  // namespace litewatch
