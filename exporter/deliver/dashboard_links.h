#pragma once

#include "dashboards/compile.h"
#include "deliver/deliver.h"

namespace litewatch {

/// What dashboards' own links begin with in an installation.
DashboardLinks dashboard_links(const DeliveryOptions& options);

}  // namespace litewatch
