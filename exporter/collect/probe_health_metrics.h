#pragma once

#include "collect/probe_sink.h"
#include "probe/health.h"

namespace litewatch {

/// Sets what a health document says; of an invalid one, that it is.
void set_probe_health(ProbeSink& sink, const HealthDocument& document, bool mismatch,
                      double now_unix_s);

}  // namespace litewatch
