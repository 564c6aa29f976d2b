#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "probe/module.h"

namespace litewatch {

/// The whole of a regular file of at most `limit` bytes. Errors name it.
Result<std::string> read_small_file(const std::string& path, std::size_t limit);

/// A file that holds one secret: its text without white space around it. An empty one, or one that
/// could not stand in a header field, is an error.
Result<std::string> read_secret(const std::string& path);

/// Every file that a module names, in no particular order; the machine's authorities where it uses
/// them.
std::vector<std::string> files_of(const ProbeModule& module);

}  // namespace litewatch
