#pragma once

#include <cstddef>

namespace litewatch {

/// Raises the limit on open files to what the system allows this process, and returns what it is
/// now: each probe under way needs a descriptor.
std::size_t raise_file_limit();

}  // namespace litewatch
