#include "dashboards/check_dashboards.h"

#include "dashboards/dashboard_check.h"

namespace litewatch {

void check_dashboards(const DashboardSet& set, const Vocabulary& vocabulary,
                      const DashboardSurroundings& around, Findings& findings) {
  const DashboardCheck check{set, vocabulary, around, findings};
  check_queries(check);
  check_links(check);
  check_structure(check);
  check_variables(check);
  check_units(check);
  check_scope(check);
  check_usage(check);
}

}  // namespace litewatch
