#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace litewatch {

/// How well an app or a part of it says it is; worse is greater, but for kUnknown.
enum class HealthStatus : std::uint8_t { kPass, kWarn, kFail, kUnknown };

/// The label value: "pass", "warn", "fail", "unknown".
std::string_view to_string(HealthStatus status);

/// The shapes of health documents.
enum class HealthFormat : std::uint8_t {
  kNone,          ///< the body is not looked at
  kAuto,          ///< detected by the shape of the document
  kDraft,         ///< application/health+json, draft-inadarei-api-health-check-06 (also Gitea)
  kSpring,        ///< Spring Boot Actuator
  kAspNet,        ///< ASP.NET Core HealthChecks UI
  kTerminus,      ///< NestJS Terminus
  kMicroProfile,  ///< MicroProfile Health, Vert.x
  kPocketBase,
  kVaultwarden,
  kGrafana,
  kKubernetes,  ///< the lines of /livez?verbose
  kRails,       ///< the page of Rails' /up
  kFlat,        ///< a flat map of names to known words
  kText,        ///< one known word
  kPointer,     ///< as HealthOptions::pointer says
};

/// The configuration word, e.g. "draft", "microprofile"; also the label `format`.
std::string_view to_string(HealthFormat format);
/// The reverse; nullopt where there is no such format.
std::optional<HealthFormat> parse_health_format(std::string_view word);

enum class HealthUnit : std::uint8_t { kSeconds, kBytes, kRatio, kCount };

/// A number that a component shows, in base units.
struct HealthObservation {
  std::string measurement;  ///< e.g. "responseTime"; same charset and length as a component's name
  HealthUnit unit = HealthUnit::kCount;
  double value = 0;
};

struct HealthComponent {
  std::string name;  ///< [A-Za-z0-9_.:/-], at most 64 bytes; nested names joined with '/'
  std::string node;  ///< tells elements of one component apart; empty where there is only one
  HealthStatus status = HealthStatus::kUnknown;
  std::string word;    ///< as the document says it, at most 64 bytes; never a label
  std::string output;  ///< what it says about itself, at most 256 bytes; never a label
  std::optional<double> checked_unix_s;  ///< when the app says it looked
  std::vector<HealthObservation> observations;
};

struct HealthDocument {
  HealthFormat format = HealthFormat::kNone;     ///< what it was read as
  bool valid = false;                            ///< it could be read as that
  HealthStatus status = HealthStatus::kUnknown;  ///< of the whole: what it says, or its worst part
  std::string word;     ///< the overall status as it stands in the document, at most 64 bytes
  std::string problem;  ///< what is wrong with an invalid document, one sentence
  std::string version;  ///< at most 64 bytes of printable ASCII; also commit or build
  std::string release_id;
  std::optional<double> duration_s;         ///< how long the app says its checks took
  std::vector<HealthComponent> components;  ///< in the order of the document
  std::size_t dropped = 0;                  ///< components and observations over a limit
};

/// `format: pointer`: where the status stands, and what its words mean.
struct HealthPointer {
  std::string status;      ///< JSON pointer (RFC 6901) of the overall status
  std::string components;  ///< JSON pointer of a map or array of components; empty: none
  std::vector<std::pair<std::string, HealthStatus>> words;  ///< beside the known ones, any case
  bool operator==(const HealthPointer&) const = default;
};

struct HealthOptions {
  enum class FailOn : std::uint8_t { kFail, kWarn, kNever };

  HealthFormat format = HealthFormat::kAuto;
  FailOn fail_on = FailOn::kFail;   ///< from which status on the probe fails
  std::size_t max_components = 32;  ///< 1 to 256
  HealthPointer pointer;
  bool operator==(const HealthOptions&) const = default;
};

/// Reads a health document. nullopt: with kNone; with kAuto where the body is no health document at
/// all (a web page, an empty body, a word nobody knows) unless `content_type` says it is JSON and
/// it is not. Bounded whatever the bytes: JSON nesting 32, component depth 3, array elements 16,
/// 16 observations a document's component, HealthOptions::max_components; what is over is counted
/// in `dropped`. Pure.
std::optional<HealthDocument> parse_health(std::string_view body, std::string_view content_type,
                                           const HealthOptions& options);

/// Whether a document and an HTTP status contradict each other: fail within 2xx or 3xx, or pass
/// within 4xx or 5xx.
bool health_mismatch(const HealthDocument& document, int http_status);

}  // namespace litewatch
