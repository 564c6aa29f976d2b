#include "probe/reason.h"

#include <array>

namespace litewatch {
namespace {

constexpr std::array<std::string_view, kProbeReasonCount> kWords = {
    "",
    "dns_nxdomain",
    "dns_timeout",
    "dns_error",
    "connect_refused",
    "connect_timeout",
    "connect_unreachable",
    "connect_reset",
    "tls_expired",
    "tls_hostname",
    "tls_untrusted",
    "tls_handshake",
    "tls_timeout",
    "tls_policy",
    "http_status",
    "http_version",
    "http_protocol",
    "redirect_blocked",
    "redirect_limit",
    "response_timeout",
    "body_too_large",
    "body_mismatch",
    "header_mismatch",
    "json_invalid",
    "health_fail",
    "expect_mismatch",
    "auth_failed",
    "policy_denied",
    "internal",
};
static_assert(kWords[static_cast<std::size_t>(ProbeReason::kInternal)] == "internal");
static_assert(kWords[static_cast<std::size_t>(ProbeReason::kHttpStatus)] == "http_status");

}  // namespace

std::string_view to_string(ProbeReason reason) {
  const auto index = static_cast<std::size_t>(reason);
  return index < kWords.size() ? kWords[index] : "";
}

}  // namespace litewatch
