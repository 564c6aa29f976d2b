#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace litewatch {

/// The absolute folder that holds `file`: what relative paths in it are relative to.
std::filesystem::path folder_of(const std::string& file);

/// `text` as an absolute path without ".", "..", double and trailing slashes. Lexical: nothing on
/// disk is looked at, and symbolic links are left alone. An error's `what` is the expectation, e.g.
/// "a path"; it is refused empty, over 4095 bytes, with a NUL, or with a leading ~.
Result<std::string> absolute_path(std::string_view text, const std::filesystem::path& folder);

}  // namespace litewatch
