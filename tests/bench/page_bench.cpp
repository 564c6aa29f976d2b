// Collecting and rendering a page: litewatch beside prometheus-cpp on the same series and values.
// Variants run in turn (A B C A B C ...), so that a noisy machine disturbs all alike; the figures
// to trust are ratios of medians. Nothing here fails on time.

#include <malloc.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalogue/catalogue.h"
#include "publish/page.h"
#include "publish/series_table.h"
#include "support/count_allocations.h"

namespace litewatch {
namespace {

/// One series of the workload.
struct Sample {
  Metric metric;
  std::string app;
  std::string db;
  double value;
};

bool is_per_database(const MetricDesc& row) {
  return row.type != MetricType::kHistogram && row.labels.size() == 2 &&
         row.labels[0] == Label::kApp && row.labels[1] == Label::kDb;
}

/// The catalogue's families with the labels app and db, for as many databases as it takes. Every
/// second value is a fraction, unless all are integers.
std::vector<Sample> make_workload(std::size_t count, bool fractions) {
  std::vector<Sample> samples;
  for (std::size_t database = 0; samples.size() < count; ++database) {
    const std::string app = "customer-app-" + std::to_string(database);
    for (const MetricDesc& row : kCatalogue) {
      if (!is_per_database(row) || samples.size() == count) continue;
      const double integer = static_cast<double>(samples.size() * 4096 % 10000019);
      const bool fraction = fractions && samples.size() % 2 == 0;
      samples.push_back({row.metric, app, "main", fraction ? integer / 7 : integer});
    }
  }
  return samples;
}

void change_values(std::vector<Sample>& samples) {
  for (Sample& sample : samples) sample.value += 1;
}

/// prometheus-cpp with kept handles, its fastest way of setting values.
class Theirs {
 public:
  explicit Theirs(const std::vector<Sample>& samples) {
    for (const Sample& sample : samples) {
      const MetricDesc& row = describe(sample.metric);
      gauges_.push_back(&prometheus::BuildGauge()
                             .Name(std::string(row.name))
                             .Help(std::string(row.help))
                             .Register(registry_)
                             .Add({{"app", sample.app}, {"db", sample.db}}));
    }
  }
  std::size_t scrape(const std::vector<Sample>& samples) {
    for (std::size_t i = 0; i < samples.size(); ++i) gauges_[i]->Set(samples[i].value);
    return serializer_.Serialize(registry_.Collect()).size();
  }

 private:
  prometheus::Registry registry_;
  prometheus::TextSerializer serializer_;
  std::vector<prometheus::Gauge*> gauges_;
};

/// litewatch, with the series in one table or dealt to several by app.
class Ours {
 public:
  Ours(std::size_t limit, std::size_t tables) : budget_(limit), board_(tables) {
    for (std::size_t i = 0; i < tables; ++i) {
      tables_.push_back(std::make_unique<SeriesTable>(budget_));
    }
  }
  void collect(const std::vector<Sample>& samples) {
    for (const auto& table : tables_) table->begin();
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const Sample& sample = samples[i];
      tables_[i / 50 % tables_.size()]->set(sample.metric, {sample.app, sample.db}, sample.value);
    }
    for (std::size_t i = 0; i < tables_.size(); ++i) board_[i] = tables_[i]->commit();
  }
  std::string_view render() {
    page_.reset();
    page_ = factory_.make(board_);
    return page_->body(Format::kText);
  }
  std::size_t compress() const { return page_->gzip(Format::kText).size(); }

 private:
  SeriesBudget budget_;
  std::vector<std::unique_ptr<SeriesTable>> tables_;
  std::vector<std::shared_ptr<const Fragment>> board_;
  PageFactory factory_;
  std::shared_ptr<const Page> page_;
};

/// A thing measured: what it does, how long each round took, and its allocations in the last.
struct Variant {
  const char* name;
  std::function<std::size_t()> run;
  std::vector<double> times_s = {};
  std::size_t allocations = 0;

