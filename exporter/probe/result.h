#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "probe/health.h"
#include "probe/module.h"
#include "probe/reason.h"

namespace litewatch {

/// The certificates a server showed, whether or not they were accepted.
struct TlsResult {
  std::string version;  ///< as Go's crypto/tls says it: "TLS 1.3"; empty where no handshake ended
  std::string cipher;   ///< IANA name: "TLS_AES_128_GCM_SHA256"
  bool verified = false;
  int verify_result = 0;  ///< X509_V_ERR_*; 0 is X509_V_OK. A wrong host name is 62
  std::optional<double> earliest_expiry_unix_s;    ///< over the certificates shown
  std::optional<double> last_chain_expiry_unix_s;  ///< of the verified chain that lasts longest
  // Of the leaf.
  std::string fingerprint_sha256;  ///< hex
  std::string subject;             ///< RFC 2253, as Go's pkix.Name.String()
  std::string issuer;
  std::string subject_alternative;  ///< DNS names, comma-separated, as blackbox_exporter has them
  std::string serial_number;        ///< hex, lower case
  std::optional<double> not_before_unix_s;
  std::optional<double> not_after_unix_s;
};

/// The phases of blackbox_exporter, in seconds, summed over redirects.
struct HttpPhases {
  double resolve_s = 0;
  double connect_s = 0;
  double tls_s = 0;
  double processing_s = 0;
  double transfer_s = 0;
};

/// The values blackbox_exporter publishes for prober http: 0 where the probe did not come so far.
struct HttpResult {
  HttpPhases phases;
  int status_code = 0;
  double content_length = 0;  ///< -1: not said
  double uncompressed_body_length = 0;
  int redirects = 0;   ///< that came, one that was not followed included, as there
  bool ssl = false;    ///< of the final hop
  double version = 0;  ///< 1, 1.1, 2
  std::optional<double> last_modified_unix_s;
  bool failed_due_to_regex = false;
  std::optional<bool> failed_due_to_cel;  ///< where the module has a CEL expression
  bool body_truncated = false;
  int new_connections = 0;
};

/// What one probe saw. Immutable once published.
struct ProbeResult {
  bool success = false;
  ProbeReason reason = ProbeReason::kInternal;  ///< kNone where it succeeded
  std::string detail;  ///< one sentence about the failure; no secrets; never a label

  ProberKind prober = ProberKind::kHttp;
  std::string module;
  Moment started;         ///< when it was begun, after waiting for room
  double duration_s = 0;  ///< from then to the verdict
  double queue_s = 0;     ///< how long it waited for room before
  double timeout_s = 0;   ///< what it was given
  double dns_lookup_s = 0;
  int ip_protocol = 0;             ///< 4 or 6; 0 where none was chosen
  std::uint32_t ip_addr_hash = 0;  ///< FNV-1a of the address' 4 or 16 bytes
  std::string address;             ///< the last one connected to, for people
  std::string final_url;           ///< shown_url of the last hop

  std::optional<HttpResult> http;  ///< prober http, whatever came of it
  std::optional<TlsResult> tls;    ///< a server showed a certificate
  std::optional<HealthDocument> health;
  bool health_mismatch = false;
  bool failed_due_to_expect = false;  ///< TCP: `probe_failed_due_to_regex`

  std::string excerpt;           ///< the first bytes of the body, at most kExcerpt, of a failure
  std::vector<std::string> log;  ///< where it was asked for; secrets masked
  static constexpr std::size_t kExcerpt = 1024;
};

}  // namespace litewatch
