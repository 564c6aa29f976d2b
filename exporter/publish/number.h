#pragma once

#include <cstddef>
#include <string>

namespace litewatch {

/// Room for every number that write_value() writes, such as "-2.2250738585072014e-308".
inline constexpr std::size_t kMaxValueSize = 24;

/// Writes a sample value in the shortest form that reads back as the same double, equal in all
/// formats: integers below 2^53 without exponent, infinities as +Inf and -Inf. Returns the end.
char* write_value(char* out, double value);

/// An `le` label value as OpenMetrics 1.0 ("Canonical Numbers") and Prometheus 3 write it: Go's %g
/// with ".0" where neither point nor exponent stands. Used in both formats, so that a bucket is
/// the same series whichever one is scraped.
std::string canonical_bound(double bound);

}  // namespace litewatch
