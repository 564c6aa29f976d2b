#pragma once

#include <string>

#include "base/result.h"
#include "check/finding.h"

namespace litewatch {

/// The findings ("file/invalid") of a file that could not be read or parsed: one for each line of
/// the error that begins with FILE:LINE.
void add_file_error(const Error& error, const std::string& file, Findings& findings);

}  // namespace litewatch
