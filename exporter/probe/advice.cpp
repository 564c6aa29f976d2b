#include "probe/advice.h"

#include <algorithm>
#include <array>

namespace litewatch {
namespace {

using enum ProbeReason;

constexpr std::array<ProbeAdvice, kProbeReasonCount> kAdvice = {{
    {kNone, "", "well", "", ""},
    {kDnsNxdomain, "name not found", "the name does not exist",
     "Correct the host of the target, or its record in the DNS.",
     "Check the spelling; `getent hosts NAME` asks as this machine does. The name of a container "
     "or service is often known within its own network only."},
    {kDnsTimeout, "name server silent", "no name server answered",
     "See why the name servers do not answer; probes.dns_servers sets others.",
     "See in /etc/resolv.conf who is asked, and whether this machine reaches it: `dig @SERVER "
     "NAME`. probes.dns_servers in the configuration sets others."},
    {kDnsError, "name server fails", "the name server failed",
     "Look at the name servers; probes.dns_servers sets others.",
     "Ask it directly: `dig NAME`. SERVFAIL comes from a broken zone or DNSSEC chain, or from a "
     "name server that cannot reach others itself."},
    {kConnectRefused, "connection refused", "nothing listens there",
     "Start the app, or correct host and port of the target.",
     "Is the app running, and on this address and port? `ss -ltnp` on its host shows what listens, "
     "`ss -lxp` on which sockets of the file system. In a container, an app bound to 127.0.0.1 "
     "cannot be reached from outside."},
    {kConnectTimeout, "no connection", "no connection in time",
     "Look for a firewall that drops packets, or for a machine that is down.",
     "Packets are dropped on the way: is the host up, and do a firewall, a security group or a "
     "network policy stand between?"},
    {kConnectUnreachable, "unreachable", "there is no way to the address",
     "Look at routes and network of this machine and of the target's.",
     "`ip route get ADDRESS` shows the route, if any. For IPv6: does this machine have it at all?"},
    {kConnectReset, "connection reset", "the connection was closed before the answer was complete",
     "Look in the app's log for a crash or a restart at that time.",
     "The app, or a proxy before it, crashed, restarted or gave up: read its log at this moment. "
     "Plain HTTP to a TLS port looks the same."},
    {kTlsExpired, "certificate expired", "a certificate has expired or is not valid yet",
     "Renew the certificate, and reload the server that shows it.",
     "Renew it and reload the server, which may still hold the old one. A wrong clock on this "
     "machine looks the same."},
    {kTlsHostname, "certificate for another name", "the certificate is for another name",
     "Get a certificate for the host of the target, or set hostname.",
     "Ask for one of the names below, or have a certificate issued for this one. Where several "
     "sites share the address, another one answered."},
    {kTlsUntrusted, "certificate not trusted", "no chain to a trusted authority",
     "Serve the whole chain, or give the authority as tls_config.ca_file.",
     "Mostly the server does not send its intermediate certificates: have it send the full chain. "
     "For an authority of your own, set tls_config.ca_file in a module and name it with --module."},
    {kTlsHandshake, "TLS handshake fails", "no TLS connection",
     "Compare TLS versions and client certificates of both sides.",
     "`openssl s_client -connect HOST:PORT` shows whether the port speaks TLS at all, and which "
     "versions; a client certificate may be asked for."},
    {kTlsTimeout, "TLS handshake hangs", "the TLS handshake did not end in time",
     "See whether the port speaks TLS, and whether the server is overloaded.",
     "The server takes connections but does not work on them: it is overloaded, or does not speak "
     "TLS on this port."},
    {kTlsPolicy, "TLS not as configured", "TLS where there must be none, or the reverse",
     "Correct the URL, or the module's fail_if_ssl or fail_if_not_ssl.",
     "fail_if_ssl or fail_if_not_ssl of the module wants it so: check the URL's scheme and where "
     "redirects lead."},
    {kHttpStatus, "wrong HTTP status", "the status code is not one of the valid ones",
     "Look in the app's log, or set valid_status_codes.",
     "Read what came, below, and the app's log at this moment. 404: is the path right? 401 or 403: "
     "does the module have the credentials? 502 or 504: the proxy is up, the app is not."},
    {kHttpVersion, "wrong HTTP version", "not one of the valid HTTP versions",
     "Look at the server's settings, or set valid_http_versions.",
     "valid_http_versions of the module lists what is; a proxy in between may speak another one."},
    {kHttpProtocol, "answer is not HTTP", "what came is not HTTP",
     "Look at what the service on that port sends: `curl -i URL` shows it.",
     "Another service may listen on this port, or it wants https. `curl -i URL` shows what it "
     "sends, and header fields that pile up."},
    {kRedirectBlocked, "redirected elsewhere", "a redirect leads where it may not",
     "Probe the URL that it leads to, or allow it with the module's redirects; often a login page.",
     "A health endpoint answers itself: a redirect to a login page says nothing of the app's "
     "health. Probe the address it leads to, or allow it in the module."},
    {kRedirectLimit, "too many redirects", "too many redirects",
     "Look for a loop, or raise the module's redirects.max.",
     "A loop is likely: the app and its proxy may disagree about https or the host's name. Follow "
     "it with --debug."},
    {kResponseTimeout, "no answer in time", "connected, but no complete answer in time",
     "See what the app waits for; often a lock or a full queue.",
     "The app hangs or is overloaded. Where its data is in SQLite, see who holds the lock: "
     "`litetool inspect FILE`. --timeout waits longer."},
    {kBodyTooLarge, "answer too large", "the body is too large",
     "Probe a health endpoint, or raise body_size_limit.",
     "Is it the health endpoint? If so, raise body_size_limit in the module."},
    {kBodyMismatch, "unexpected content", "the body is not as the module demands",
     "Compare the answer with the module's expressions.",
     "Compare what came, below, with the expressions in the module."},
    {kHeaderMismatch, "unexpected header", "a header is not as the module demands",
     "Compare the answer with the module's header rules.",
     "`curl -i URL` shows the headers; compare them with the expressions in the module."},
    {kJsonInvalid, "answer is not JSON", "it is not the JSON that was expected",
     "See whether a proxy answers in place of the app.",
     "Something else answers, perhaps a proxy's error page: read what came, below."},
    {kHealthFail, "reports failure", "the app says that it is not well",
     "Look at the part that fails.",
     "Begin with the first component below; the app's log says more."},
    {kExpectMismatch, "unexpected reply", "the expected answer did not come",
     "Compare the dialogue with the module's query_response.",
     "Compare what the server says, e.g. with `nc HOST PORT`, with query_response in the module."},
    {kAuthFailed, "authentication failed", "no credentials could be had",
     "Look at the credentials, the token's URL or the proxy.",
     "Check the client's id and secret in the module, and whether the token's URL or the proxy is "
     "up."},
    {kPolicyDenied, "address not allowed", "litewatch does not connect to this address",
     "Allow it with probes.allow_link_local if it is meant; else see why the name leads there.",
     "Link-local and cloud metadata addresses are refused. If it is meant, list it under "
     "probes.allow_link_local in the configuration."},
    {kInternal, "litewatch could not probe", "litewatch could not run the probe",
     "Look in litewatch's log and at its limits.",
     "See what it says above: litewatch may lack the right to a socket or a file, or "
     "descriptors or memory may be short on this machine."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kAdvice.size(); ++i) {
    if (static_cast<std::size_t>(kAdvice[i].reason) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

const ProbeAdvice& advice(ProbeReason reason) {
  return kAdvice[std::min(static_cast<std::size_t>(reason), kAdvice.size() - 1)];
}

}  // namespace litewatch
