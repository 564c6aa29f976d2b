#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace litewatch {

/// A whole string as a decimal number; nullopt where anything else stands in it.
std::optional<std::uint64_t> parse_u64(std::string_view text);

/// A whole string as a finite floating-point number; nullopt where anything else stands in it.
std::optional<double> parse_double(std::string_view text);

/// "250ms", "5s", "10m", "2h", "7d", also in sequence ("1h30m"): seconds. A bare "0" is allowed,
/// any other number needs a unit. nullopt where malformed.
std::optional<double> parse_duration_s(std::string_view text);

/// "4096", "64KiB", "256MiB", "10GiB", "1TiB" (powers of 1024) and "10kB", "5MB", "1GB", "1TB"
/// (powers of 1000): bytes. nullopt where malformed or over 2^63.
std::optional<std::uint64_t> parse_size_bytes(std::string_view text);

/// "1 frame", "2 frames"; `what` takes an s for its plural.
std::string counted(std::uint64_t count, std::string_view what);

/// A number of bytes for people: "1.5 MiB", "512 B".
std::string human_bytes(double bytes);

/// A number of seconds for people: "3 d 4 h", "12 min 5 s", "0.2 s".
std::string human_duration(double seconds);

}  // namespace litewatch