  double median_s() {
    std::sort(times_s.begin(), times_s.end());
    return times_s[times_s.size() / 2];
  }
};

void measure(std::vector<Variant>& variants, int rounds, std::vector<Sample>& samples) {
  constexpr int kWarmUp = 5;
  for (int round = -kWarmUp; round < rounds; ++round) {
    change_values(samples);
    for (Variant& variant : variants) {
      variant.run();  // untimed: to meet its own caches, not its predecessor's
      const std::size_t before = allocations;
      const double start_s = monotonic_s();
      const std::size_t result = variant.run();
      const double end_s = monotonic_s();
      variant.allocations = allocations - before;
      if (result == 0) std::abort();
      if (round >= 0) variant.times_s.push_back(end_s - start_s);
    }
  }
}

void print(std::vector<Variant>& variants, std::size_t series) {
  const double base_s = variants.front().median_s();
  std::printf("  %-36s %10s %10s %14s %12s\n", "variant", "us", "ns/series", "allocs/series",
              "vs first");
  for (Variant& variant : variants) {
    const double median_s = variant.median_s();
    std::printf("  %-36s %10.1f %10.1f %14.2f %11.1fx\n", variant.name, median_s * 1e6,
                median_s * 1e9 / static_cast<double>(series),
                static_cast<double>(variant.allocations) / static_cast<double>(series),
                base_s / median_s);
  }
}

double used_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

/// Heap in use per series after a few scrapes of one format; gzip's work space is not in it.
template <class Make>
double bytes_per_series(std::size_t series, Make make) {
  const double before = used_bytes();
  const auto held = make();
  return (used_bytes() - before) / static_cast<double>(series);
}

void compare_memory(const std::vector<Sample>& samples) {
  const double theirs = bytes_per_series(samples.size(), [&] {
    auto held = std::make_unique<Theirs>(samples);
    for (int i = 0; i < 3; ++i) held->scrape(samples);
    return held;
  });
  const double ours = bytes_per_series(samples.size(), [&] {
    auto held = std::make_unique<Ours>(samples.size(), 1);
    for (int i = 0; i < 5; ++i) {
      held->collect(samples);
      held->render();
    }
    return held;
  });
  std::printf("  bytes/series: prometheus-cpp %.0f without a page, litewatch %.0f with one\n",
              theirs, ours);
}

void compare(std::size_t series, bool fractions, int rounds) {
  std::vector<Sample> samples = make_workload(series, fractions);
  Theirs theirs(samples);
  Ours ours(series, 1);
  Ours dealt(series, 8);
  ours.collect(samples);
  const std::string page(ours.render());
  std::vector<char> copy(page.size());
  std::size_t zipped = 0;
  std::vector<Variant> variants = {
      {"prometheus-cpp collect + render", [&] { return theirs.scrape(samples); }},
      {"litewatch collect + render",
       [&] {
         ours.collect(samples);
         return ours.render().size();
       }},
      {"litewatch collect", [&] { return ours.collect(samples), samples.size(); }},
      {"litewatch render", [&] { return ours.render().size(); }},
      {"litewatch render + gzip", [&] { return ours.render(), zipped = ours.compress(); }},
      {"litewatch, 8 tables, collect + render",
       [&] {
         dealt.collect(samples);
         return dealt.render().size();
       }},
      {"memcpy of the page",
       [&] {
         std::memcpy(copy.data(), page.data(), page.size());
         return copy.size();
       }},
  };
  measure(variants, rounds, samples);
  std::printf("%zu series, %s, page %zu bytes, gzip %zu bytes\n", series,
              fractions ? "half of the values fractions" : "integer values", page.size(), zipped);
  print(variants, series);
  const double render_s = variants[3].median_s();
  std::printf("  render is %.1fx memcpy\n", render_s / variants.back().median_s());
  compare_memory(samples);
}

}  // namespace
}  // namespace litewatch

int main() {
  litewatch::compare(1000, true, 400);
  litewatch::compare(1000, false, 400);
  litewatch::compare(10000, true, 60);
  litewatch::compare(10000, false, 60);
}
