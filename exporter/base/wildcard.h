#pragma once

#include <string_view>

namespace litewatch {

/// Whether a path holds a wildcard: *, ?, or a [ whose ] follows in the name of the same folder or
/// file. A lone [ stands for itself, as it does for fnmatch.
constexpr bool has_wildcard(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '*' || path[i] == '?') return true;
    if (path[i] != '[') continue;
    std::size_t first = i + 1;  // of what is in the brackets; a ] there is none that ends them
    if (first < path.size() && (path[first] == '!' || path[first] == '^')) ++first;
    const std::size_t end = path.find_first_of("]/", first + 1);
    if (first < path.size() && path[first] != '/' && end != path.npos && path[end] == ']') {
      return true;
    }
  }
  return false;
}

}  // namespace litewatch
