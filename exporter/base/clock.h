#pragma once

#include <ctime>

namespace litewatch {

/// Seconds since an arbitrary start; never goes back. For ages and deadlines.
double monotonic_s();

/// Seconds since 1970-01-01T00:00:00Z. For timestamps that leave the process.
double unix_s();

/// The time of a file's status, say, in seconds.
double in_seconds(const timespec& time);

/// A moment together with its wall-clock time, taken once per collection.
struct Moment {
  double monotonic_s = 0;
  double unix_s = 0;
};
Moment now();

}  // namespace litewatch
