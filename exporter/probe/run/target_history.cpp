#include "probe/run/target_history.h"

#include <algorithm>

#include "probe/net/address.h"

namespace litewatch {
namespace {

using enum ProbeReason;

/// Collects reasons.
class Reasons {
 public:
  void add(bool possible, std::initializer_list<ProbeReason> reasons) {
    if (!possible) return;
    for (const ProbeReason reason : reasons) flags_[static_cast<std::size_t>(reason)] = true;
  }
  const std::array<bool, kProbeReasonCount>& flags() const { return flags_; }

 private:
  std::array<bool, kProbeReasonCount> flags_{};
};

void add_tls(const TlsClientOptions& tls, Reasons& reasons) {
  reasons.add(true, {kTlsHandshake, kTlsTimeout});
  reasons.add(!tls.insecure_skip_verify, {kTlsExpired, kTlsHostname, kTlsUntrusted});
  reasons.add(!tls.pinned_key_sha256.empty(), {kTlsUntrusted});
}

void add_http(const ProbeTarget& target, const HttpModule& http, bool https, Reasons& reasons) {
  reasons.add(true, {kHttpStatus, kHttpProtocol, kResponseTimeout});
  if (https) add_tls(http.tls, reasons);
  reasons.add(http.fail_if_ssl || http.fail_if_not_ssl, {kTlsPolicy});
  reasons.add(!http.valid_http_versions.empty(), {kHttpVersion});
  reasons.add(http.redirects.mode != RedirectMode::kNone, {kRedirectBlocked, kRedirectLimit});
  const bool cel = !http.fail_if_body_json_matches_cel.empty() ||
                   !http.fail_if_body_json_not_matches_cel.empty();
  const bool body = cel || !http.fail_if_body_matches_regexp.empty() ||
                    !http.fail_if_body_not_matches_regexp.empty();
  const bool health = target.health_format.value_or(http.health.format) != HealthFormat::kNone;
  reasons.add(body, {kBodyMismatch});
  reasons.add(cel || health, {kJsonInvalid});
  reasons.add(body || health || http.body_size_limit || !http.compression.empty(), {kBodyTooLarge});
  reasons.add(health && http.health.fail_on != HealthOptions::FailOn::kNever, {kHealthFail});
  reasons.add(!http.fail_if_header_matches_regexp.empty() ||
                  !http.fail_if_header_not_matches_regexp.empty(),
              {kHeaderMismatch});
  reasons.add(http.oauth2 || !http.proxy_url.empty() || http.proxy_from_environment, {kAuthFailed});
}

void add_tcp(const TcpModule& tcp, Reasons& reasons) {
  const auto& steps = tcp.query_response;
  const bool starttls =
      std::any_of(steps.begin(), steps.end(), [](const auto& step) { return step.starttls; });
  const bool expects = std::any_of(steps.begin(), steps.end(), [](const auto& step) {
    return !step.expect.empty() || !step.expect_bytes.empty();
  });
  if (tcp.tls || starttls) add_tls(tcp.tls_config, reasons);
  reasons.add(!steps.empty(), {kResponseTimeout});
  reasons.add(expects, {kExpectMismatch});
}

/// Its place among the latest ones: the oldest goes where there is no room.
void add_mark(TargetView& view, const ProbeResult& result) {
  if (view.mark_count == TargetView::kMarks) {
    std::move(view.marks.begin() + 1, view.marks.end(), view.marks.begin());
    --view.mark_count;
  }
  ProbeMark& mark = view.marks[view.mark_count++];
  mark.reason = result.reason;
  mark.health =
      result.health && result.health->valid ? result.health->status : HealthStatus::kUnknown;
  mark.duration_s = static_cast<float>(result.duration_s);
}

void add_duration(TargetView& view, double duration_s) {
  view.duration_sum_s += duration_s;
  for (std::size_t i = 0; i < kProbeDurationBounds.size(); ++i) {
    if (duration_s <= kProbeDurationBounds[i]) ++view.durations[i];
  }
  ++view.durations.back();
}

}  // namespace

std::array<bool, kProbeReasonCount> possible_reasons(const ProbeTarget& target,
                                                     const ProbeModule& module,
                                                     const std::string& host, bool https) {
  const bool socket_file = module.prober == ProberKind::kUnix || !target.unix_socket.empty();
  Reasons reasons;
  reasons.add(true, {kConnectRefused, kConnectTimeout, kConnectReset, kPolicyDenied, kInternal});
  reasons.add(!socket_file, {kConnectUnreachable});
  reasons.add(!socket_file && !parse_address(host), {kDnsNxdomain, kDnsTimeout, kDnsError});
  if (module.prober == ProberKind::kHttp) {
    add_http(target, module.http, https, reasons);
  } else {
    add_tcp(module.tcp, reasons);
  }
  return reasons.flags();
}

void add_result(TargetView& view, std::shared_ptr<const ProbeResult> result, double ended_unix_s) {
  ++view.attempts;
  add_duration(view, result->duration_s);
  add_mark(view, *result);
  view.last_run_unix_s = ended_unix_s;
  if (result->health) view.components_dropped += result->health->dropped;
  if (result->success) {
    view.consecutive_failures = 0;
    view.confirmed_success = true;
  } else {
    ++view.failures[static_cast<std::size_t>(result->reason)];
    ++view.consecutive_failures;
    const bool confirmed = view.consecutive_failures >= view.target->confirm_failures;
    view.confirmed_success = !confirmed && view.confirmed_success.value_or(true);
  }
  view.result = std::move(result);
}

bool keeps_history(const ProbeTarget& before, const ProbeTarget& after) {
  return before.name == after.name && before.app == after.app && before.module == after.module &&
         before.url == after.url;
}

void TargetRecord::describe(std::shared_ptr<const ProbeTarget> target, const ProbeModule& module,
                            const std::string& host, bool https) {
  MutexLock lock(mutex_);
  view_.possible = possible_reasons(*target, module, host, https);
  view_.shown_url = shown_url(target->url);
  view_.target = std::move(target);
  view_.host = host;
  view_.https = https;
}

bool TargetRecord::add(std::shared_ptr<const ProbeResult> result, double ended_unix_s) {
  MutexLock lock(mutex_);
  const bool changed = !view_.result || view_.result->success != result->success;
  add_result(view_, std::move(result), ended_unix_s);
  return changed;
}

void TargetRecord::count_skipped() {
  MutexLock lock(mutex_);
  ++view_.skipped;
}

void TargetRecord::set_next_run(std::optional<double> unix_s) {
  MutexLock lock(mutex_);
  view_.next_run_unix_s = unix_s;
}

std::shared_ptr<const ProbeResult> TargetRecord::result() const {
  MutexLock lock(mutex_);
  return view_.result;
}

void TargetRecord::copy_to(TargetView& view) const {
  MutexLock lock(mutex_);
  view = view_;
}

}  // namespace litewatch
