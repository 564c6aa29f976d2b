#pragma once

#include <string>

namespace litewatch {

/// Sets up the one logger: a line per message on standard error, as logfmt or JSON. Where standard
/// error takes no more lines they are dropped, and the next one says how many. `level` is debug,
/// info, warn or error.
void start_logging(const std::string& level, const std::string& format);

}  // namespace litewatch
