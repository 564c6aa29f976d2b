#pragma once

#include <optional>
#include <string_view>

namespace litewatch::promql {

/// A number as Go's ParseInt with base 0 or ParseFloat reads it: "0x1F", "017", "1e3", "Inf".
std::optional<double> parse_number(std::string_view text);

/// Seconds of a duration such as "1h30m": units y, w, d, h, m, s, ms, from large to small, each
/// once. nullopt: malformed, zero, or longer than 292 years.
std::optional<double> parse_promql_duration(std::string_view text);

}  // namespace litewatch::promql
