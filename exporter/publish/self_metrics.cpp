#include "publish/self_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <string>
#include <vector>

#include "catalogue/catalogue.h"

namespace litewatch {
namespace {

using prometheus::ClientMetric;

constexpr std::array<std::string_view, 9> kHandlers = {
    "metrics", "status", "healthy", "ready", "reload", "config", "probe", "sd", "other"};
constexpr std::array<std::string_view, 11> kRejections = {
    "header_deadline", "header_too_large", "too_many_fields", "body_refused",
    "bad_request",     "per_peer_limit",   "total_limit",     "idle_timeout",
    "write_deadline",  "tls_handshake",    "client_closed"};

prometheus::Histogram::BucketBoundaries duration_bounds_s() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

template <class Builder>
auto& register_family(Builder builder, Metric metric, prometheus::Registry& registry) {
  const MetricDesc& row = describe(metric);
  return builder.Name(std::string(row.name)).Help(std::string(row.help)).Register(registry);
}

auto& counters(Metric metric, prometheus::Registry& registry) {
  return register_family(prometheus::BuildCounter(), metric, registry);
}
auto& gauges(Metric metric, prometheus::Registry& registry) {
  return register_family(prometheus::BuildGauge(), metric, registry);
}
auto& histograms(Metric metric, prometheus::Registry& registry) {
  return register_family(prometheus::BuildHistogram(), metric, registry);
}

std::string_view label_value(const ClientMetric& metric, Label label) {
  for (const ClientMetric::Label& candidate : metric.label) {
    if (candidate.name == to_string(label)) return candidate.value;
  }
  return "";
}

void publish_histogram(SeriesTable& table, Metric metric, SeriesTable::LabelSpan labels,
                       const ClientMetric::Histogram& from) {
  std::vector<double> bounds;
  std::vector<std::uint64_t> counts;
  for (const ClientMetric::Bucket& bucket : from.bucket) {
    counts.push_back(bucket.cumulative_count);
    bounds.push_back(bucket.upper_bound);
  }
  bounds.pop_back();  // prometheus-cpp's last bucket is +Inf
  table.set_histogram(metric, labels, {bounds, counts, from.sample_sum});
}

void publish_series(SeriesTable& table, const MetricDesc& row, const ClientMetric& from) {
  std::vector<std::string_view> labels;
  for (const Label label : row.labels) labels.push_back(label_value(from, label));
  switch (row.type) {
    case MetricType::kCounter:
      return table.set(row.metric, labels, from.counter.value);
    case MetricType::kHistogram:
      return publish_histogram(table, row.metric, labels, from.histogram);
    case MetricType::kGauge:
    case MetricType::kInfo:
      return table.set(row.metric, labels, from.gauge.value);
  }
}

}  // namespace

/// Families without labels keep their one metric at hand; the others are looked up by labels.
struct SelfMetrics::State {
  State() {
    for (const std::string_view handler : kHandlers) {
      requests.Add({{"handler", std::string(handler)}, {"code", "200"}});
      request_duration.Add({{"handler", std::string(handler)}}, duration_bounds_s());
    }
    for (const std::string_view reason : kRejections) {
      rejected.Add({{"reason", std::string(reason)}});
    }
  }

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      counters(Metric::kLitewatchHttpRequestsTotal, registry);
  prometheus::Family<prometheus::Histogram>& request_duration =
      histograms(Metric::kLitewatchHttpRequestDurationSeconds, registry);
  prometheus::Gauge& connections = gauges(Metric::kLitewatchHttpConnections, registry).Add({});
  prometheus::Counter& accepted =
      counters(Metric::kLitewatchHttpConnectionsAcceptedTotal, registry).Add({});
  prometheus::Family<prometheus::Counter>& rejected =
      counters(Metric::kLitewatchHttpConnectionsRejectedTotal, registry);
  prometheus::Histogram& collection_duration =
      histograms(Metric::kLitewatchCollectionDurationSeconds, registry)
          .Add({}, duration_bounds_s());
  prometheus::Histogram& sqlite_scrape_duration =
      histograms(Metric::kSqliteScrapeDurationSeconds, registry).Add({}, duration_bounds_s());
  prometheus::Family<prometheus::Counter>& collector_errors =
      counters(Metric::kLitewatchCollectorErrorsTotal, registry);

  prometheus::Counter& collector_errors_of(std::string_view collector, std::string_view mountpoint,
                                           std::string_view reason) {
    return collector_errors.Add({{"collector", std::string(collector)},
                                 {"mountpoint", std::string(mountpoint)},
                                 {"reason", std::string(reason)}});
  }
};

SelfMetrics::SelfMetrics() : state_(std::make_unique<State>()) {}
SelfMetrics::~SelfMetrics() = default;

void SelfMetrics::count_http_request(std::string_view handler, int code, double duration_s) {
  const std::string name(handler);
  state_->requests.Add({{"handler", name}, {"code", std::to_string(code)}}).Increment();
  state_->request_duration.Add({{"handler", name}}, duration_bounds_s()).Observe(duration_s);
}

void SelfMetrics::count_connection_accepted() { state_->accepted.Increment(); }

void SelfMetrics::count_connection_rejected(std::string_view reason) {
  state_->rejected.Add({{"reason", std::string(reason)}}).Increment();
}

void SelfMetrics::set_connections(double open) { state_->connections.Set(open); }

void SelfMetrics::observe_collection(double duration_s) {
  state_->collection_duration.Observe(duration_s);
}

void SelfMetrics::observe_sqlite_scrape(double duration_s) {
  state_->sqlite_scrape_duration.Observe(duration_s);
}

void SelfMetrics::expect_collector_errors(std::string_view collector, std::string_view mountpoint,
                                          std::initializer_list<std::string_view> reasons) {
  for (const std::string_view reason : reasons) {
    state_->collector_errors_of(collector, mountpoint, reason);
  }
}

void SelfMetrics::count_collector_error(std::string_view collector, std::string_view mountpoint,
                                        std::string_view reason) {
  state_->collector_errors_of(collector, mountpoint, reason).Increment();
}

void SelfMetrics::publish(SeriesTable& table) const {
  for (const prometheus::MetricFamily& family : state_->registry.Collect()) {
    const auto metric = find_metric(family.name);
    if (!metric) continue;
    for (const ClientMetric& series : family.metric)
      publish_series(table, describe(*metric), series);
  }
}

}  // namespace litewatch
