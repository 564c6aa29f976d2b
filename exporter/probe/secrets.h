#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace litewatch {

/// Whether the value of a header field of that name is likely a secret: Authorization, Cookie,
/// X-Api-Key and the like. Any case.
bool is_secret_header(std::string_view name);

/// `text` with "<secret>" in the place of each secret that stands in it. Secrets of less than four
/// bytes are left alone: they would tear every text to pieces and tell their own length.
std::string masked(std::string text, const std::vector<std::string>& secrets);

/// The first `limit` bytes, for people: valid UTF-8, control characters but newlines and tabs as
/// U+FFFD.
std::string printable(std::string_view bytes, std::size_t limit);

std::string base64(std::string_view bytes);

}  // namespace litewatch
