#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "check/query_check.h"
#include "config/problems.h"
#include "config/suggest.h"
#include "dashboards/dashboard_check.h"
#include "dashboards/grafana_units.h"
#include "dashboards/quantity.h"

namespace litewatch {
namespace {

constexpr const char* kRule = "dashboard/unit";
constexpr double kMinute_s = 60;
constexpr double kHour_s = 3600;
constexpr double kDay_s = 86400;

/// What a quantity is called, and the units that show it, the best first; no unit: any will do.
struct Shown {
  std::string_view what;
  std::vector<std::string_view> units;
};

bool is_close(double a, double b) { return a > b * 0.999 && a < b * 1.001; }

Shown moment(const Quantity& quantity) {
  if (!is_close(quantity.factor, 1000)) return {"Unix time in seconds", {"dateTimeFromNow"}};
  return {"Unix time in milliseconds",
          {"dateTimeFromNow", "dateTimeAsIso", "dateTimeAsIsoNoDateIfToday", "dateTimeAsLocal",
           "dateTimeAsLocalNoDateIfToday", "dateTimeAsSystem"}};
}

Shown share(const Quantity& quantity) {
  if (is_close(quantity.factor, 100)) return {"a percentage", {"percent"}};
  return {"a share", {"percentunit"}};
}

Shown duration(const Quantity& quantity) {
  if (is_close(quantity.factor, 1000)) return {"milliseconds", {"ms", "dtdurationms"}};
  if (is_close(quantity.factor * kMinute_s, 1)) return {"minutes", {"m"}};
  if (is_close(quantity.factor * kHour_s, 1)) return {"hours", {"h"}};
  if (is_close(quantity.factor * kDay_s, 1)) return {"days", {"d"}};
  return {"seconds", {"s", "dtdurations"}};
}

Shown shown(const Quantity& quantity) {
  if (quantity.is_time) return moment(quantity);
  if (quantity.is_share) return share(quantity);
  if (quantity.bytes == 0 && quantity.seconds == 1) return duration(quantity);
  if (quantity.bytes == 1 && quantity.seconds == 0) return {"bytes", {"bytes", "decbytes"}};
  if (quantity.bytes == 1 && quantity.seconds == -1) return {"bytes/s", {"binBps", "Bps"}};
  if (quantity.bytes == 0 && quantity.seconds == -1) {
    return {"a number per second",
            {"ops", "cps", "eps", "iops", "mps", "pps", "reqps", "rps", "wps"}};
  }
  if (quantity.bytes != 0 || quantity.seconds != 0) return {};
  return {"a number",
          {"none", "short", "percentunit", "percent", "locale", "sishort", "bool", "bool_on_off",
           "bool_yes_no", "string"}};
}

class Units {
 public:
  Units(const DashboardCheck& check, const Dashboard& dashboard, const Panel& panel)
      : check_(check), dashboard_(dashboard), panel_(panel) {}

  void look() {
    for (const PanelQuery& query : panel_.queries) look(query);
  }

 private:
  void look(const PanelQuery& query) {
    const std::string& unit = query.unit.empty() ? panel_.unit : query.unit;
    if (unit.empty()) return look_at_missing(query);
    if (!std::binary_search(kGrafanaUnits.begin(), kGrafanaUnits.end(), unit)) {
      const auto nearest = closest(unit, kGrafanaUnits);
      return find(query, in_quotes(unit) + " is no unit of Grafana that is known here",
                  nearest ? "did you mean " + std::string(*nearest) + "?"
                          : "see exporter/dashboards/grafana_units.h");
    }
    look_at_quantity(query, unit);
  }

  /// Names of values stand in for a unit.
  void look_at_missing(const PanelQuery& query) {
    if (!query.values.empty() || !panel_.values.empty()) return;
    find(query, "no unit is given", "give one; none is a unit, too");
  }

  void look_at_quantity(const PanelQuery& query, const std::string& unit) {
    const auto parsed = parse_query(query.expr);
    if (!parsed.expr) return;
    const bool buckets = panel_.type == PanelType::kHeatmap;
    const auto quantity = buckets ? quantity_of_buckets(*parsed.expr) : quantity_of(*parsed.expr);
    if (!quantity) return;
    const auto [what, units] = shown(*quantity);
    const bool raw_time = quantity->is_time && is_close(quantity->factor, 1);
    if (units.empty() ||
        (!raw_time && std::find(units.begin(), units.end(), unit) != units.end())) {
      return;
    }
    find(query, "the query gives " + std::string(what) + ", shown with unit " + unit,
         (raw_time ? "multiply by 1000 and use " : "use ") + std::string(units.front()));
  }

  void find(const PanelQuery& query, std::string what, std::string mend) {
    check_.find(kRule, {dashboard_.path, query.line}, subject_of(dashboard_, panel_),
                std::move(what), std::move(mend));
  }

  const DashboardCheck& check_;
  const Dashboard& dashboard_;
  const Panel& panel_;
};

}  // namespace

void check_units(const DashboardCheck& check) {
  for_each_panel(check.set, [&](const Dashboard& dashboard, const Panel& panel) {
    Units(check, dashboard, panel).look();
  });
}

}  // namespace litewatch
