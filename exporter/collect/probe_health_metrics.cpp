#include "collect/probe_health_metrics.h"

#include <array>

namespace litewatch {
namespace {

using enum Metric;

constexpr std::array kStatuses = {HealthStatus::kPass, HealthStatus::kWarn, HealthStatus::kFail,
                                  HealthStatus::kUnknown};

Metric observed_in(HealthUnit unit) {
  switch (unit) {
    case HealthUnit::kSeconds:
      return kProbeHealthComponentObservedSeconds;
    case HealthUnit::kBytes:
      return kProbeHealthComponentObservedBytes;
    case HealthUnit::kRatio:
      return kProbeHealthComponentObservedRatio;
    case HealthUnit::kCount:
      break;
  }
  return kProbeHealthComponentObservedValue;
}

void set_component(ProbeSink& sink, const HealthComponent& component, double now_unix_s) {
  for (const HealthStatus status : kStatuses) {
    sink.set(kProbeHealthComponentStatus, {component.name, component.node, to_string(status)},
             component.status == status);
  }
  for (const HealthObservation& seen : component.observations) {
    sink.set(observed_in(seen.unit), {component.name, component.node, seen.measurement},
             seen.value);
  }
  if (component.checked_unix_s) {
    sink.set(kProbeHealthComponentCheckAgeSeconds, {component.name, component.node},
             now_unix_s - *component.checked_unix_s);
  }
}

}  // namespace

void set_probe_health(ProbeSink& sink, const HealthDocument& document, bool mismatch,
                      double now_unix_s) {
  sink.set(kProbeHealthDocumentValid, document.valid);
  if (!document.valid) return;
  for (const HealthStatus status : kStatuses) {
    sink.set(kProbeHealthStatus, {to_string(status)}, document.status == status);
  }
  for (const HealthComponent& component : document.components) {
    set_component(sink, component, now_unix_s);
  }
  sink.set(kProbeHealthComponents, static_cast<double>(document.components.size()));
  sink.set(kProbeHealthMismatch, mismatch);
  sink.set(kProbeHealthCheckDurationSeconds, document.duration_s);
  sink.set_info(kProbeHealthInfo,
                {document.version, document.release_id, to_string(document.format)});
}

}  // namespace litewatch
