#include <limits>
#include <string>
#include <string_view>

#include "collect/probe_metrics.h"
#include "probe/advice.h"
#include "publish/status.h"

namespace litewatch {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
constexpr double kDay_s = 86'400;
constexpr double kCertificateSoon_s = 21 * kDay_s;
constexpr double kCertificateVerySoon_s = 3 * kDay_s;
/// A target is late when it missed this many intervals, and a moment for a slow last probe.
constexpr double kLateIntervals = 3;
constexpr double kLateMoment_s = 10;

void say(StatusRow& row, Health health, std::string_view state, std::string_view next = "") {
  row.health = health;
  row.state = state;
  row.next = next;
}

/// Names up to three components of that status: "database, cache and 2 more". Returns how many
/// there are.
std::size_t append_components(std::string& out, const HealthDocument& document,
                              HealthStatus status) {
  constexpr std::size_t kNamed = 3;
  std::size_t count = 0;
  for (const auto& component : document.components) count += component.status == status;
  const std::size_t named = count > kNamed ? kNamed - 1 : count;
  std::size_t seen = 0;
  for (const auto& component : document.components) {
    if (component.status != status || seen == named) continue;
    if (seen != 0) out += seen + 1 == count ? " and " : ", ";
    out += component.name;
    ++seen;
  }
  if (count > named) out.append(" and ").append(std::to_string(count - named)).append(" more");
  return count;
}

/// What the components of that status say about themselves.
void append_outputs(std::string& out, const HealthDocument& document, HealthStatus status) {
  for (const auto& component : document.components) {
    if (component.status != status || component.output.empty()) continue;
    if (!out.empty()) out += "; ";
    out.append(component.name).append(": ").append(component.output);
  }
}

/// "database fails", "database and cache fail"; `fallback` where no component does.
void name_components(StatusRow& row, const HealthDocument& document, HealthStatus status,
                     std::string_view one, std::string_view many, std::string_view fallback) {
  row.state.clear();
  const std::size_t count = append_components(row.state, document, status);
  if (count == 0) {
    row.state = fallback;
  } else {
    row.state += count == 1 ? one : many;
  }
  append_outputs(row.why, document, status);
}

void say_failure(StatusRow& row, const TargetView& view) {
  const ProbeResult& result = *view.result;
  const ProbeAdvice& words = advice(result.reason);
  const bool confirmed = !view.confirmed_success.value_or(true);
  say(row, confirmed ? Health::kCritical : Health::kWarning, words.state, words.next);
  if (result.reason == ProbeReason::kHealthFail && result.health) {
    const bool warns = result.health->status == HealthStatus::kWarn;
    name_components(row, *result.health, warns ? HealthStatus::kWarn : HealthStatus::kFail,
                    warns ? " warns" : " fails", warns ? " warn" : " fail", words.state);
  } else if (result.reason == ProbeReason::kHttpStatus && result.http) {
    row.state.assign("answers ").append(std::to_string(result.http->status_code));
  }
  if (row.why.empty()) row.why = result.detail;
}

bool say_certificate(StatusRow& row, const ProbeResult& result, double now_unix_s) {
  if (!result.tls || !result.tls->earliest_expiry_unix_s) return false;
  const double left_s = *result.tls->earliest_expiry_unix_s - now_unix_s;
  if (left_s >= kCertificateSoon_s) return false;
  constexpr std::string_view kNext = "Renew the certificate, and reload the server that shows it.";
  if (left_s < 0) {
    say(row, Health::kWarning, "certificate expired", kNext);
  } else {
    say(row, left_s < kCertificateVerySoon_s ? Health::kWarning : Health::kNotice,
        "certificate expires soon", kNext);
  }
  return true;
}

void say_success(StatusRow& row, const TargetView& view, double now_unix_s) {
  const ProbeResult& result = *view.result;
  const bool document = result.health && result.health->valid;
  if (document && result.health_mismatch) {
    say(row, Health::kWarning, "document and HTTP status disagree",
        "Have the app answer 503 when it reports failure, and 200 when it does not.");
  } else if (document && result.health->status != HealthStatus::kPass &&
             result.health->status != HealthStatus::kUnknown) {
    say(row, Health::kWarning, "", "Look at the part that is not well.");
    const bool warns = result.health->status == HealthStatus::kWarn;
    name_components(row, *result.health, result.health->status, warns ? " warns" : " fails",
                    warns ? " warn" : " fail", warns ? "degraded" : "reports failure");
  } else if (say_certificate(row, result, now_unix_s)) {
  } else if (view.target->objectives.latency_s &&
             result.duration_s > *view.target->objectives.latency_s) {
    say(row, Health::kNotice, "slower than its objective", "See which phase takes the time.");
  } else {
    say(row, Health::kOk, "healthy");
  }
}

bool is_late(const TargetView& view, double now_unix_s) {
  const double interval_s = view.target->interval_s;
  return interval_s > 0 && view.last_run_unix_s &&
         now_unix_s - *view.last_run_unix_s > kLateIntervals * interval_s + kLateMoment_s;
}

void say_state(StatusRow& row, const TargetView& view, double now_unix_s) {
  row.why.clear();
  if (!view.result) {
    if (view.target->interval_s > 0) {
      say(row, Health::kUnknown, "not probed yet");
    } else {
      say(row, Health::kNotice, "probed on demand only");
    }
  } else if (is_late(view, now_unix_s)) {
    say(row, Health::kUnknown, "not probed lately",
        "Raise probes.max_in_flight or the intervals, or shorten the timeouts.");
    row.why = "Its probes wait for room.";
  } else if (!view.result->success) {
    say_failure(row, view);
  } else {
    say_success(row, view, now_unix_s);
  }
}

double uptime_percent(const TargetView& view) {
  if (view.mark_count == 0) return kNoValue;
  std::size_t up = 0;
  for (std::size_t i = 0; i < view.mark_count; ++i)
    up += view.marks[i].reason == ProbeReason::kNone;
  return 100.0 * static_cast<double>(up) / static_cast<double>(view.mark_count);
}

void set_cells(StatusRow& row, const TargetView& view) {
  using enum CellKind;
  const ProbeResult* result = view.result.get();
  const HttpResult* http = result && result->http ? &*result->http : nullptr;
  const auto phase = [&](double HttpPhases::*of) { return http ? http->phases.*of : kNoValue; };
  const bool tls = result && result->tls;
  row.cells = {{
      {"uptime %", kNumber, uptime_percent(view)},
      {"took", kDurationSeconds, result ? result->duration_s : kNoValue},
      {"resolve", kDurationSeconds, phase(&HttpPhases::resolve_s)},
      {"connect", kDurationSeconds, phase(&HttpPhases::connect_s)},
      {"TLS", kDurationSeconds, tls ? phase(&HttpPhases::tls_s) : kNoValue},
      {"processing", kDurationSeconds, phase(&HttpPhases::processing_s)},
      {"transfer", kDurationSeconds, phase(&HttpPhases::transfer_s)},
      {"certificate ends", kTimestampSeconds,
       tls ? result->tls->earliest_expiry_unix_s.value_or(kNoValue) : kNoValue},
      {"last probe", kPastTimestampSeconds, view.last_run_unix_s.value_or(kNoValue)},
  }};
  row.cell_count = 9;
}

Health health_of(const ProbeMark& mark) {
  if (mark.reason != ProbeReason::kNone) return Health::kCritical;
  const bool pass = mark.health == HealthStatus::kPass || mark.health == HealthStatus::kUnknown;
  return pass ? Health::kOk : Health::kWarning;
}

void set_marks(StatusRow& row, const TargetView& view) {
  static_assert(StatusRow::kMaxMarks >= TargetView::kMarks);
  for (std::size_t i = 0; i < view.mark_count; ++i) {
    row.marks[i] = {health_of(view.marks[i]), view.marks[i].duration_s};
  }
  row.mark_count = view.mark_count;
}

}  // namespace

void add_probe_status(SeriesTable& sink, const TargetView& view, double now_unix_s) {
  StatusRow& row = sink.add_status();
  row.kind = "target";
  row.app = view.target->app;
  row.name = view.target->name;
  row.detail = view.shown_url;
  say_state(row, view, now_unix_s);
  set_cells(row, view);
  set_marks(row, view);
}

}  // namespace litewatch
