#pragma once

#include <string>
#include <string_view>

#include "publish/status.h"

namespace litewatch {

/// Appends text of any bytes so that it is text in HTML, in content and in quoted attributes.
/// What is not valid UTF-8, and control characters, become U+FFFD.
void append_html(std::string& out, std::string_view text);

/// The same, for a path or a URL: a narrow column breaks its line behind a slash.
void append_breakable_html(std::string& out, std::string_view text);

/// A figure as a person reads it: "1.5 MiB", "12 s ago", "45 %"; empty where there is none. HTML
/// already. `now_unix_s` is what ages count from.
std::string cell_html(const StatusCell& cell, double now_unix_s);

/// "2026-11-22 19:20:00 UTC".
std::string utc_time(double unix_s);

}  // namespace litewatch
