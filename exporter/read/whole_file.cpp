#include "read/whole_file.h"

#include <cerrno>
#include <span>

#include "base/fd.h"

namespace litewatch {

Result<std::string> read_whole_file(const std::string& path, std::size_t limit_bytes) {
  const auto file = open_regular_file(path.c_str());
  if (!file) return file.error();
  if (!file->has_value()) return system_error(ENOENT, "cannot open", path);
  constexpr std::size_t kStep = 16384;
  std::string text;
  while (text.size() <= limit_bytes) {
    const std::size_t done = text.size();
    text.resize(done + kStep);
    const auto into = std::as_writable_bytes(std::span(text)).subspan(done);
    const auto size = read_at((*file)->get(), into, done);
    if (!size) return Error{size.error().kind, size.error().what, path, size.error().errnum};
    text.resize(done + *size);
    if (*size < kStep) return text;
  }
  return Error{ErrorKind::kUnsupported, "file too large", path, 0};
}

}  // namespace litewatch
