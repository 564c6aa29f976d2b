#pragma once

#include <string_view>

namespace litewatch {

/// "/srv/" of "/srv/app.db", with its slash; empty where there is no slash. Never touches the file.
inline std::string_view folder_part(std::string_view path) {
  return path.substr(0, path.rfind('/') + 1);
}

/// "app.db" of "/srv/app.db"; the whole where there is no slash, empty after a last one.
inline std::string_view name_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace litewatch
