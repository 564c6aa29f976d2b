#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace litewatch {

/// Why a probe failed: the whole vocabulary of the label `reason`. The first thing that went wrong
/// wins; what it says in particular is in ProbeResult::detail.
enum class ProbeReason : std::uint8_t {
  kNone,                ///< it succeeded
  kDnsNxdomain,         ///< the name does not exist, or has no address of an allowed family
  kDnsTimeout,          ///< no resolver answered in time
  kDnsError,            ///< the resolver said that it failed, or what it said is not DNS
  kConnectRefused,      ///< ECONNREFUSED; for a Unix socket also ENOENT
  kConnectTimeout,      ///< no connection before the deadline
  kConnectUnreachable,  ///< no route, network or host unreachable
  kConnectReset,        ///< the peer reset or closed the connection before its answer was complete
  kTlsExpired,          ///< a certificate of the chain is expired or not yet valid
  kTlsHostname,         ///< the certificate is for another name
  kTlsUntrusted,        ///< no chain to a trusted authority, or not the pinned key
  kTlsHandshake,        ///< any other failure of the handshake, a refused protocol version included
  kTlsTimeout,          ///< no end of the handshake before the deadline
  kTlsPolicy,           ///< fail_if_ssl, fail_if_not_ssl
  kHttpStatus,          ///< not one of the valid status codes
  kHttpVersion,         ///< not one of the valid HTTP versions
  kHttpProtocol,        ///< what came is not HTTP, or not in the encoding asked for
  kRedirectBlocked,     ///< the redirect's destination is not allowed
  kRedirectLimit,       ///< more redirects than allowed
  kResponseTimeout,     ///< connected, but no complete answer before the deadline
  kBodyTooLarge,        ///< over body_size_limit, a decompression bomb, or cut before a check could
                        ///< be decided
  kBodyMismatch,        ///< a regular expression or CEL expression about the body
  kHeaderMismatch,      ///< a regular expression about a header
  kJsonInvalid,         ///< JSON was expected and something else came
  kHealthFail,          ///< the health document says so
  kExpectMismatch,      ///< TCP: the expected answer did not come
  kAuthFailed,          ///< no OAuth 2.0 token, or the proxy refused
  kPolicyDenied,        ///< the address, port or scheme is not allowed
  kInternal,            ///< litewatch could not run the probe
  kCount_,
};

inline constexpr std::size_t kProbeReasonCount = static_cast<std::size_t>(ProbeReason::kCount_);

/// The label value, e.g. "dns_nxdomain"; "" for kNone.
std::string_view to_string(ProbeReason reason);

}  // namespace litewatch
