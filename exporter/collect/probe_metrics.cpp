#include "collect/probe_metrics.h"

#include "collect/probe_health_metrics.h"
#include "collect/probe_sink.h"

namespace litewatch {
namespace {

using enum Metric;

void set_tls(const TlsResult& tls, ProbeSink& sink) {
  sink.set(kProbeSslEarliestCertExpiry, tls.earliest_expiry_unix_s);
  sink.set(kProbeSslLastChainExpiryTimestampSeconds, tls.last_chain_expiry_unix_s);
  if (!tls.fingerprint_sha256.empty()) {
    sink.set_info(kProbeSslLastChainInfo, {tls.fingerprint_sha256, tls.subject, tls.issuer,
                                           tls.subject_alternative, tls.serial_number});
  }
  if (!tls.version.empty()) sink.set_info(kProbeTlsVersionInfo, {tls.version});
  if (!tls.cipher.empty()) sink.set_info(kProbeTlsCipherInfo, {tls.cipher});
  sink.set(kProbeSslVerifyOk, tls.verified);
  sink.set(kProbeSslVerifyResult, tls.verify_result);
}

void set_http(const HttpResult& http, ProbeSink& sink) {
  sink.set(kProbeHttpDurationSeconds, {"resolve"}, http.phases.resolve_s);
  sink.set(kProbeHttpDurationSeconds, {"connect"}, http.phases.connect_s);
  sink.set(kProbeHttpDurationSeconds, {"tls"}, http.phases.tls_s);
  sink.set(kProbeHttpDurationSeconds, {"processing"}, http.phases.processing_s);
  sink.set(kProbeHttpDurationSeconds, {"transfer"}, http.phases.transfer_s);
  sink.set(kProbeHttpStatusCode, http.status_code);
  sink.set(kProbeHttpContentLength, http.content_length);
  sink.set(kProbeHttpUncompressedBodyLength, http.uncompressed_body_length);
  sink.set(kProbeHttpRedirects, http.redirects);
  sink.set(kProbeHttpSsl, http.ssl);
  sink.set(kProbeHttpVersion, http.version);
  sink.set(kProbeHttpLastModifiedTimestampSeconds, http.last_modified_unix_s);
  sink.set(kProbeFailedDueToRegex, http.failed_due_to_regex);
  if (http.failed_due_to_cel) sink.set(kProbeFailedDueToCel, *http.failed_due_to_cel);
  sink.set(kProbeHttpBodyTruncated, http.body_truncated);
  sink.set(kProbeHttpNewConnections, http.new_connections);
}

/// The counters of a target.
void set_counters(const TargetView& view, ProbeSink& sink) {
  sink.set(kProbeAttemptsTotal, static_cast<double>(view.attempts));
  for (std::size_t i = 1; i < kProbeReasonCount; ++i) {  // 0 is no failure
    if (!view.possible[i] && view.failures[i] == 0) continue;
    sink.set(kProbeFailuresTotal, {to_string(static_cast<ProbeReason>(i))},
             static_cast<double>(view.failures[i]));
  }
  sink.set_histogram(kProbeAllDurationSeconds,
                     {kProbeDurationBounds, view.durations, view.duration_sum_s});
  sink.set(kProbeSkippedTotal, static_cast<double>(view.skipped));
  sink.set(kProbeHealthComponentsDroppedTotal, static_cast<double>(view.components_dropped));
}

}  // namespace

void set_probe_result(SeriesTable& table, const ProbeLabels& labels, const ProbeResult& result,
                      double now_unix_s) {
  ProbeSink sink(labels, table);
  sink.set(kProbeSuccess, result.success);
  sink.set(kProbeDurationSeconds, result.duration_s);
  sink.set(kProbeTimeoutSeconds, result.timeout_s);
  sink.set(kProbeDnsLookupTimeSeconds, result.dns_lookup_s);
  sink.set(kProbeIpProtocol, result.ip_protocol);
  sink.set(kProbeIpAddrHash, result.ip_addr_hash);
  sink.set(kProbeQueueSeconds, result.queue_s);
  if (!result.success) sink.set(kProbeFailureReason, {to_string(result.reason)}, 1);
  if (result.http) {
    set_http(*result.http, sink);
  } else {
    sink.set(kProbeFailedDueToRegex, result.failed_due_to_expect);
  }
  if (result.tls) set_tls(*result.tls, sink);
  if (result.health) set_probe_health(sink, *result.health, result.health_mismatch, now_unix_s);
}

void set_probe_history(SeriesTable& table, const ProbeLabels& labels, const TargetView& view) {
  ProbeSink sink(labels, table);
  set_counters(view, sink);
  sink.set(kProbeConsecutiveFailures, static_cast<double>(view.consecutive_failures));
  if (view.confirmed_success) sink.set(kProbeConfirmedSuccess, *view.confirmed_success);
  if (view.target->interval_s > 0) sink.set(kProbeIntervalSeconds, view.target->interval_s);
  sink.set(kProbeLastRunTimestampSeconds, view.last_run_unix_s);
  sink.set(kProbeNextRunTimestampSeconds, view.next_run_unix_s);
  sink.set(kProbeLatencyObjectiveSeconds, view.target->objectives.latency_s);
  sink.set(kProbeAvailabilityObjectiveRatio, view.target->objectives.availability_ratio);
  if (view.result && view.result->tls) {
    sink.set(kProbeCertificateObjectiveSeconds, view.target->objectives.certificate_s);
  }
}

}  // namespace litewatch
