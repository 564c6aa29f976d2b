#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace litewatch {

/// The same rules for a test that has minutes and not days: every duration of a rule file, ranges
/// and offsets in queries included, is divided.
struct CompressedTime {
  double speed = 1;          ///< how much faster
  double least_range_s = 0;  ///< ranges stay at least this long, for rate() to have samples
  double most_for_s = 1e9;   ///< `for` and `keep_firing_for` become at most this long
};

/// Text but for the durations unchanged. Errors: malformed, where a query does not parse.
Result<std::string> with_compressed_time(std::string_view rule_file, const std::string& path,
                                         const CompressedTime& time);

}  // namespace litewatch
