#pragma once

#include <string>
#include <string_view>

namespace litewatch {

/// True where a label value can stand on a page as it is: ASCII without backslash, double quote
/// and newline. Control characters are valid and need no escape.
bool is_plain(std::string_view value);

/// Appends a label value of any bytes as both formats want it: each byte that is not part of valid
/// UTF-8 becomes U+FFFD, then backslash, double quote and newline are escaped. Values that differ
/// only in invalid bytes therefore name the same series.
void append_label_value(std::string& out, std::string_view value);

/// Appends `name="value"`, after a comma where `out` is not empty: how the value of a label is made
/// that is_rendered(). `name` has to be a valid label name.
void append_label(std::string& out, std::string_view name, std::string_view value);

/// Appends the text of a HELP line, with backslash and newline escaped, and in OpenMetrics
/// (`quotes`) also the double quote.
void append_help(std::string& out, std::string_view help, bool quotes);

}  // namespace litewatch
