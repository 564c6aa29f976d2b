#pragma once

#include <optional>

#include "base/result.h"

namespace litewatch {

/// Takes the descriptors 0 to 2 where the caller closed them, so that no file opened later gets
/// what is meant for a standard stream. What was closed stays unusable: writing to it fails. To be
/// called before anything is opened.
void occupy_standard_descriptors();

/// Writes what is buffered for standard output; an error where that or anything written before
/// was lost.
std::optional<Error> flush_standard_output();

}  // namespace litewatch
