#pragma once

#include <optional>
#include <string_view>

#include "probe/health.h"
#include "probe/health/builder.h"
#include "probe/health/json.h"

namespace litewatch {

/// Each reads a document of its format from the root of a JSON text into the builder. The builder
/// knows afterwards whether there was a status or a component.
void read_draft(const JsonValue& root, HealthBuilder& builder);
void read_spring(const JsonValue& root, HealthBuilder& builder);
void read_aspnet(const JsonValue& root, HealthBuilder& builder);
void read_terminus(const JsonValue& root, HealthBuilder& builder);
void read_microprofile(const JsonValue& root, HealthBuilder& builder);
void read_pocketbase(const JsonValue& root, HealthBuilder& builder);
void read_vaultwarden(const JsonValue& root, HealthBuilder& builder);
void read_grafana(const JsonValue& root, HealthBuilder& builder);
void read_flat(const JsonValue& root, HealthBuilder& builder);

/// `format: pointer`. Returns what is wrong; empty where nothing is.
std::string read_pointer(const JsonValue& root, const HealthPointer& pointer,
                         HealthBuilder& builder);

/// The same for texts that are not JSON; false where it is not of the format.
bool read_kubernetes(std::string_view text, HealthBuilder& builder);
bool read_rails(std::string_view text, HealthBuilder& builder);
/// One word or a few, at most 64 bytes in one line; known or not.
bool read_word(std::string_view text, HealthBuilder& builder);

/// The format that the keys of a JSON text are of, whatever its media type; nullopt where it is
/// about something else than health.
std::optional<HealthFormat> detect_health_format(const JsonValue& root, const HealthWords& words);

}  // namespace litewatch
