#pragma once

#include <string_view>

namespace litewatch {

/// Writes lines to a descriptor that may block and that others share, so that it cannot be made
/// non-blocking: a pipe whose reader has stopped costs lines, not the thread that writes. Not
/// thread-safe.
class LineWriter {
 public:
  /// `fd` must outlive the writer.
  explicit LineWriter(int fd) : fd_(fd) {}

  /// Writes a line, which ends with its newline. False where it could not be written, or not all of
  /// it. A descriptor that blocks is waited for, a second in all; from then on lines are given up
  /// at once, until it takes one again.
  bool write(std::string_view line);

 private:
  bool wait();
  bool write_all(std::string_view text);

  static constexpr double kPatience_s = 1;

  const int fd_;
  double patience_s_ = kPatience_s;  ///< how long it may still be waited for
  bool torn_ = false;                ///< the last thing written is a part of a line
};

}  // namespace litewatch
