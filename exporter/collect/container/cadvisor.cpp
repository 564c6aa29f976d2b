#include <string_view>

#include "collect/container/container_sink.h"
#include "collect/container/derived.h"
#include "collect/container/metrics.h"

// Meanings by cAdvisor: "none" is 0 in a spec, times of a quota are in microseconds, waiting is
// PSI's `some` and stalled its `full`.
namespace litewatch {
namespace {

using enum Metric;

/// kubernetes-mixin and most dashboards leave out what has no image.
std::string_view shown_image(const ContainerLabels& labels, const CgroupIdentity& identity) {
  const bool kubernetes = !labels.pod.empty() || !identity.pod_uid.empty();
  return labels.image.empty() && kubernetes ? "unknown" : std::string_view(labels.image);
}

/// To cAdvisor a service is only an id: rules count what has a container label as containers.
std::string_view container_of(const ContainerReading& reading) {
  const bool service = reading.live->identity.runtime == ContainerRuntime::kSystemd;
  return service ? std::string_view() : std::string_view(reading.labels.container);
}

ContainerSink make_sink(SeriesTable& table, const ContainerReading& reading,
                        std::string_view container) {
  const ContainerLabels& labels = reading.labels;
  return ContainerSink(table, {labels.app, container, labels.rendered, labels.id,
                               shown_image(labels, reading.live->identity), labels.name,
                               labels.namespace_name, labels.pod});
}

void set_cpu(const CgroupStats& stats, ContainerSink& sink) {
  sink.set(kContainerCpuUsageSecondsTotal, {"total"}, stats.cpu_usage_s);
  sink.set(kContainerCpuUserSecondsTotal, stats.cpu_user_s);
  sink.set(kContainerCpuSystemSecondsTotal, stats.cpu_system_s);
  sink.set(kContainerSpecCpuPeriod, stats.cpu_period_us);
  if (stats.cpu_shares) {
    sink.set(kContainerSpecCpuShares, stats.cpu_shares);
  } else if (stats.cpu_weight) {
    sink.set(kContainerSpecCpuShares, cpu_shares_of_weight(static_cast<double>(*stats.cpu_weight)));
  }
  if (!stats.cpu_quota_us) return;
  sink.set(kContainerSpecCpuQuota, stats.cpu_quota_us);
  sink.set(kContainerCpuCfsPeriodsTotal, stats.cpu_periods);
  sink.set(kContainerCpuCfsThrottledPeriodsTotal, stats.cpu_throttled_periods);
  sink.set(kContainerCpuCfsThrottledSecondsTotal, stats.cpu_throttled_s);
}

void set_memory(const CgroupStats& stats, ContainerSink& sink) {
  if (!stats.memory_current_bytes) return;
  sink.count(kContainerSpecMemoryLimitBytes, stats.memory_max_bytes.value_or(0));
  sink.count(kContainerSpecMemoryReservationLimitBytes, stats.memory_low_bytes.value_or(0));
  sink.count(kContainerSpecMemorySwapLimitBytes, stats.swap_max_bytes.value_or(0));
  sink.set(kContainerMemoryUsageBytes, stats.memory_current_bytes);
  sink.set(kContainerMemoryWorkingSetBytes, working_set_bytes(stats));
  sink.set(kContainerMemoryRss, stats.anon_bytes);
  sink.set(kContainerMemoryCache, stats.file_bytes);
  sink.set(kContainerMemoryMappedFile, stats.file_mapped_bytes);
  sink.set(kContainerMemorySwap, stats.swap_current_bytes);
  sink.set(kContainerMemoryKernelUsage, stats.kernel_bytes);
  sink.set(kContainerMemoryMaxUsageBytes, stats.memory_peak_bytes);
  sink.set(kContainerMemoryFailcnt, stats.memory_events_max);
}

void set_network(const std::vector<NetworkInterface>& interfaces, ContainerSink& sink) {
  for (const NetworkInterface& of : interfaces) {
    sink.count(kContainerNetworkReceiveBytesTotal, {of.name}, of.received_bytes);
    sink.count(kContainerNetworkReceivePacketsTotal, {of.name}, of.received_packets);
    sink.count(kContainerNetworkReceivePacketsDroppedTotal, {of.name}, of.received_dropped);
    sink.count(kContainerNetworkReceiveErrorsTotal, {of.name}, of.received_errors);
    sink.count(kContainerNetworkTransmitBytesTotal, {of.name}, of.sent_bytes);
    sink.count(kContainerNetworkTransmitPacketsTotal, {of.name}, of.sent_packets);
    sink.count(kContainerNetworkTransmitPacketsDroppedTotal, {of.name}, of.sent_dropped);
    sink.count(kContainerNetworkTransmitErrorsTotal, {of.name}, of.sent_errors);
  }
}

void set_io(const CgroupStats& stats, const DeviceName& device, ContainerSink& sink) {
  for (const DeviceIo& io : stats.io) {
    const std::string_view name = device(io.major, io.minor);
    sink.set(kContainerFsReadsBytesTotal, {name}, io.read_bytes);
    sink.set(kContainerFsWritesBytesTotal, {name}, io.written_bytes);
    sink.set(kContainerFsReadsTotal, {name}, io.reads);
    sink.set(kContainerFsWritesTotal, {name}, io.writes);
  }
}

void set_processes(const CgroupStats& stats, ContainerSink& sink) {
  sink.set(kContainerProcesses, stats.processes);
  if (!stats.threads) return;
  sink.set(kContainerThreads, stats.threads);
  sink.count(kContainerThreadsMax, stats.threads_max.value_or(0));
}

void set_pressure(const CgroupStats& stats, ContainerSink& sink) {
  sink.set(kContainerPressureCpuWaitingSecondsTotal, stats.cpu_pressure.some_s);
  sink.set(kContainerPressureCpuStalledSecondsTotal, stats.cpu_pressure.full_s);
  sink.set(kContainerPressureMemoryWaitingSecondsTotal, stats.memory_pressure.some_s);
  sink.set(kContainerPressureMemoryStalledSecondsTotal, stats.memory_pressure.full_s);
  sink.set(kContainerPressureIoWaitingSecondsTotal, stats.io_pressure.some_s);
  sink.set(kContainerPressureIoStalledSecondsTotal, stats.io_pressure.full_s);
}

}  // namespace

void set_cadvisor_metrics(SeriesTable& table, const ContainerReading& reading,
                          const DeviceName& device) {
  if (reading.running && reading.owns_network) {
    ContainerSink network = make_sink(table, reading, network_container(reading.labels));
    set_network(reading.interfaces, network);
  }
  if (reading.sandbox) return;
  ContainerSink sink = make_sink(table, reading, container_of(reading));
  sink.set(kContainerLastSeen, reading.last_seen_unix_s);
  sink.count(kContainerOomEventsTotal, reading.counts.oom_kills);
  if (!reading.running) return;
  sink.set(kContainerStartTimeSeconds, reading.started_unix_s);
  set_cpu(reading.stats, sink);
  set_memory(reading.stats, sink);
  set_io(reading.stats, device, sink);
  set_processes(reading.stats, sink);
  set_pressure(reading.stats, sink);
}

}  // namespace litewatch
