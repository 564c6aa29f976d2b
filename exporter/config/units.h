#pragma once

#include <cstdint>
#include <string>

namespace litewatch {

/// Bytes in the largest unit that divides them: "256MiB", "1000". base/parse.h reads the same back.
std::string exact_size(std::uint64_t bytes);

/// Seconds in the largest unit that divides them: "5m", "250ms", "0.3333s". base/parse.h reads
/// exactly the same value back. REQUIRES: finite and not negative.
std::string exact_duration(double seconds);

/// The shortest decimal digits that read back as exactly `value`.
std::string exact_number(double value);

}  // namespace litewatch
