#pragma once

#include <string_view>

#include "base/result.h"
#include "web/server.h"

namespace litewatch {

/// What GET /probe is asked for. `query` is the request's, as sent; `scrape_timeout` the value of
/// X-Prometheus-Scrape-Timeout-Seconds, empty or 0 where there is none. Keys that litewatch does
/// not know are ignored, as blackbox_exporter does. An error is for the client, and malformed: no
/// target, a key given twice, a value that is too long, has control characters or is not what its
/// key takes.
Result<ProbeParams> read_probe_params(std::string_view query, std::string_view scrape_timeout);

}  // namespace litewatch
