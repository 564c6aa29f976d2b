#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace litewatch {

/// The whole of a file whose size is not known beforehand, as under /proc. A missing one is an
/// Error; a longer one than `limit_bytes` is `unsupported`.
Result<std::string> read_whole_file(const std::string& path, std::size_t limit_bytes);

}  // namespace litewatch
