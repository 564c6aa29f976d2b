#include "probe/run.h"

#include <utility>

namespace litewatch {

std::unique_ptr<ProbeRun> start_probe(ProbeContext& context, ProbeOrder order,
                                      ProbeRun::Done done) {
  if (order.module->module->prober == ProberKind::kHttp) {
    return start_http_probe(context, std::move(order), std::move(done));
  }
  return start_tcp_probe(context, std::move(order), std::move(done));
}

}  // namespace litewatch
