#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probe/health/builder.h"
#include "probe/health/json.h"

namespace litewatch {

/// The status an object says of itself: its member status, state, outcome, health, healthy, ok, up
/// or alive, the first in this order. nullopt where it has none.
std::optional<SaidStatus> object_status(const JsonValue& object, const HealthWords& words);

/// The same for a part, which may also be a status itself.
std::optional<SaidStatus> part_status(const JsonValue& part, const HealthWords& words);

/// Says of the whole what `root` does: status, version, release and duration.
void read_summary(const JsonValue& root, HealthBuilder& builder);

/// What an object says about a component beside its status: output, time of the check, duration,
/// the sizes of Spring's diskSpace.
void read_particulars(const JsonValue& object, HealthComponent* component, HealthBuilder& builder);

/// What else than a part may stand in a container of parts.
enum class Container : std::uint8_t {
  kParts,  ///< nothing: whatever stands there is one, its status unknown where it is not understood
  kMixed,  ///< anything: a part is an object with a status, a bool, or a text that is a known word
};

/// Adds the components of a map (name to part) or of an array (parts with a name, id, component or
/// key), and those within them, as "outer/inner", down to depth 3.
void read_parts(const JsonValue& container, Container kind, HealthBuilder& builder);

}  // namespace litewatch
