#include "deliver/dashboard_links.h"

namespace litewatch {

DashboardLinks dashboard_links(const DeliveryOptions& options) {
  DashboardLinks links;
  if (options.runbooks_url.empty()) return links;
  links.runbooks = options.runbooks_url;
  if (!links.runbooks.ends_with('/')) links.runbooks += '/';
  return links;
}

}  // namespace litewatch
