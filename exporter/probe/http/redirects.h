#pragma once

#include <optional>
#include <string>

#include "probe/module.h"
#include "probe/reason.h"
#include "probe/url.h"

namespace litewatch {

/// Where a probe stands when an answer comes.
struct RedirectState {
  Url first;             ///< the target's
  std::string hostname;  ///< the name the target goes by where that is not its URL's host
  Url current;           ///< what answered
  std::string method;
  int followed = 0;
};

/// What to do about an answer.
struct RedirectStep {
  enum class Kind : unsigned char {
    kFinal,    ///< it is the answer to judge
    kFollow,   ///< `next`, with `method`
    kRefused,  ///< `reason` and `detail`
  };
  Kind kind = Kind::kFinal;
  Url next;
  std::string method;
  bool keep_body = false;
  ProbeReason reason = ProbeReason::kNone;
  std::string detail;
};

/// Whether an answer leads elsewhere: its status is a redirect's, and it says where to.
bool leads_elsewhere(int status, const std::optional<std::string>& location);

/// Decides by status and Location field. Methods change as in Go's http.Client: after 301, 302 and
/// 303 all but HEAD become GET without a body; 307 and 308 keep method and body. A redirect without
/// Location is an answer, as there. The target's own host is on every list of hosts. Pure.
RedirectStep next_step(const RedirectOptions& options, const RedirectState& state, int status,
                       const std::optional<std::string>& location);

}  // namespace litewatch
