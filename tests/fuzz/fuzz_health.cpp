// Any bytes are a health document, an invalid one with its problem, or none; what is in it keeps to
// its limits. The first byte is the format, the second says whether the media type is JSON.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "fuzz.h"
#include "probe/health.h"

using namespace litewatch;

namespace {

constexpr int kFormats = static_cast<int>(HealthFormat::kPointer) + 1;

void require_name(const std::string& name) {
  require(name.size() <= 64);
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    require(letter || c == '_' || c == '.' || c == ':' || c == '/' || c == '-');
  }
}

void require_component(const HealthComponent& component) {
  require(!component.name.empty());
  require_name(component.name);
  require_name(component.node);
  require(component.word.size() <= 64 && component.output.size() <= 256);
  require(!component.checked_unix_s || *component.checked_unix_s >= 0);
  require(component.observations.size() <= 16);
  std::set<std::string> measurements;
  for (const HealthObservation& seen : component.observations) {
    require_name(seen.measurement);
    require(std::isfinite(seen.value));
    require(measurements.insert(seen.measurement).second);
  }
}

void require_document(const HealthDocument& document, const HealthOptions& options) {
  require(document.valid == document.problem.empty());
  require(document.valid || document.status == HealthStatus::kUnknown);
  require(document.format == options.format || options.format == HealthFormat::kAuto);
  require(document.word.size() <= 64);
  require(document.version.size() <= 64 && document.release_id.size() <= 64);
  require(!document.duration_s || *document.duration_s >= 0);
  require(document.components.size() <= options.max_components);
  std::set<std::pair<std::string, std::string>> names;
  for (const HealthComponent& component : document.components) {
    require_component(component);
    require(names.insert({component.name, component.node}).second);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  HealthOptions options;
  options.format = static_cast<HealthFormat>(data[0] % kFormats);
  options.max_components = 1 + data[0] / kFormats;
  options.pointer = {"/status", "/parts", {{"running", HealthStatus::kPass}}};
  const std::string_view type = data[1] % 2 == 0 ? "application/json" : "text/plain";
  const auto document = parse_health(text_of(data, size).substr(2), type, options);
  require(document || options.format == HealthFormat::kNone ||
          options.format == HealthFormat::kAuto);
  if (document) require_document(*document, options);
  return 0;
}
