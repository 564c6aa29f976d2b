#include "base/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cmath>
#include <string>

#include "base/clock.h"

namespace litewatch {

bool LineWriter::write(std::string_view line) {
  // In one piece: a pipe of one page takes no second one, however small both are.
  return torn_ ? write_all("\n" + std::string(line)) : write_all(line);
}

/// Whether the descriptor takes PIPE_BUF bytes without blocking, or has an error to tell.
bool LineWriter::wait() {
  pollfd wanted{.fd = fd_, .events = POLLOUT, .revents = 0};
  if (::poll(&wanted, 1, 0) > 0) {
    patience_s_ = kPatience_s;
    return true;
  }
  const double end_s = monotonic_s() + patience_s_;
  bool ready = false;
  while (!ready && patience_s_ > 0) {
    ready = ::poll(&wanted, 1, static_cast<int>(std::ceil(patience_s_ * 1e3))) > 0;
    patience_s_ = std::max(0.0, end_s - monotonic_s());
  }
  return ready;
}

bool LineWriter::write_all(std::string_view text) {
  while (!text.empty()) {
    if (!wait()) return false;
    const ssize_t size = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
    torn_ = !text.empty();
  }
  return true;
}

}  // namespace litewatch
