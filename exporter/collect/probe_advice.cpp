#include "collect/probe_advice.h"

#include <array>

namespace litewatch {
namespace {

struct Row {
  ProbeReason reason;
  ProbeAdvice advice;
};

using enum ProbeReason;

constexpr std::array<Row, kProbeReasonCount> kRows = {{
    {kNone, {"", ""}},
    {kDnsNxdomain, {"name not found", "Correct the host of the target, or its record in the DNS."}},
    {kDnsTimeout,
     {"name server silent",
      "See why the name servers do not answer; probes.dns_servers sets others."}},
    {kDnsError, {"name server fails", "Look at the name servers; probes.dns_servers sets others."}},
    {kConnectRefused,
     {"connection refused", "Start the app, or correct host and port of the target."}},
    {kConnectTimeout,
     {"no connection", "Look for a firewall that drops packets, or for a machine that is down."}},
    {kConnectUnreachable,
     {"unreachable", "Look at routes and network of this machine and of the target's."}},
    {kConnectReset,
     {"connection reset", "Look in the app's log for a crash or a restart at that time."}},
    {kTlsExpired,
     {"certificate expired", "Renew the certificate, and reload the server that shows it."}},
    {kTlsHostname,
     {"certificate for another name",
      "Get a certificate for the host of the target, or set hostname."}},
    {kTlsUntrusted,
     {"certificate not trusted",
      "Serve the whole chain, or give the authority as tls_config.ca_file."}},
    {kTlsHandshake,
     {"TLS handshake fails", "Compare TLS versions and client certificates of both sides."}},
    {kTlsTimeout,
     {"TLS handshake hangs",
      "See whether the port speaks TLS, and whether the server is overloaded."}},
    {kTlsPolicy,
     {"TLS not as configured", "Correct the URL, or the module's fail_if_ssl or fail_if_not_ssl."}},
    {kHttpStatus, {"wrong HTTP status", "Look in the app's log, or set valid_status_codes."}},
    {kHttpVersion,
     {"wrong HTTP version", "Look at the server's settings, or set valid_http_versions."}},
    {kHttpProtocol, {"answer is not HTTP", "See which service listens on that port."}},
    {kRedirectBlocked,
     {"redirected elsewhere",
      "Probe the URL that it leads to, or allow it with the module's redirects; often a login "
      "page."}},
    {kRedirectLimit,
     {"too many redirects", "Look for a loop, or raise the module's redirects.max."}},
    {kResponseTimeout,
     {"no answer in time", "See what the app waits for; often a lock or a full queue."}},
    {kBodyTooLarge, {"answer too large", "Probe a health endpoint, or raise body_size_limit."}},
    {kBodyMismatch, {"unexpected content", "Compare the answer with the module's expressions."}},
    {kHeaderMismatch, {"unexpected header", "Compare the answer with the module's header rules."}},
    {kJsonInvalid, {"answer is not JSON", "See whether a proxy answers in place of the app."}},
    {kHealthFail, {"reports failure", "Look at the part that fails."}},
    {kExpectMismatch,
     {"unexpected reply", "Compare the dialogue with the module's query_response."}},
    {kAuthFailed,
     {"authentication failed", "Look at the credentials, the token's URL or the proxy."}},
    {kPolicyDenied,
     {"address not allowed",
      "Allow it with probes.allow_link_local if it is meant; else see why the name leads there."}},
    {kInternal, {"litewatch could not probe", "Look in litewatch's log and at its limits."}},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].reason) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

const ProbeAdvice& advice(ProbeReason reason) {
  return kRows[static_cast<std::size_t>(reason)].advice;
}

}  // namespace litewatch
