#include "config/paths.h"

#include <system_error>

namespace litewatch {
namespace {

constexpr std::size_t kMaxPathBytes = 4095;  // PATH_MAX without the closing NUL

Error refused(std::string expected) {
  return Error{ErrorKind::kMalformed, std::move(expected), "", 0};
}

}  // namespace

std::filesystem::path folder_of(const std::string& file) {
  std::error_code error;
  auto absolute = std::filesystem::absolute(file, error);
  // Without a current folder relative paths have no meaning: let them start at the root.
  return (error ? "/" / std::filesystem::path(file) : absolute).parent_path();
}

Result<std::string> absolute_path(std::string_view text, const std::filesystem::path& folder) {
  if (text.empty()) return refused("a path");
  if (text.size() > kMaxPathBytes) return refused("a path of at most 4095 bytes");
  if (text.find('\0') != text.npos) return refused("a path without NUL bytes");
  if (text[0] == '~') {
    return refused("a path in full (~ is not expanded; a name that begins with it is ./~...)");
  }
  std::string path = (folder / text).lexically_normal().string();
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace litewatch
