#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "publish/series_table.h"

namespace prometheus {
class Registry;
}

namespace litewatch {

/// litewatch's own counters and histograms, held by prometheus-cpp under the catalogue's names.
/// Thread-safe.
class SelfMetrics {
 public:
  SelfMetrics();
  ~SelfMetrics();
  SelfMetrics(const SelfMetrics&) = delete;
  SelfMetrics& operator=(const SelfMetrics&) = delete;

  void count_http_request(std::string_view handler, int code, double duration_s);
  void count_connection_accepted();
  void count_connection_rejected(std::string_view reason);
  void set_connections(double open);
  void observe_collection(double duration_s);
  void observe_sqlite_scrape(double duration_s);
  /// Shows 0 for each of the reasons until something is counted.
  void expect_collector_errors(std::string_view collector, std::string_view mountpoint,
                               std::initializer_list<std::string_view> reasons);
  void count_collector_error(std::string_view collector, std::string_view mountpoint,
                             std::string_view reason);

  /// Puts everything counted so far into a table.
  void publish(SeriesTable& table) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
