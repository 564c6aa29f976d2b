#pragma once

#include <optional>
#include <string_view>

#include "probe/health.h"

namespace litewatch {

/// How a number of a unit becomes one of its base unit.
struct UnitScale {
  HealthUnit unit = HealthUnit::kCount;
  double multiplier = 1;
  double divisor = 1;  ///< apart from the multiplier, so that 35 % is 0.35 to the last digit

  double in_base_unit(double value) const { return value * multiplier / divisor; }
};

/// The meaning of an `observedUnit`: times to seconds, sizes to bytes, percent to a ratio, counts
/// as they are; no unit is a count. nullopt where it is another unit, or ambiguous ("Mb").
std::optional<UnitScale> unit_scale(std::string_view unit);

}  // namespace litewatch
