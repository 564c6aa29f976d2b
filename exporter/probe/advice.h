#pragma once

#include <string_view>

#include "probe/reason.h"

namespace litewatch {

/// What a reason means to a person, and what to do next. The texts are empty for kNone, but for
/// `meaning`.
struct ProbeAdvice {
  ProbeReason reason;
  std::string_view state;    ///< a few words, for a page and the log: "connection refused"
  std::string_view meaning;  ///< a clause, for a terminal: "nothing listens there"
  std::string_view next;     ///< what to do: one sentence, for a page
  std::string_view steps;    ///< the same with commands to run, for a terminal
};

/// The advice for a reason.
const ProbeAdvice& advice(ProbeReason reason);

}  // namespace litewatch
