#include "publish/self_metrics.h"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.h"
#include "parsed_page.h"
#include "publish/page.h"

namespace litewatch {
namespace {

class Published {
 public:
  explicit Published(const SelfMetrics& self) {
    SeriesBudget budget(10000);
    SeriesTable table(budget);
    PageFactory factory;
    table.begin();
    self.publish(table);
    samples_ = parse_page(factory.make(std::vector{table.commit()})->body(Format::kText));
  }

  /// The value of a series; "absent" where there is none.
  std::string value(const std::string& name, std::map<std::string, std::string> labels = {}) const {
    for (const ParsedSample& sample : samples_) {
      if (sample.name == name && sample.labels == labels) return sample.value;
    }
    return "absent";
  }
  std::size_t count(const std::string& name) const {
    return static_cast<std::size_t>(
        std::count_if(samples_.begin(), samples_.end(),
                      [&](const ParsedSample& sample) { return sample.name == name; }));
  }

 private:
  std::vector<ParsedSample> samples_;
};

TEST_CASE("self metrics: nothing counted yet -> counters at 0") {
  const SelfMetrics self;
  const Published page(self);
  CHECK(page.value("litewatch_http_requests_total", {{"handler", "metrics"}, {"code", "200"}}) ==
        "0");
  CHECK(page.count("litewatch_http_requests_total") == 9);
  CHECK(page.value("litewatch_http_request_duration_seconds_count", {{"handler", "other"}}) == "0");
  CHECK(page.value("litewatch_http_connections_rejected_total", {{"reason", "body_refused"}}) ==
        "0");
  CHECK(page.count("litewatch_http_connections_rejected_total") == 11);
  CHECK(page.value("litewatch_http_connections_accepted_total") == "0");
  CHECK(page.value("litewatch_http_connections") == "0");
  CHECK(page.value("litewatch_collection_duration_seconds_count") == "0");
  CHECK(page.value("sqlite_scrape_duration_seconds_bucket", {{"le", "+Inf"}}) == "0");
  CHECK(page.count("litewatch_collector_errors_total") == 0);
}

TEST_CASE("self metrics: things counted -> on the page") {
  SelfMetrics self;
  self.count_http_request("metrics", 200, 0.003);
  self.count_http_request("metrics", 200, 0.3);
  self.count_http_request("metrics", 503, 20);
  self.count_connection_accepted();
  self.count_connection_rejected("idle_timeout");
  self.count_connection_rejected("idle_timeout");
  self.set_connections(4);
  self.observe_collection(0.05);
  self.observe_sqlite_scrape(0.5);
  self.count_collector_error("sqlite", "/data", "denied");
  self.count_collector_error("sqlite", "/data", "denied");
  self.count_collector_error("self", "", "internal");
  self.expect_collector_errors("self", "", {"internal", "timeout"});
  const Published page(self);
  CHECK(page.value("litewatch_http_requests_total", {{"handler", "metrics"}, {"code", "200"}}) ==
        "2");
  CHECK(page.value("litewatch_http_requests_total", {{"handler", "metrics"}, {"code", "503"}}) ==
        "1");
  const std::string duration = "litewatch_http_request_duration_seconds";
  CHECK(page.value(duration + "_bucket", {{"handler", "metrics"}, {"le", "0.0025"}}) == "0");
  CHECK(page.value(duration + "_bucket", {{"handler", "metrics"}, {"le", "0.005"}}) == "1");
  CHECK(page.value(duration + "_bucket", {{"handler", "metrics"}, {"le", "1.0"}}) == "2");
  CHECK(page.value(duration + "_bucket", {{"handler", "metrics"}, {"le", "10.0"}}) == "2");
  CHECK(page.value(duration + "_bucket", {{"handler", "metrics"}, {"le", "+Inf"}}) == "3");
  CHECK(page.value(duration + "_count", {{"handler", "metrics"}}) == "3");
  CHECK(page.value("litewatch_http_connections_accepted_total") == "1");
  CHECK(page.value("litewatch_http_connections_rejected_total", {{"reason", "idle_timeout"}}) ==
        "2");
  CHECK(page.value("litewatch_http_connections") == "4");
  CHECK(page.value("litewatch_collection_duration_seconds_sum") == "0.05");
  CHECK(page.value("sqlite_scrape_duration_seconds_sum") == "0.5");
  CHECK(page.value("litewatch_collector_errors_total",
                   {{"collector", "sqlite"}, {"mountpoint", "/data"}, {"reason", "denied"}}) ==
        "2");
  CHECK(page.value("litewatch_collector_errors_total",
                   {{"collector", "self"}, {"reason", "internal"}}) == "1");
  CHECK(page.value("litewatch_collector_errors_total",
                   {{"collector", "self"}, {"reason", "timeout"}}) == "0");
}

}  // namespace
}  // namespace litewatch
