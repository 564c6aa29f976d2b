#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probe/health.h"
#include "probe/health/json.h"

namespace litewatch {

/// The words that a configuration adds to the known ones.
using HealthWords = std::vector<std::pair<std::string, HealthStatus>>;

/// What a word means, in any case, without the white space around it: `extra` first, then the
/// known ones (maintenance and shutting_down are warn). nullopt where nobody knows it.
std::optional<HealthStatus> status_of_word(std::string_view word, const HealthWords& extra);

/// Whether a word alone says that a text is about health: "ok" and "unhealthy" do; "red", "1" and
/// "false" mean something only where a status is expected. Those of `extra` do.
bool is_health_word(std::string_view word, const HealthWords& extra);

/// A status as it stands in a document.
struct SaidStatus {
  HealthStatus status = HealthStatus::kUnknown;
  std::string word;  ///< as it stands there
};

/// The status that a string, a bool or a number says. Numbers: `extra`, 1 and 0, and HTTP's status
/// codes. nullopt for null, arrays and objects.
std::optional<SaidStatus> said_status(const JsonValue& value, const HealthWords& extra);

/// The worse of two: fail, warn, pass, unknown; what is unknown does not hide what is known.
HealthStatus worse(HealthStatus a, HealthStatus b);

}  // namespace litewatch
