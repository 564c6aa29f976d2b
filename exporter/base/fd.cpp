#include "base/fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace litewatch {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<std::optional<Fd>> open_regular_file(const char* path, struct stat* stat_out) {
  Fd fd(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<Fd>();
    if (errno == ENXIO || errno == ENODEV) {  // a socket, or a device without a driver
      return Error{ErrorKind::kUnsupported, "not a regular file", path, errno};
    }
    return system_error(errno, "cannot open", path);
  }
  struct stat st;
  if (::fstat(fd.get(), &st) != 0) return system_error(errno, "cannot stat", path);
  if (!S_ISREG(st.st_mode)) {
    return Error{ErrorKind::kUnsupported,
                 S_ISDIR(st.st_mode) ? "a directory, not a file" : "not a regular file", path, 0};
  }
  if (stat_out != nullptr) *stat_out = st;
  return std::optional<Fd>(std::move(fd));
}

Result<std::size_t> read_at(int fd, std::span<std::byte> into, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t n =
        ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (n == 0) break;
    if (n < 0) {
      if (errno == EINTR) continue;
      return system_error(errno, "cannot read", "");
    }
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace litewatch
