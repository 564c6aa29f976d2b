#include "catalogue/catalogue.h"

namespace litewatch {

std::optional<Metric> find_metric(std::string_view name) {
  for (const MetricDesc& row : kCatalogue) {
    if (row.name == name) return row.metric;
  }
  return std::nullopt;
}

std::string_view to_string(Label label) {
  switch (label) {
    case Label::kApp:
      return "app";
    case Label::kAutoVacuum:
      return "auto_vacuum";
    case Label::kBug:
      return "bug";
    case Label::kCgroupVersion:
      return "cgroup_version";
    case Label::kCipher:
      return "cipher";
    case Label::kCode:
      return "code";
    case Label::kCollector:
      return "collector";
    case Label::kComponent:
      return "component";
    case Label::kContainer:
      return "container";
    case Label::kContainerLabels:
      return "container_label_*";
    case Label::kCpu:
      return "cpu";
    case Label::kDb:
      return "db";
    case Label::kDevice:
      return "device";
    case Label::kDirection:
      return "direction";
    case Label::kEncoding:
      return "encoding";
    case Label::kEvent:
      return "event";
    case Label::kFingerprintSha256:
      return "fingerprint_sha256";
    case Label::kFormat:
      return "format";
    case Label::kFsType:
      return "fs_type";
    case Label::kGroup:
      return "group";
    case Label::kHandler:
      return "handler";
    case Label::kId:
      return "id";
    case Label::kImage:
      return "image";
    case Label::kInterface:
      return "interface";
    case Label::kIssuer:
      return "issuer";
    case Label::kJournalMode:
      return "journal_mode";
    case Label::kKind:
      return "kind";
    case Label::kLock:
      return "lock";
    case Label::kManagedBy:
      return "managed_by";
    case Label::kMeasurement:
      return "measurement";
    case Label::kMode:
      return "mode";
    case Label::kModule:
      return "module";
    case Label::kMountpoint:
      return "mountpoint";
    case Label::kName:
      return "name";
    case Label::kNamespace:
      return "namespace";
    case Label::kNode:
      return "node";
    case Label::kOp:
      return "op";
    case Label::kPageSize:
      return "page_size";
    case Label::kPath:
      return "path";
    case Label::kPhase:
      return "phase";
    case Label::kPod:
      return "pod";
    case Label::kQos:
      return "qos";
    case Label::kReason:
      return "reason";
    case Label::kReleaseId:
      return "release_id";
    case Label::kResource:
      return "resource";
    case Label::kRuntime:
      return "runtime";
    case Label::kScope:
      return "scope";
    case Label::kSerialnumber:
      return "serialnumber";
    case Label::kSource:
      return "source";
    case Label::kStatus:
      return "status";
    case Label::kSubject:
      return "subject";
    case Label::kSubjectalternative:
      return "subjectalternative";
    case Label::kTarget:
      return "target";
    case Label::kType:
      return "type";
    case Label::kVersion:
      return "version";
    case Label::kWriterVersion:
      return "writer_version";
    case Label::kCount_:
      break;
  }
  return "";
}

std::string_view to_string(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
    case MetricType::kInfo:
      return "info";
  }
  return "";
}

std::string_view to_string(Unit unit) {
  switch (unit) {
    case Unit::kNone:
      return "";
    case Unit::kBytes:
      return "bytes";
    case Unit::kSeconds:
    case Unit::kTimestampSeconds:
      return "seconds";
    case Unit::kRatio:
      return "ratio";
  }
  return "";
}

std::string_view to_string(Owner owner) {
  switch (owner) {
    case Owner::kSqlite:
      return "sqlite";
    case Owner::kProbe:
      return "probe";
    case Owner::kContainers:
      return "container";
    case Owner::kSelf:
      return "self";
  }
  return "";
}

std::string_view to_string(Stability stability) {
  switch (stability) {
    case Stability::kStable:
      return "stable";
    case Stability::kExperimental:
      return "experimental";
  }
  return "";
}

}  // namespace litewatch
