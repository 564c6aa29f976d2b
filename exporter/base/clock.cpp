#include "base/clock.h"

namespace litewatch {
namespace {

double read_clock_s(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return in_seconds(time);
}

}  // namespace

double in_seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double monotonic_s() { return read_clock_s(CLOCK_MONOTONIC); }
double unix_s() { return read_clock_s(CLOCK_REALTIME); }
Moment now() { return {monotonic_s(), unix_s()}; }

}  // namespace litewatch
