#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "publish/page.h"

namespace litewatch {

/// The page a person reads at `/`: every watched thing with its state, worst first, grouped by app.
/// HTML without script or outside assets; every byte that comes from outside is escaped. `query` is
/// the request's, of which `refresh=SECONDS` is understood.
std::string render_status_page(const Page& page, std::string_view version, std::string_view query,
                               Moment now);

/// The Content-Security-Policy that lets the page's own style in and nothing else.
const std::string& status_page_policy();

}  // namespace litewatch
