#include "base/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cmath>

#include "base/clock.h"

namespace litewatch {

bool LineWriter::write(std::string_view line) {
  if (torn_ && !write_all("\n")) return false;
  torn_ = false;
  return write_all(line);
}

/// Whether the descriptor takes PIPE_BUF bytes without blocking, or has an error to tell.
bool LineWriter::wait() {
  pollfd wanted{.fd = fd_, .events = POLLOUT, .revents = 0};
  if (::poll(&wanted, 1, 0) > 0) {
    patience_ms_ = kPatience_ms;
    return true;
  }
  const double start_s = monotonic_s();
  while (patience_ms_ > 0) {
    const double left_ms = patience_ms_ - (monotonic_s() - start_s) * 1e3;
    if (left_ms <= 0) break;
    if (::poll(&wanted, 1, static_cast<int>(std::ceil(left_ms))) > 0) return true;
  }
  patience_ms_ = 0;
  return false;
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
