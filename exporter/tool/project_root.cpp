#include "tool/project_root.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

bool is_root(const fs::path& folder) {
  std::error_code none;
  return fs::is_directory(folder / "rules", none) && fs::is_directory(folder / "dashboards", none);
}

}  // namespace

std::optional<fs::path> project_root(const std::string& given) {
  std::error_code error;
  const fs::path start = fs::absolute(given.empty() ? "." : given, error).lexically_normal();
  if (error) return std::nullopt;
  if (!given.empty()) return is_root(start) ? std::optional(start) : std::nullopt;
  for (fs::path folder = start;; folder = folder.parent_path()) {
    if (is_root(folder)) return folder;
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

}  // namespace litewatch
