#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "probe/health.h"
#include "probe/prepared.h"
#include "probe/reason.h"

namespace litewatch {

/// The final answer of a probe, as far as it came. Views: valid for the call.
struct HttpAnswer {
  int status = 0;
  double version = 0;  ///< 1, 1.1, 2
  bool ssl = false;
  const HeaderList* headers = nullptr;  ///< those that needs_headers() asks for; null: none
  std::string_view content_type;
  std::string_view body;                    ///< decoded
  bool whole = true;                        ///< body is all of it
  ProbeReason broken = ProbeReason::kNone;  ///< why the answer is incomplete or not to be had
  std::string_view broken_detail;
};

/// What to think of it.
struct HttpVerdict {
  ProbeReason reason = ProbeReason::kNone;  ///< kNone: a success
  std::string detail;
  bool failed_due_to_regex = false;
  std::optional<bool> failed_due_to_cel;
  std::optional<HealthDocument> health;
  bool health_mismatch = false;
};

/// Judges an answer. The first of these that is not right is the reason: status, HTTP version, TLS
/// or not, header fields, an answer that came whole, the body's regular expressions, CEL, the
/// health document; but a document that says fail wins over the status that says the same. The
/// flags are as in blackbox_exporter: of a check that was made, in the order it has.
/// Pure.
HttpVerdict judge(const PreparedModule& module, const HealthOptions& health,
                  const HttpAnswer& answer);

/// Whether anything looks at the body.
bool needs_body(const PreparedModule& module, const HealthOptions& health);
/// Whether anything looks at header fields.
bool needs_headers(const PreparedModule& module);
bool is_valid_status(const HttpModule& module, int status);

}  // namespace litewatch
