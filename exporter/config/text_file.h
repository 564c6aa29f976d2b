#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace litewatch {

/// A small file, whole.
struct TextFile {
  std::string text;
  bool world_readable = false;  ///< any user of the machine may read it
};

/// Reads a regular file of at most `max_bytes`. Absence is an error here: somebody named the file.
/// Errors: denied, malformed (too large), unsupported (a directory, a pipe), internal; with `path`.
Result<TextFile> read_text_file(const std::string& path, std::size_t max_bytes = 1 << 20);

}  // namespace litewatch
