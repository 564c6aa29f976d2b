#include <string_view>

#include "probe/health/formats.h"
#include "probe/health/parts.h"

// Frameworks whose documents are a status and a container of parts:
//   Spring Boot 2.1+   {"status", "components": {name: {"status", "details", "components"}}}
//   Spring Boot 2.0    {"status", "details":    {name: {"status", "details"}}}
//   ASP.NET Core       {"status", "totalDuration", "entries": {name: {"status", "duration"}}}
//   NestJS Terminus    {"status", "info", "error", "details": {name: {"status"}}}
//   MicroProfile       {"status", "checks": [{"name", "status", "data"}]}; 1.x: outcome, state
//   Vert.x             {"outcome", "checks": [{"id", "status", "checks"}]}
namespace litewatch {
namespace {

/// Reads the parts in a container. Where it is missing, and an app does it in its own way behind a
/// framework's path, what can be found without it.
void read_container(const JsonValue& root, std::string_view key, HealthBuilder& builder) {
  read_summary(root, builder);
  const JsonValue* const container = root.find(key);
  if (container == nullptr) return read_flat(root, builder);
  read_parts(*container, Container::kMixed, builder);
}

}  // namespace

void read_spring(const JsonValue& root, HealthBuilder& builder) {
  read_container(root, "components", builder);
}

void read_aspnet(const JsonValue& root, HealthBuilder& builder) {
  // HealthStatus, where it is written as the number of its enumerator.
  builder.add_words(
      {{"2", HealthStatus::kPass}, {"1", HealthStatus::kWarn}, {"0", HealthStatus::kFail}});
  read_container(root, "entries", builder);
}

void read_terminus(const JsonValue& root, HealthBuilder& builder) {
  read_container(root, "details", builder);
}

void read_microprofile(const JsonValue& root, HealthBuilder& builder) {
  read_container(root, "checks", builder);
}

}  // namespace litewatch
