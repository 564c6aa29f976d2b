#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "base/result.h"

struct stat;

namespace litewatch {

/// Owns a file descriptor and closes it. Movable, not copyable.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void reset();
  /// Gives the descriptor away; the caller closes it.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// Opens a regular file for reading in the one way that is safe on somebody else's live file:
/// O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, never creating, never truncating. A FIFO, device,
/// socket or directory is refused as `unsupported` before a byte is read, and a FIFO without a
/// writer does not block. nullopt: no such file. `stat_out`, where given, receives fstat's answer.
Result<std::optional<Fd>> open_regular_file(const char* path, struct stat* stat_out = nullptr);

/// Reads up to `into.size()` bytes at `offset`; fewer where the file ends. Retries EINTR.
Result<std::size_t> read_at(int fd, std::span<std::byte> into, std::uint64_t offset);

}  // namespace litewatch
