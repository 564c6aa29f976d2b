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
  /// [A-Za-z0-9_.:/-], at most 64 bytes; other bytes become '_', nested names are joined with '/'.
  /// The draft's "database:responseTime" is the measurement responseTime of the component database.
  std::string name;
  std::string node;  ///< tells elements of one component apart; empty where there is only one
  HealthStatus status = HealthStatus::kUnknown;
  std::string word;    ///< as the document says it, at most 64 bytes; never a label
  std::string output;  ///< what it says about itself, at most 256 bytes; never a label
  std::optional<double> checked_unix_s;  ///< when the app says it looked; the oldest of several
  std::vector<HealthObservation> observations;
};

struct HealthDocument {
  HealthFormat format = HealthFormat::kNone;     ///< what it was read as; kAuto: JSON was expected
  bool valid = false;                            ///< it could be read as that
  HealthStatus status = HealthStatus::kUnknown;  ///< of the whole: see parse_health()
  std::string word;        ///< the overall status as it stands in the document, at most 64 bytes
  std::string problem;     ///< what is wrong with an invalid document, one sentence
  std::string version;     ///< at most 64 bytes of printable ASCII
  std::string release_id;  ///< the same; also commit or build
  std::optional<double> duration_s;         ///< how long the app says its checks took
  std::vector<HealthComponent> components;  ///< in the order of the document
  std::size_t dropped = 0;                  ///< components and observations over a limit
};

/// `format: pointer`: where the status stands, and what its words mean.
struct HealthPointer {
  std::string status;      ///< JSON pointer (RFC 6901) of the overall status
  std::string components;  ///< JSON pointer of a map or array of components; empty: none
  /// Beside the known ones, in any case; in use whatever the format.
  std::vector<std::pair<std::string, HealthStatus>> words;
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
/// all: empty (as after HEAD), of 256 KiB and more (it may be cut off), a web page, a word nobody
/// knows, JSON about something else. With kAuto only a body that is not JSON where `content_type`
/// says so is invalid; with any other format everything is that is not of it.
///
/// The status of the whole is what the document says. It is the worst part's where it says nothing,
/// and fail where a part fails although it says pass and its format puts the whole together from
/// the parts (draft, spring, aspnet, terminus, microprofile, flat), or although what it says is not
/// a known word. Components that are left out because there are too many count.
///
/// Words: pass, ok, up, healthy, true, 1, green, working, available, serving; warn, warning,
/// degraded, partial, partially available, and maintenance, shutting_down, which are no outage;
/// fail, error, down, unhealthy, false, 0, red, unavailable, out_of_service, not_serving; in any
/// case. HTTP status codes stand for themselves. Anything else is unknown.
///
/// Bounded whatever the bytes: 256 KiB, JSON nesting 32, 16384 JSON values, component depth 3, 16
/// nodes of a component, 16 observations of it, HealthOptions::max_components. What is over, and
/// components whose repaired names are the same, is counted in `dropped`; what came first stays.
/// Numbers that are not finite, or of a unit that is not known, are left out. Pure; no exceptions
/// but std::bad_alloc.
std::optional<HealthDocument> parse_health(std::string_view body, std::string_view content_type,
                                           const HealthOptions& options);

/// Whether a document and an HTTP status contradict each other: fail within 2xx or 3xx, or pass
/// within 4xx or 5xx.
bool health_mismatch(const HealthDocument& document, int http_status);

}  // namespace litewatch
