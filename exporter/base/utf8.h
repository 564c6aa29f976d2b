#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace litewatch {

/// U+FFFD, which stands for a byte that is not part of valid UTF-8.
inline constexpr std::string_view kUtf8Replacement = "\xEF\xBF\xBD";

/// Size of the valid UTF-8 sequence that `text` starts with, 1 to 4 bytes; 0 where there is none:
/// no surrogates, no overlong forms, nothing over U+10FFFF. The ranges of the second byte are those
/// of RFC 3629, section 4.
std::size_t utf8_size(std::string_view text);

/// Appends a code point, which is at most U+10FFFF and no surrogate.
void append_utf8(std::uint32_t code_point, std::string& out);

}  // namespace litewatch
