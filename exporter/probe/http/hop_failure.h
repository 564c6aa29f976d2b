#pragma once

#include <curl/curl.h>

#include <string>

#include "probe/reason.h"
#include "probe/result.h"

namespace litewatch {

/// How far a transfer came.
enum class HopPhase : unsigned char { kResolve, kConnect, kTls, kResponse };

/// What is known of a transfer that failed.
struct HopFacts {
  CURLcode code = CURLE_OK;
  HopPhase phase = HopPhase::kConnect;
  long os_errno = 0;               ///< CURLINFO_OS_ERRNO
  long proxy_status = 0;           ///< what the proxy said to CONNECT; 0: no CONNECT
  std::string words;               ///< curl's error buffer
  const TlsResult* tls = nullptr;  ///< what the server's certificate was found to be
};

struct HopFailure {
  ProbeReason reason = ProbeReason::kNone;
  std::string detail;
};

/// The reason for what curl says. Pure.
HopFailure explain(const HopFacts& facts);

/// The reason for a deadline that struck in that phase.
HopFailure explain_timeout(HopPhase phase);

}  // namespace litewatch
