#pragma once

#include <optional>
#include <string_view>

namespace litewatch {

/// What follows `folder` in an absolute path, told from the text alone: "" for the folder itself,
/// "/a/b" for what lies below it; nullopt for anything else. Slashes at the end count for nothing.
inline std::optional<std::string_view> below_folder(std::string_view path,
                                                    std::string_view folder) {
  while (folder.ends_with('/')) folder.remove_suffix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return path;
}

/// Whether a component of the path is "..".
inline bool climbs(std::string_view path) {
  while (!path.empty()) {
    const auto end = path.find('/');
    if (path.substr(0, end) == "..") return true;
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return false;
}

}  // namespace litewatch
