#pragma once

#include <string_view>

#include "probe/prober.h"
#include "probe/result.h"
#include "publish/series_table.h"

namespace litewatch {

/// The labels of a target's series; all empty on /probe, where the scraper gives them.
struct ProbeLabels {
  std::string_view app;
  std::string_view target;
  std::string_view module;
};

/// Sets what one probe saw: blackbox_exporter's families, and those it lacks. `now_unix_s` is what
/// ages are counted from.
void set_probe_result(SeriesTable& sink, const ProbeLabels& labels, const ProbeResult& result,
                      double now_unix_s);

/// Sets what is known of a target beside its last result: history, schedule, objectives.
void set_probe_history(SeriesTable& sink, const ProbeLabels& labels, const TargetView& view);

/// Adds the status page's row of a target.
void add_probe_status(SeriesTable& sink, const TargetView& view, double now_unix_s);

}  // namespace litewatch
