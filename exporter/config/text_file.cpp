#include "config/text_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "base/fd.h"

namespace litewatch {

Result<TextFile> read_text_file(const std::string& path, std::size_t max_bytes) {
  struct stat st;
  const auto fd = open_regular_file(path.c_str(), &st);
  if (!fd) return fd.error();
  if (!fd->has_value()) return system_error(ENOENT, "cannot open", path);

  // One byte more than there should be is asked for: st_size is old news by the time of the read.
  TextFile file{"", (st.st_mode & S_IROTH) != 0};
  std::size_t room = std::min(static_cast<std::size_t>(st.st_size), max_bytes) + 1;
  while (true) {
    file.text.resize(room);
    const auto size = read_at((*fd)->get(), std::as_writable_bytes(std::span(file.text)), 0);
    if (!size) return system_error(size.error().errnum, "cannot read", path);
    if (*size > max_bytes) {
      return Error{ErrorKind::kMalformed,
                   "too large: at most " + std::to_string(max_bytes) + " bytes are read", path, 0};
    }
    const bool whole = *size < room;
    if (whole) file.text.resize(*size);
    if (whole) return file;
    room = max_bytes + 1;
  }
}

}  // namespace litewatch
