#pragma once

#include <string_view>

#include "probe/reason.h"

namespace litewatch {

/// What a failed probe means to a person.
struct ProbeAdvice {
  std::string_view state;  ///< a few words: "connection refused"
  std::string_view next;   ///< what to do, a sentence
};

/// The advice for a reason; both empty for kNone.
const ProbeAdvice& advice(ProbeReason reason);

}  // namespace litewatch
