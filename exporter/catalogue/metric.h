#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace litewatch {

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram, kInfo };

/// What a value counts. Base units only; each but kNone is the last word of the metric's name
/// (before `_total`).
enum class Unit : std::uint8_t { kNone, kBytes, kSeconds, kTimestampSeconds, kRatio };

/// The closed list of labels. A label that is not here cannot be published.
enum class Label : std::uint8_t {
  kApp,
  kAutoVacuum,
  kBug,
  kCgroupVersion,
  kCipher,
  kCode,
  kCollector,
  kComponent,
  kContainer,
  kContainerLabels,  ///< the labels of the container that the configuration allows, already
                     ///< rendered
  kCpu,
  kDb,
  kDevice,
  kDirection,
  kEncoding,
  kEvent,
  kFingerprintSha256,
  kFormat,
  kFsType,
  kGroup,
  kHandler,
  kId,
  kImage,
  kInterface,
  kIssuer,
  kJournalMode,
  kKind,
  kLock,
  kManagedBy,
  kMeasurement,
  kMode,
  kModule,
  kMountpoint,
  kName,
  kNamespace,
  kNode,
  kOp,
  kPageSize,
  kPath,
  kPhase,
  kPod,
  kQos,
  kReason,
  kReleaseId,
  kResource,
  kRuntime,
  kScope,
  kSerialnumber,
  kSource,
  kStatus,
  kSubject,
  kSubjectalternative,
  kTarget,
  kType,
  kVersion,
  kWriterVersion,
  kCount_,
};

/// The one part of the program that publishes a family.
enum class Owner : std::uint8_t { kSqlite, kProbe, kContainers, kSelf };

/// Stable families keep their name, type and labels until the next major version.
enum class Stability : std::uint8_t { kStable, kExperimental };

/// The labels of a family, in the order in which a collector passes their values.
class LabelList {
 public:
  static constexpr std::size_t kMax = 12;

  constexpr LabelList(std::initializer_list<Label> labels) {  // NOLINT: conversion is the point
    for (const Label label : labels) labels_[size_++] = label;
  }
  constexpr std::size_t size() const { return size_; }
  constexpr const Label* begin() const { return labels_.data(); }
  constexpr const Label* end() const { return labels_.data() + size_; }
  constexpr Label operator[](std::size_t i) const { return labels_[i]; }

 private:
  std::array<Label, kMax> labels_{};
  std::size_t size_ = 0;
};

