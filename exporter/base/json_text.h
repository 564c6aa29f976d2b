#pragma once

#include <string>
#include <string_view>

namespace litewatch {

/// Appends the inside of a JSON string, of any bytes: what is not valid UTF-8 becomes U+FFFD
/// (RFC 8259, section 8.1, wants UTF-8). The quotes around it are the caller's.
void append_json_text(std::string_view text, std::string& out);

}  // namespace litewatch
