#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace litewatch {

/// A key or value of a query as it was meant: "%41" is A, "+" is a space. nullopt where a percent
/// sign is not followed by two hexadecimal digits.
std::optional<std::string> decode_query(std::string_view text);

/// Text of any bytes so that it is one value in a query.
std::string encode_query(std::string_view text);

/// Whether a Host field names a server and nothing else: "host", "host:port", "[::1]:port".
bool is_authority(std::string_view text);

}  // namespace litewatch