/// Every metric family that litewatch can publish, in the order of the table in catalogue.h.
enum class Metric : std::uint16_t {
  // Whether, what and where
  kSqliteUp,
  kSqliteLastReadTimestampSeconds,
  kSqliteReadErrorsTotal,
  kSqliteScrapeDurationSeconds,
  kSqliteDatabaseInfo,
  kSqliteDatabasesDiscovered,
  kSqliteDatabasesUnhealthy,
  kSqliteDatabasesLeftOut,
  // Size
  kSqliteDatabaseSizeBytes,
  kSqliteDatabaseAllocatedBytes,
  kSqliteDatabasePages,
  kSqlitePageSizeBytes,
  kSqliteFreelistPages,
  kSqliteJournalSizeBytes,
  kSqliteFilesystemAvailBytes,
  kSqliteFilesystemFilesFree,
  // Work
  kSqliteDatabaseModifiedTimestampSeconds,
  kSqliteWriteTransactionsTotal,
  kSqliteSchemaChangesTotal,
  kSqliteSchemaCookie,
  kSqliteUserVersion,
  kSqliteApplicationId,
  kSqliteWriterVersionNumber,
  // Write-ahead log
  kSqliteWalSizeBytes,
  kSqliteWalLiveBytes,
  kSqliteWalFrames,
  kSqliteWalBackfilledFrames,
  kSqliteWalCheckpointLagBytes,
  kSqliteWalFramesWrittenTotal,
  kSqliteWalFramesBackfilledTotal,
  kSqliteWalResetsTotal,
  kSqliteWalLastFullCheckpointTimestampSeconds,
  kSqliteWalCheckpointInterrupted,
  kSqliteWalReaderSlotsInUse,
  kSqliteWalPinnedFrames,
  kSqliteWalOldestReaderSeconds,
  kSqliteWalIndexReadRetriesTotal,
  // Locks
  kSqliteDatabaseOpen,
  kSqliteLockHeld,
  kSqliteLockSamplesTotal,
  kSqliteLockHeldSamplesTotal,
  kSqliteWriteLockHeldSeconds,
  kSqliteExclusiveMode,
  // Danger
  kSqlitePosixLocksLost,
  kSqliteSidecarMissing,
  kSqliteSidecarOwnerMismatch,
  kSqliteWalIndexInconsistent,
  kSqliteVersionVulnerable,
  kSqliteRecoveryPending,
  kSqliteHotJournal,
  kSqliteHeaderValid,
  kSqliteEncrypted,
  kSqliteFileTruncated,
  kSqliteFileMisaligned,
  kSqliteFileHardLinks,
  kSqliteFileReplacedTotal,
  kSqliteCorruptCopies,
  kSqliteNetworkFilesystem,
  kSqliteOverlayFilesystem,
  // Objectives
  kSqliteWalLimitBytes,
  kSqliteWalCheckpointLagLimitBytes,
  kSqliteWalOldestReaderLimitSeconds,
  kSqliteWriteLockHeldLimitSeconds,
  kSqliteWriteLockOccupancyLimitRatio,
  kSqliteFreelistLimitRatio,
  kSqliteFilesystemAvailLimitBytes,
  kSqliteWriteAgeLimitSeconds,
  // Probes, as blackbox_exporter names them
  kProbeSuccess,
  kProbeDurationSeconds,
  kProbeTimeoutSeconds,
  kProbeDnsLookupTimeSeconds,
  kProbeIpProtocol,
  kProbeIpAddrHash,
  kProbeHttpDurationSeconds,
  kProbeHttpStatusCode,
  kProbeHttpContentLength,
  kProbeHttpUncompressedBodyLength,
  kProbeHttpRedirects,
  kProbeHttpSsl,
  kProbeHttpVersion,
  kProbeHttpLastModifiedTimestampSeconds,
  kProbeFailedDueToRegex,
  kProbeFailedDueToCel,
  kProbeSslEarliestCertExpiry,
  kProbeSslLastChainExpiryTimestampSeconds,
  kProbeSslLastChainInfo,
  kProbeTlsVersionInfo,
  kProbeTlsCipherInfo,
  // Probes, what blackbox_exporter does not say
  kProbeSslVerifyOk,
  kProbeSslVerifyResult,
  kProbeHttpBodyTruncated,
  kProbeHttpNewConnections,
  kProbeQueueSeconds,
  kProbeFailureReason,
  // Probes, their history
  kProbeAttemptsTotal,
  kProbeFailuresTotal,
  kProbeAllDurationSeconds,
  kProbeSkippedTotal,
  kProbeConsecutiveFailures,
  kProbeConfirmedSuccess,
  kProbeIntervalSeconds,
  kProbeLastRunTimestampSeconds,
  kProbeNextRunTimestampSeconds,
  kProbeLatencyObjectiveSeconds,
  kProbeAvailabilityObjectiveRatio,
  kProbeCertificateObjectiveSeconds,
  // Health documents
  kProbeHealthStatus,
  kProbeHealthComponentStatus,
  kProbeHealthComponentObservedSeconds,
  kProbeHealthComponentObservedBytes,
  kProbeHealthComponentObservedRatio,
  kProbeHealthComponentObservedValue,
  kProbeHealthComponentCheckAgeSeconds,
  kProbeHealthCheckDurationSeconds,
  kProbeHealthDocumentValid,
  kProbeHealthMismatch,
  kProbeHealthComponents,
  kProbeHealthComponentsDroppedTotal,
  kProbeHealthInfo,
  // Containers and services, their names and life
  kContainerInfo,
  kContainerRunning,
  kContainerStartedTimestampSeconds,
  kContainerRestartsTotal,
  kContainerHealth,
  kContainerFrozen,
  kContainerOomKillsTotal,
  // CPU
  kContainerCpuSecondsTotal,
  kContainerCpuPeriodsTotal,
  kContainerCpuThrottledPeriodsTotal,
  kContainerCpuThrottledSecondsTotal,
  kContainerCpuBurstSecondsTotal,
  kContainerCpuLimitCores,
  kContainerCpuWeight,
  // Memory
  kContainerMemoryBytes,
  kContainerMemoryPeakBytes,
  kContainerMemoryLimitBytes,
  kContainerMemoryEventsTotal,
  kContainerMemoryPageFaultsTotal,
  kContainerMemoryRefaultsTotal,
  kContainerMemoryReclaimPagesTotal,
  // Pressure, I/O, network, processes
  kContainerPressureSecondsTotal,
  kContainerIoBytesTotal,
  kContainerIoOperationsTotal,
  kContainerNetworkBytesTotal,
  kContainerNetworkPacketsTotal,
  kContainerNetworkDropsTotal,
  kContainerNetworkErrorsTotal,
  kContainerPids,
  kContainerPidsLimit,
  kContainerPidsPeak,
  kContainerPidsLimitHitsTotal,
  kContainerOpenFds,
  kContainerMaxFds,
  kContainerDyingDescendants,
  kContainerSqliteOnWritableLayer,
  // Objectives of containers
  kContainerMemoryUsageObjectiveRatio,
  kContainerCpuThrottledObjectiveRatio,
  kContainerPressureObjectiveRatio,
  kContainerPidsObjectiveRatio,
  kContainerFdsObjectiveRatio,
  // Containers, as cAdvisor names them
  kContainerLastSeen,
  kContainerStartTimeSeconds,
  kContainerCpuUsageSecondsTotal,
  kContainerCpuUserSecondsTotal,
  kContainerCpuSystemSecondsTotal,
  kContainerCpuCfsPeriodsTotal,
  kContainerCpuCfsThrottledPeriodsTotal,
  kContainerCpuCfsThrottledSecondsTotal,
  kContainerSpecCpuQuota,
  kContainerSpecCpuPeriod,
  kContainerSpecCpuShares,
  kContainerSpecMemoryLimitBytes,
  kContainerSpecMemoryReservationLimitBytes,
  kContainerSpecMemorySwapLimitBytes,
  kContainerMemoryUsageBytes,
  kContainerMemoryWorkingSetBytes,
  kContainerMemoryRss,
  kContainerMemoryCache,
  kContainerMemoryMappedFile,
  kContainerMemorySwap,
  kContainerMemoryKernelUsage,
  kContainerMemoryMaxUsageBytes,
  kContainerMemoryFailcnt,
  kContainerNetworkReceiveBytesTotal,
  kContainerNetworkReceivePacketsTotal,
  kContainerNetworkReceivePacketsDroppedTotal,
  kContainerNetworkReceiveErrorsTotal,
  kContainerNetworkTransmitBytesTotal,
  kContainerNetworkTransmitPacketsTotal,
  kContainerNetworkTransmitPacketsDroppedTotal,
  kContainerNetworkTransmitErrorsTotal,
  kContainerFsReadsBytesTotal,
  kContainerFsWritesBytesTotal,
  kContainerFsReadsTotal,
  kContainerFsWritesTotal,
  kContainerProcesses,
  kContainerThreads,
  kContainerThreadsMax,
  kContainerOomEventsTotal,
  kContainerPressureCpuWaitingSecondsTotal,
  kContainerPressureCpuStalledSecondsTotal,
  kContainerPressureMemoryWaitingSecondsTotal,
  kContainerPressureMemoryStalledSecondsTotal,
  kContainerPressureIoWaitingSecondsTotal,
  kContainerPressureIoStalledSecondsTotal,
  kMachineCpuCores,
  kMachineMemoryBytes,
  // The container collector itself
  kLitewatchContainers,
  kLitewatchContainersLeftOut,
  kLitewatchContainersUnnamed,
  kLitewatchContainerCadvisorNames,
  kLitewatchContainerViewInfo,
  kLitewatchContainerNameErrorsTotal,
  // litewatch itself
  kLitewatchBuildInfo,
  kLitewatchConfigLastReloadSuccessful,
  kLitewatchConfigLastReloadSuccessTimestampSeconds,
  kLitewatchCollectorSuccess,
  kLitewatchCollectorStale,
  kLitewatchCollectorDurationSeconds,
  kLitewatchCollectorLastSuccessTimestampSeconds,
  kLitewatchCollectorErrorsTotal,
  kLitewatchCollectionDurationSeconds,
  kLitewatchSeries,
  kLitewatchSeriesLimit,
  kLitewatchSeriesDroppedTotal,
  kLitewatchHttpRequestsTotal,
  kLitewatchHttpRequestDurationSeconds,
  kLitewatchHttpConnections,
  kLitewatchHttpConnectionsAcceptedTotal,
  kLitewatchHttpConnectionsRejectedTotal,
  kLitewatchProbeTargets,
  kLitewatchProbesInFlight,
  kLitewatchProbesWaiting,
  kLitewatchProbeLoopLagSeconds,
  kLitewatchProbeRejectedTotal,
  kProcessCpuSecondsTotal,
  kProcessResidentMemoryBytes,
  kProcessVirtualMemoryBytes,
  kProcessOpenFds,
  kProcessMaxFds,
  kProcessThreads,
  kProcessStartTimeSeconds,
  kCount_,
};

inline constexpr std::size_t kMetricCount = static_cast<std::size_t>(Metric::kCount_);

/// One row of the catalogue.
struct MetricDesc {
  Metric metric;
  std::string_view name;
  MetricType type;
  Unit unit;
  LabelList labels;
  Owner owner;
  Stability stability;
  std::string_view help;            ///< one line, ends in a full stop
  std::string_view condition = "";  ///< when a subject has the family; empty: always
};

}  // namespace litewatch
