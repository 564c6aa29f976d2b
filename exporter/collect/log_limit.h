#pragma once

#include <cstddef>
#include <utility>

namespace litewatch {

/// Keeps a flood of changes out of the log: admits no more than kMostLines in kWindow_s and counts
/// what is over. Not thread-safe.
class LogLimit {
 public:
  static constexpr std::size_t kMostLines = 20;
  static constexpr double kWindow_s = 10;

  /// Whether there is room for one more line at `now_s` (monotonic clock).
  bool admit(double now_s);

  /// How many were not admitted since the last call.
  std::size_t take_left_out() { return std::exchange(left_out_, 0); }

 private:
  double window_start_s_ = -kWindow_s;
  std::size_t lines_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace litewatch
