#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace litewatch {

/// The candidate that `word` is most likely a misspelling of: the closest one at an edit distance
/// of at most 2 that is less than the word's length; the first of equals. nullopt where none is
/// close.
std::optional<std::string_view> closest(std::string_view word,
                                        std::span<const std::string_view> candidates);

}  // namespace litewatch
