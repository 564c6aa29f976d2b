#include "probe/health/units.h"

#include <cstddef>

#include "base/ascii.h"
#include "probe/health/words.h"

namespace litewatch {
namespace {

constexpr double kKi = 1024;

struct Unit {
  std::string_view name;  ///< in lower case
  HealthUnit unit;
  double multiplier;
  double divisor = 1;
};

constexpr HealthUnit kSeconds = HealthUnit::kSeconds;
constexpr HealthUnit kBytes = HealthUnit::kBytes;
constexpr HealthUnit kRatio = HealthUnit::kRatio;
constexpr HealthUnit kCount = HealthUnit::kCount;

constexpr Unit kUnits[] = {
    {"", kCount, 1},
    {"count", kCount, 1},
    {"1", kCount, 1},
    {"connection", kCount, 1},
    {"connections", kCount, 1},
    {"item", kCount, 1},
    {"items", kCount, 1},
    {"request", kCount, 1},
    {"requests", kCount, 1},
    {"s", kSeconds, 1},
    {"sec", kSeconds, 1},
    {"secs", kSeconds, 1},
    {"second", kSeconds, 1},
    {"seconds", kSeconds, 1},
    {"ms", kSeconds, 1, 1e3},
    {"msec", kSeconds, 1, 1e3},
    {"millis", kSeconds, 1, 1e3},
    {"millisecond", kSeconds, 1, 1e3},
    {"milliseconds", kSeconds, 1, 1e3},
    {"us", kSeconds, 1, 1e6},
    {"\u00b5s", kSeconds, 1, 1e6},  // micro sign
    {"\u03bcs", kSeconds, 1, 1e6},  // Greek mu
    {"microsecond", kSeconds, 1, 1e6},
    {"microseconds", kSeconds, 1, 1e6},
    {"ns", kSeconds, 1, 1e9},
    {"nanosecond", kSeconds, 1, 1e9},
    {"nanoseconds", kSeconds, 1, 1e9},
    {"min", kSeconds, 60},
    {"minute", kSeconds, 60},
    {"minutes", kSeconds, 60},
    {"h", kSeconds, 3600},
    {"hour", kSeconds, 3600},
    {"hours", kSeconds, 3600},
    {"d", kSeconds, 86400},
    {"day", kSeconds, 86400},
    {"days", kSeconds, 86400},
    {"%", kRatio, 1, 100},
    {"percent", kRatio, 1, 100},
    {"percentage", kRatio, 1, 100},
    {"ratio", kRatio, 1},
    {"b", kBytes, 1},
    {"byte", kBytes, 1},
    {"bytes", kBytes, 1},
    {"kb", kBytes, 1e3},
    {"kilobytes", kBytes, 1e3},
    {"mb", kBytes, 1e6},
    {"megabytes", kBytes, 1e6},
    {"gb", kBytes, 1e9},
    {"gigabytes", kBytes, 1e9},
    {"tb", kBytes, 1e12},
    {"terabytes", kBytes, 1e12},
    {"kib", kBytes, kKi},
    {"mib", kBytes, kKi* kKi},
    {"gib", kBytes, kKi* kKi* kKi},
    {"tib", kBytes, kKi* kKi* kKi* kKi},
};

/// "Mb" is a megabit to some and a megabyte to others; "mb" and "MB" are bytes to all.
bool may_be_bits(std::string_view unit) {
  return unit == "b" || unit == "Kb" || unit == "Mb" || unit == "Gb" || unit == "Tb";
}

}  // namespace

std::optional<UnitScale> unit_scale(std::string_view unit) {
  if (may_be_bits(unit)) return std::nullopt;
  for (const Unit& known : kUnits) {
    if (same_ignoring_case(known.name, unit))
      return UnitScale{known.unit, known.multiplier, known.divisor};
  }
  return std::nullopt;
}

}  // namespace litewatch
