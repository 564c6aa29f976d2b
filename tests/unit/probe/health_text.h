#pragma once

#include <cstdio>
#include <optional>
#include <string>

#include "probe/health.h"

namespace litewatch {

inline std::string number_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

inline std::string component_text(const HealthComponent& component) {
  static constexpr const char* kUnits[] = {"seconds", "bytes", "ratio", "count"};
  std::string text = "  " + component.name;
  if (!component.node.empty()) text += " [" + component.node + "]";
  text += ": " + std::string(to_string(component.status)) + " \"" + component.word + "\"\n";
  if (component.checked_unix_s) text += "    at: " + number_text(*component.checked_unix_s) + "\n";
  if (!component.output.empty()) text += "    output: " + component.output + "\n";
  for (const HealthObservation& seen : component.observations) {
    text += "    " + seen.measurement + ": " + number_text(seen.value) + " " +
            kUnits[static_cast<int>(seen.unit)] + "\n";
  }
  return text;
}

/// All that a document holds, for golden files and for messages of failing tests.
inline std::string health_text(const std::optional<HealthDocument>& document) {
  if (!document) return "no health document\n";
  std::string text = "format: " + std::string(to_string(document->format)) + "\n";
  if (!document->valid) return text + "problem: " + document->problem + "\n";
  text += "status: " + std::string(to_string(document->status)) + " \"" + document->word + "\"\n";
  if (!document->version.empty()) text += "version: " + document->version + "\n";
  if (!document->release_id.empty()) text += "release: " + document->release_id + "\n";
  if (document->duration_s) text += "duration: " + number_text(*document->duration_s) + "\n";
  if (document->dropped > 0) text += "dropped: " + std::to_string(document->dropped) + "\n";
  if (!document->components.empty()) text += "components:\n";
  for (const HealthComponent& component : document->components) text += component_text(component);
  return text;
}

}  // namespace litewatch
