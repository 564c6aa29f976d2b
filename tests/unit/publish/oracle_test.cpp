#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "catalogue/catalogue.h"
#include "catch.h"
#include "parsed_page.h"
#include "publish/page.h"
#include "publish/series_table.h"

namespace litewatch {
namespace {

/// Makes spellings comparable that both sides may choose: of values, and of `le`.
std::vector<ParsedSample> normalised(std::string_view page) {
  std::vector<ParsedSample> samples = parse_page(page);
  for (ParsedSample& sample : samples) {
    sample.value = std::to_string(std::stod(sample.value));
    const auto le = sample.labels.find("le");
    if (le != sample.labels.end()) le->second = std::to_string(std::stod(le->second));
  }
  std::sort(samples.begin(), samples.end());
  return samples;
}

std::vector<std::string> metadata(std::string_view page) {
  std::vector<std::string> lines = lines_of(page);
  std::erase_if(lines, [](const std::string& line) { return !line.starts_with("# "); });
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// The same samples in prometheus-cpp's registry and in our table.
class Both {
 public:
  Both() { table_.begin(); }

  void set(Metric metric, const std::string& app, const std::string& db, double value) {
    const MetricDesc& row = describe(metric);
    prometheus::BuildGauge()
        .Name(std::string(row.name))
        .Help(std::string(row.help))
        .Register(registry_)
        .Add({{"app", app}, {"db", db}})
        .Set(value);
    table_.set(metric, {app, db}, value);
  }

  void set_histogram(Metric metric, const std::vector<double>& bounds,
                     const std::vector<double>& observed) {
    const MetricDesc& row = describe(metric);
    auto& histogram = prometheus::BuildHistogram()
                          .Name(std::string(row.name))
                          .Help(std::string(row.help))
                          .Register(registry_)
                          .Add({}, bounds);
    std::vector<std::uint64_t> counts(bounds.size() + 1);
    double sum = 0;
    for (const double value : observed) {
      histogram.Observe(value);
      sum += value;
      for (std::size_t i = 0; i < bounds.size(); ++i) counts[i] += value <= bounds[i] ? 1 : 0;
      ++counts.back();
    }
    table_.set_histogram(metric, {}, {bounds, counts, sum});
  }

  std::string theirs() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }
  std::string ours(Format format) {
    PageFactory factory;
    return std::string(factory.make(std::vector{table_.commit()})->body(format));
  }

 private:
  prometheus::Registry registry_;
  SeriesBudget budget_{1000};
  SeriesTable table_{budget_};
};

TEST_CASE("oracle: gauges and a histogram -> the samples and metadata that prometheus-cpp writes") {
  Both both;
  for (const std::string app : {"shop", "blo\"g", "back\\slash", "new\nline", "caf\xC3\xA9"}) {
    for (int i = 0; i < 10; ++i) {
      both.set(Metric::kSqliteWalSizeBytes, app, "db" + std::to_string(i), i * 1234.5);
      both.set(Metric::kSqliteDatabasePages, app, "db" + std::to_string(i), i * 1e9);
    }
  }
  both.set_histogram(Metric::kSqliteScrapeDurationSeconds, {0.001, 0.5, 1, 10},
                     {0.0005, 0.25, 0.5, 1, 7, 7, 99});
  const std::string theirs = both.theirs();
  const std::string ours = both.ours(Format::kText);
  CHECK(parse_page(ours).size() == 107);
  CHECK(normalised(ours) == normalised(theirs));
  CHECK(metadata(ours) == metadata(theirs));
}

}  // namespace
}  // namespace litewatch
