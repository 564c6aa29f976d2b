#pragma once

#include <string_view>

#include "publish/page.h"

namespace litewatch {

/// The format that an Accept field asks for. OpenMetrics (1.0.0 or 0.0.1, answered as 1.0.0) only
/// where it is asked for by name with a weight over that of text/plain; equal weights: what is
/// listed first, and a name before a wildcard. Text where nothing fits, or the field is malformed.
Format negotiate_format(std::string_view accept);

/// Whether an Accept-Encoding field prefers gzip to no compression.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace litewatch
