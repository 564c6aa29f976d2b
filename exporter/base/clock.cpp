#include "base/clock.h"

#include <ctime>

namespace litewatch {
namespace {

double read_clock_s(clockid_t clock) {
  timespec ts;
  clock_gettime(clock, &ts);
  return static_cast<double>(ts.tv_sec) + static_cast<double>(ts.tv_nsec) * 1e-9;
}

}  // namespace

double monotonic_s() { return read_clock_s(CLOCK_MONOTONIC); }
double unix_s() { return read_clock_s(CLOCK_REALTIME); }
Moment now() { return {monotonic_s(), unix_s()}; }

}  // namespace litewatch
