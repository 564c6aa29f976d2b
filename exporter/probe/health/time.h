#pragma once

#include <optional>
#include <string_view>

namespace litewatch {

/// A date and time of ISO 8601 with its zone, "2018-01-17T03:36:48.5+01:00", as seconds since 1970.
/// nullopt where anything else stands there, where the zone is missing (nobody can tell the moment
/// then) and for times before 1970, which mean "never".
std::optional<double> parse_iso8601_s(std::string_view text);

/// A duration as .NET writes it, "[d.]hh:mm:ss[.fffffff]", in seconds. nullopt where anything else
/// stands there, negative durations included.
std::optional<double> parse_timespan_s(std::string_view text);

}  // namespace litewatch
