#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "probe/prober.h"

namespace litewatch {

/// The reasons a target can fail for, as far as its configuration says: their counters are
/// published from 0 on.
///
/// dns_*: its host is a name. tls_*: https or TLS of the TCP module, and of tls_expired,
/// tls_hostname and tls_untrusted those that are verified. redirect_*: redirects are followed.
/// http_version, header_mismatch, body_mismatch, json_invalid, health_fail, expect_mismatch,
/// tls_policy, auth_failed: something is configured that can fail so; body_too_large: a limit, or
/// anything that looks at the body. connect_unreachable: it is not reached through a socket file.
std::array<bool, kProbeReasonCount> possible_reasons(const ProbeTarget& target,
                                                     const ProbeModule& module,
                                                     const std::string& host, bool https);

/// Adds one result to what is known of a target: the counters, the histogram, failures in a row,
/// the confirmed state and the marks.
void add_result(TargetView& view, std::shared_ptr<const ProbeResult> result, double ended_unix_s);

/// Whether a target that is configured anew goes on with its history: the same name, app, module
/// and URL.
bool keeps_history(const ProbeTarget& before, const ProbeTarget& after);

/// What is known of one target, for every thread to read.
class TargetRecord {
 public:
  /// What is configured; the history stays.
  void describe(std::shared_ptr<const ProbeTarget> target, const ProbeModule& module,
                const std::string& host, bool https) EXCLUDES(mutex_);
  /// True where the target went from success to failure or back, or it was the first result.
  bool add(std::shared_ptr<const ProbeResult> result, double ended_unix_s) EXCLUDES(mutex_);
  void count_skipped() EXCLUDES(mutex_);
  void set_next_run(std::optional<double> unix_s) EXCLUDES(mutex_);

  std::shared_ptr<const ProbeResult> result() const EXCLUDES(mutex_);
  /// Copies into a view that may be used again and again: its strings keep their room.
  void copy_to(TargetView& view) const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  TargetView view_ GUARDED_BY(mutex_);
};

}  // namespace litewatch
