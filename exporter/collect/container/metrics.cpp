#include "collect/container/metrics.h"

#include <algorithm>
#include <cmath>

#include "collect/container/container_sink.h"
#include "collect/container/derived.h"

namespace litewatch {
namespace {

using enum Metric;

void set_info(SeriesTable& table, const ContainerReading& reading) {
  const ContainerLabels& labels = reading.labels;
  const CgroupIdentity& identity = reading.live->identity;
  table.set(kContainerInfo,
            {labels.app, labels.container, labels.namespace_name, labels.pod,
             reading.cgroup_version, labels.rendered, identity.id, labels.image, labels.name,
             labels.id, identity.qos, to_string(identity.runtime)},
            1);
}

void set_life(const ContainerReading& reading, ContainerSink& sink) {
  sink.set(kContainerStartedTimestampSeconds, reading.started_unix_s);
  sink.set(kContainerFrozen, reading.stats.frozen);
  if (reading.health.empty()) return;
  for (const std::string_view state : {"starting", "healthy", "unhealthy"}) {
    sink.set(kContainerHealth, {state}, reading.health == state);
  }
}

void set_cpu(const CgroupStats& stats, const EffectiveLimits& effective, ContainerSink& sink) {
  sink.set(kContainerCpuSecondsTotal, {"user"}, stats.cpu_user_s);
  sink.set(kContainerCpuSecondsTotal, {"system"}, stats.cpu_system_s);
  sink.set(kContainerCpuLimitCores, {"own"}, quota_cores(stats));
  sink.set(kContainerCpuLimitCores, {"effective"}, effective.cpu_cores);
  sink.set(kContainerCpuWeight, stats.cpu_weight);
  if (!stats.cpu_quota_us) return;
  sink.set(kContainerCpuPeriodsTotal, stats.cpu_periods);
  sink.set(kContainerCpuThrottledPeriodsTotal, stats.cpu_throttled_periods);
  sink.set(kContainerCpuThrottledSecondsTotal, stats.cpu_throttled_s);
  sink.set(kContainerCpuBurstSecondsTotal, stats.cpu_burst_s);
}

void set_memory_kinds(const CgroupStats& stats, ContainerSink& sink) {
  sink.set(kContainerMemoryBytes, {"current"}, stats.memory_current_bytes);
  sink.set(kContainerMemoryBytes, {"working_set"}, working_set_bytes(stats));
  sink.set(kContainerMemoryBytes, {"anon"}, stats.anon_bytes);
  sink.set(kContainerMemoryBytes, {"file"}, stats.file_bytes);
  sink.set(kContainerMemoryBytes, {"active_file"}, stats.active_file_bytes);
  sink.set(kContainerMemoryBytes, {"inactive_file"}, stats.inactive_file_bytes);
  sink.set(kContainerMemoryBytes, {"shmem"}, stats.shmem_bytes);
  sink.set(kContainerMemoryBytes, {"file_mapped"}, stats.file_mapped_bytes);
  sink.set(kContainerMemoryBytes, {"file_dirty"}, stats.file_dirty_bytes);
  sink.set(kContainerMemoryBytes, {"file_writeback"}, stats.file_writeback_bytes);
  sink.set(kContainerMemoryBytes, {"kernel"}, stats.kernel_bytes);
  sink.set(kContainerMemoryBytes, {"swap"}, stats.swap_current_bytes);
  sink.set(kContainerMemoryPeakBytes, stats.memory_peak_bytes);
}

void set_memory_limits(const CgroupStats& stats, const EffectiveLimits& effective,
                       ContainerSink& sink) {
  sink.set(kContainerMemoryLimitBytes, {"max", "own"}, stats.memory_max_bytes);
  sink.set(kContainerMemoryLimitBytes, {"high", "own"}, stats.memory_high_bytes);
  sink.set(kContainerMemoryLimitBytes, {"low", "own"}, stats.memory_low_bytes);
  sink.set(kContainerMemoryLimitBytes, {"min", "own"}, stats.memory_min_bytes);
  sink.set(kContainerMemoryLimitBytes, {"swap", "own"}, stats.swap_max_bytes);
  sink.set(kContainerMemoryLimitBytes, {"max", "effective"}, effective.memory_max_bytes);
  sink.set(kContainerMemoryLimitBytes, {"high", "effective"}, effective.memory_high_bytes);
  sink.set(kContainerMemoryLimitBytes, {"swap", "effective"}, effective.swap_max_bytes);
}

void set_memory_counts(const CgroupStats& stats, ContainerSink& sink) {
  sink.set(kContainerMemoryEventsTotal, {"low"}, stats.memory_events_low);
  sink.set(kContainerMemoryEventsTotal, {"high"}, stats.memory_events_high);
  sink.set(kContainerMemoryEventsTotal, {"max"}, stats.memory_events_max);
  sink.set(kContainerMemoryEventsTotal, {"oom"}, stats.memory_events_oom);
  sink.set(kContainerMemoryEventsTotal, {"oom_kill"}, stats.memory_events_oom_kill);
  sink.set(kContainerMemoryEventsTotal, {"oom_group_kill"}, stats.memory_events_oom_group_kill);
  sink.set(kContainerMemoryPageFaultsTotal, {"minor"}, minor_page_faults(stats));
  sink.set(kContainerMemoryPageFaultsTotal, {"major"}, stats.major_page_faults);
  sink.set(kContainerMemoryRefaultsTotal, {"file"}, stats.refaults_file);
  sink.set(kContainerMemoryRefaultsTotal, {"anon"}, stats.refaults_anon);
  sink.set(kContainerMemoryReclaimPagesTotal, {"scan"}, stats.pages_scanned);
  sink.set(kContainerMemoryReclaimPagesTotal, {"steal"}, stats.pages_stolen);
}

void set_pressure(const CgroupStats& stats, ContainerSink& sink) {
  sink.set(kContainerPressureSecondsTotal, {"some", "cpu"}, stats.cpu_pressure.some_s);
  sink.set(kContainerPressureSecondsTotal, {"full", "cpu"}, stats.cpu_pressure.full_s);
  sink.set(kContainerPressureSecondsTotal, {"some", "memory"}, stats.memory_pressure.some_s);
  sink.set(kContainerPressureSecondsTotal, {"full", "memory"}, stats.memory_pressure.full_s);
  sink.set(kContainerPressureSecondsTotal, {"some", "io"}, stats.io_pressure.some_s);
  sink.set(kContainerPressureSecondsTotal, {"full", "io"}, stats.io_pressure.full_s);
}

void set_io(const CgroupStats& stats, const DeviceName& device, ContainerSink& sink) {
  for (const DeviceIo& io : stats.io) {
    const std::string_view name = device(io.major, io.minor);
    sink.set(kContainerIoBytesTotal, {name, "read"}, io.read_bytes);
    sink.set(kContainerIoBytesTotal, {name, "write"}, io.written_bytes);
    sink.set(kContainerIoBytesTotal, {name, "discard"}, io.discarded_bytes);
    sink.set(kContainerIoOperationsTotal, {name, "read"}, io.reads);
    sink.set(kContainerIoOperationsTotal, {name, "write"}, io.writes);
    sink.set(kContainerIoOperationsTotal, {name, "discard"}, io.discards);
  }
}

void set_network(SeriesTable& table, const ContainerReading& reading) {
  const ContainerLabels& labels = reading.labels;
  ContainerSink sink(table,
                     {labels.app, network_container(labels), labels.namespace_name, labels.pod});
  for (const NetworkInterface& of : reading.interfaces) {
    sink.count(kContainerNetworkBytesTotal, {"receive", of.name}, of.received_bytes);
    sink.count(kContainerNetworkBytesTotal, {"transmit", of.name}, of.sent_bytes);
    sink.count(kContainerNetworkPacketsTotal, {"receive", of.name}, of.received_packets);
    sink.count(kContainerNetworkPacketsTotal, {"transmit", of.name}, of.sent_packets);
    sink.count(kContainerNetworkDropsTotal, {"receive", of.name}, of.received_dropped);
    sink.count(kContainerNetworkDropsTotal, {"transmit", of.name}, of.sent_dropped);
    sink.count(kContainerNetworkErrorsTotal, {"receive", of.name}, of.received_errors);
    sink.count(kContainerNetworkErrorsTotal, {"transmit", of.name}, of.sent_errors);
  }
}

void set_processes(const ContainerReading& reading, ContainerSink& sink) {
  sink.set(kContainerPids, reading.stats.threads);
  sink.set(kContainerPidsLimit, reading.stats.threads_max);
  sink.set(kContainerPidsPeak, reading.stats.threads_peak);
  sink.set(kContainerPidsLimitHitsTotal, reading.stats.threads_max_hits);
  sink.set(kContainerOpenFds, reading.files.open_fds);
  sink.set(kContainerMaxFds, reading.files.max_fds);
  sink.set(kContainerDyingDescendants, reading.stats.dying_descendants);
}

/// Under the database's own app, so that they join with its other series.
void set_databases(SeriesTable& table, const ContainerReading& reading) {
  const ContainerLabels& labels = reading.labels;
  for (const ContainerDatabase& database : reading.databases) {
    table.set(kContainerSqliteOnWritableLayer,
              {database.app, labels.container, labels.namespace_name, labels.pod, database.db},
              database.on_writable_layer);
  }
}

void set_objectives(const ContainerObjectives& objectives, ContainerSink& sink) {
  sink.set(kContainerMemoryUsageObjectiveRatio, objectives.memory_ratio);
  sink.set(kContainerCpuThrottledObjectiveRatio, objectives.throttled_ratio);
  sink.set(kContainerPressureObjectiveRatio, objectives.pressure_ratio);
  sink.set(kContainerPidsObjectiveRatio, objectives.pids_ratio);
  sink.set(kContainerFdsObjectiveRatio, objectives.fds_ratio);
}

}  // namespace

void set_container_metrics(SeriesTable& table, const ContainerReading& reading,
                           const ContainerObjectives& objectives, const DeviceName& device) {
  const ContainerLabels& labels = reading.labels;
  if (reading.running && reading.owns_network) set_network(table, reading);
  if (reading.sandbox) return;
  ContainerSink sink(table, {labels.app, labels.container, labels.namespace_name, labels.pod});
  sink.set(kContainerRunning, reading.running);
  sink.count(kContainerRestartsTotal, reading.counts.restarts);
  sink.count(kContainerOomKillsTotal, reading.counts.oom_kills);
  if (!reading.running) return;
  set_info(table, reading);
  set_life(reading, sink);
  set_cpu(reading.stats, reading.effective, sink);
  set_memory_kinds(reading.stats, sink);
  set_memory_limits(reading.stats, reading.effective, sink);
  set_memory_counts(reading.stats, sink);
  set_pressure(reading.stats, sink);
  set_io(reading.stats, device, sink);
  set_processes(reading, sink);
  set_databases(table, reading);
  set_objectives(objectives, sink);
}

double cpu_shares_of_weight(double weight) {
  // The runtimes take, with l = log2(shares): log10(weight) = (l^2 + 125 l) / 612 - 7 / 34.
  const double exponent = std::log10(std::clamp(weight, 1.0, 10'000.0));
  const double l = (std::sqrt(125.0 * 125.0 + 4 * 612 * (exponent + 7.0 / 34.0)) - 125) / 2;
  return std::round(std::exp2(l));
}

}  // namespace litewatch
