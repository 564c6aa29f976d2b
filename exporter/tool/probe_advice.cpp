#include <algorithm>
#include <array>

#include "tool/probe_report.h"

namespace litewatch {
namespace {

constexpr std::array<ProbeAdvice, kProbeReasonCount> kAdvice = {{
    {ProbeReason::kNone, "well", ""},
    {ProbeReason::kDnsNxdomain, "the name does not exist",
     "Check the spelling; `getent hosts NAME` asks as this machine does. The name of a container "
     "or "
     "service is often known within its own network only."},
    {ProbeReason::kDnsTimeout, "no name server answered",
     "See in /etc/resolv.conf who is asked, and whether this machine reaches it: `dig @SERVER "
     "NAME`. probes.dns_servers in the configuration sets others."},
    {ProbeReason::kDnsError, "the name server failed",
     "Ask it directly: `dig NAME`. SERVFAIL comes from a broken zone or DNSSEC chain, or from a "
     "name server that cannot reach others itself."},
    {ProbeReason::kConnectRefused, "nothing listens there",
     "Is the app running, and on this address and port? `ss -ltnp` on its host shows what listens. "
     "In a container, an app bound to 127.0.0.1 cannot be reached from outside."},
    {ProbeReason::kConnectTimeout, "no connection in time",
     "Packets are dropped on the way: is the host up, and do a firewall, a security group or a "
     "network policy stand between?"},
    {ProbeReason::kConnectUnreachable, "there is no way to the address",
     "`ip route get ADDRESS` shows the route, if any. For IPv6: does this machine have it at all?"},
    {ProbeReason::kConnectReset, "the connection was closed before the answer was complete",
     "The app, or a proxy before it, crashed, restarted or gave up: read its log at this moment. "
     "Plain HTTP to a TLS port looks the same."},
    {ProbeReason::kTlsExpired, "a certificate has expired or is not valid yet",
     "Renew it and reload the server, which may still hold the old one. A wrong clock on this "
     "machine looks the same."},
    {ProbeReason::kTlsHostname, "the certificate is for another name",
     "Ask for one of the names below, or have a certificate issued for this one. Where several "
     "sites share the address, another one answered."},
    {ProbeReason::kTlsUntrusted, "no chain to a trusted authority",
     "Mostly the server does not send its intermediate certificates: have it send the full chain. "
     "For an authority of your own, set tls_config.ca_file in a module and name it with --module."},
    {ProbeReason::kTlsHandshake, "no TLS connection",
     "`openssl s_client -connect HOST:PORT` shows whether the port speaks TLS at all, and which "
     "versions; a client certificate may be asked for."},
    {ProbeReason::kTlsTimeout, "the TLS handshake did not end in time",
     "The server takes connections but does not work on them: it is overloaded, or does not speak "
     "TLS on this port."},
    {ProbeReason::kTlsPolicy, "TLS where there must be none, or the reverse",
     "fail_if_ssl or fail_if_not_ssl of the module wants it so: check the URL's scheme and where "
     "redirects lead."},
    {ProbeReason::kHttpStatus, "the status code is not one of the valid ones",
     "Read what came, below, and the app's log at this moment. 404: is the path right? 401 or 403: "
     "does the module have the credentials? 502 or 504: the proxy is up, the app is not."},
    {ProbeReason::kHttpVersion, "not one of the valid HTTP versions",
     "valid_http_versions of the module lists what is; a proxy in between may speak another one."},
    {ProbeReason::kHttpProtocol, "what came is not HTTP",
     "Another service may listen on this port, or it wants https."},
    {ProbeReason::kRedirectBlocked, "a redirect leads where it may not",
     "A health endpoint answers itself: a redirect to a login page says nothing of the app's "
     "health. Probe the address it leads to, or allow it in the module."},
    {ProbeReason::kRedirectLimit, "too many redirects",
     "A loop is likely: the app and its proxy may disagree about https or the host's name. Follow "
     "it with --debug."},
    {ProbeReason::kResponseTimeout, "connected, but no complete answer in time",
     "The app hangs or is overloaded. Where its data is in SQLite, see who holds the lock: "
     "`litetool inspect FILE`. --timeout waits longer."},
    {ProbeReason::kBodyTooLarge, "the body is too large",
     "Is it the health endpoint? If so, raise body_size_limit in the module."},
    {ProbeReason::kBodyMismatch, "the body is not as the module demands",
     "Compare what came, below, with the expressions in the module."},
    {ProbeReason::kHeaderMismatch, "a header is not as the module demands",
     "`curl -i URL` shows the headers; compare them with the expressions in the module."},
    {ProbeReason::kJsonInvalid, "it is not the JSON that was expected",
     "Something else answers, perhaps a proxy's error page: read what came, below."},
    {ProbeReason::kHealthFail, "the app says that it is not well",
     "Begin with the first component below; the app's log says more."},
    {ProbeReason::kExpectMismatch, "the expected answer did not come",
     "Compare what the server says, e.g. with `nc HOST PORT`, with query_response in the module."},
    {ProbeReason::kAuthFailed, "no credentials could be had",
     "Check the client's id and secret in the module, and whether the token's URL or the proxy is "
     "up."},
    {ProbeReason::kPolicyDenied, "litewatch does not connect to this address",
     "Link-local and cloud metadata addresses are refused. If it is meant, list it under "
     "probes.allow_link_local in the configuration."},
    {ProbeReason::kInternal, "litewatch could not run the probe",
     "See what it says above; descriptors or memory may be short on this machine."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kAdvice.size(); ++i) {
    if (static_cast<std::size_t>(kAdvice[i].reason) != i) return false;
  }
  return true;
}
static_assert(in_order());

/// Smaller is worse. What nobody knows stands before what is well.
int rank(HealthStatus status) {
  switch (status) {
    case HealthStatus::kFail:
      return 0;
    case HealthStatus::kWarn:
      return 1;
    case HealthStatus::kUnknown:
      return 2;
    case HealthStatus::kPass:
      return 3;
  }
  return 2;
}

}  // namespace

const ProbeAdvice& advice(ProbeReason reason) {
  return kAdvice[std::min(static_cast<std::size_t>(reason), kAdvice.size() - 1)];
}

std::vector<const HealthComponent*> worst_first(const HealthDocument& document) {
  std::vector<const HealthComponent*> sorted;
  for (const HealthComponent& component : document.components) sorted.push_back(&component);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const HealthComponent* a, const HealthComponent* b) {
                     return rank(a->status) < rank(b->status);
                   });
  return sorted;
}

}  // namespace litewatch
