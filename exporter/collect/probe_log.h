#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "collect/log_limit.h"
#include "probe/prober.h"

namespace litewatch {

/// Logs when a target begins to fail and when it is well again, once per change, and no more than
/// LogLimit admits; what is over is counted in one line. Not thread-safe.
class ProbeLog {
 public:
  /// Looks at all targets.
  void look(const Prober& prober, double now_s);
  /// Looks at one. `round` is the same for all targets of one look.
  void look(const TargetView& view, double now_s, unsigned round);
  /// Forgets the targets that the round did not see.
  void end_round(unsigned round);

 private:
  struct Known {
    bool failing = false;
    double since_s = 0;
    unsigned round = 0;
  };

  bool admit(double now_s);

  std::unordered_map<std::string, Known> known_;
  unsigned round_ = 0;
  LogLimit limit_;
};

}  // namespace litewatch
