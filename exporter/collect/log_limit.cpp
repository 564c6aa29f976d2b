#include "collect/log_limit.h"

namespace litewatch {

bool LogLimit::admit(double now_s) {
  if (now_s - window_start_s_ >= kWindow_s) {
    window_start_s_ = now_s;
    lines_ = 0;
  }
  if (lines_ < kMostLines) {
    ++lines_;
    return true;
  }
  ++left_out_;
  return false;
}

}  // namespace litewatch
