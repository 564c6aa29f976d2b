#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "catalogue/metric.h"

namespace litewatch {

/// What queries may name: litewatch's own series as the catalogue lists them, the few that
/// Prometheus makes itself, and what recording rules add.
class Vocabulary {
 public:
  enum class Kind : unsigned char { kCounter, kGauge, kInfo, kRecorded };

  struct Series {
    Kind kind = Kind::kGauge;
    std::set<std::string> labels;  ///< those of the target included
    bool open = false;             ///< it may have labels that nobody lists, as ALERTS has
  };

  /// Labels that a scrape configuration adds to every series of a target. `cluster`, `namespace`
  /// and `pod` are there in some installations only.
  static const std::set<std::string>& target_labels();

  Vocabulary();

  /// By a series' name, e.g. "probe_all_duration_seconds_bucket"; nullptr: nothing is called so.
  const Series* find(std::string_view name) const;

  /// A recording rule's result.
  void record(const std::string& name, Series series);

  /// The known name that is most like this one; empty where none is.
  std::string nearest(std::string_view name) const;

 private:
  void add(const MetricDesc& row);
  void add_prometheus();

  std::map<std::string, Series, std::less<>> series_;
};

}  // namespace litewatch
