#include "config/config.h"

#include "base/wildcard.h"

namespace litewatch {

bool DatabaseConfig::is_pattern() const { return !literal && has_wildcard(path); }

}  // namespace litewatch
