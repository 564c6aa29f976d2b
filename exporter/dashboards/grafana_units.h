#pragma once

#include <array>
#include <string_view>

namespace litewatch {

/// The units of Grafana that make sense for what litewatch measures, sorted. Source: @grafana/data
/// 13.2, valueFormats/categories.ts; all of them are in 10.4 too.
inline constexpr auto kGrafanaUnits = std::to_array<std::string_view>({
    "Bps",
    "binBps",
    "bool",
    "bool_on_off",
    "bool_yes_no",
    "bytes",
    "cps",
    "d",
    "dateTimeAsIso",
    "dateTimeAsIsoNoDateIfToday",
    "dateTimeAsLocal",
    "dateTimeAsLocalNoDateIfToday",
    "dateTimeAsSystem",
    "dateTimeFromNow",
    "decbytes",
    "dtdurationms",
    "dtdurations",
    "eps",
    "h",
    "iops",
    "locale",
    "m",
    "mps",
    "ms",
    "none",
    "ops",
    "percent",
    "percentunit",
    "pps",
    "reqps",
    "rps",
    "s",
    "short",
    "sishort",
    "string",
    "wps",
});

}  // namespace litewatch
