#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/config.h"

namespace litewatch {

/// The longest value of a label that a configuration may give, in bytes.
inline constexpr std::size_t kMaxNameBytes = 128;

/// Whether a byte is an ASCII control character.
bool is_control(char c);

/// Whether `name` can be a label as it stands: 1 to kMaxNameBytes bytes without control characters.
bool is_name(std::string_view name);

/// The nearest thing to `text` that is_name: control characters become "_", what is too long is cut
/// between UTF-8 characters, and nothing becomes "default".
std::string to_name(std::string_view text);

/// What a path is called: its file name without the last extension. "app" of "/srv/app.db", "data"
/// of
/// "/srv/data", ".db" of "/srv/.db".
std::string name_of_path(std::string_view path);

/// Fills in the names that the configuration leaves out. Pure, and idempotent.
/// - A path: `name` is name_of_path, `app` is the name, `group` is the app.
/// - A pattern: each match is named when it is found, so `name` stays empty, and `app` too where
///   none is given (the match's name, then); `group` is the app, else "default".
/// - A folder: `app` is the name of the folder, `group` is the app.
/// - A target: see derive_target_names.
void derive_names(Config& config);

}  // namespace litewatch
