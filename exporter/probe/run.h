#pragma once

#include <functional>
#include <memory>
#include <string>

#include "probe/net/address.h"
#include "probe/net/loop.h"
#include "probe/net/resolver.h"
#include "probe/prepared.h"
#include "probe/result.h"
#include "probe/target.h"

namespace litewatch {

class Transfers;

/// What every probe runs on. Owned by the prober; outlives all runs.
struct ProbeContext {
  Loop& loop;
  Resolver& resolver;
  Transfers& transfers;
  std::string user_agent = "litewatch";  ///< what HTTP requests name themselves
};

/// One probe to run.
struct ProbeOrder {
  std::shared_ptr<const ProbeTarget> target;
  std::shared_ptr<const PreparedModule> module;
  std::shared_ptr<const AddressPolicy> policy;
  /// Raw targets: what a redirect's URL must fit as well; empty: nothing beside the module's rules.
  std::function<std::string(const std::string& url)> check_url;
  double timeout_s = 10;
  double queue_s = 0;
  bool debug = false;  ///< keep a log
  /// The last handshake with this target: what a probe over a kept connection shows.
  std::shared_ptr<const TlsResult> last_tls;
};

/// One probe under way. Destroying it ends it without a result.
class ProbeRun {
 public:
  using Done = std::function<void(ProbeResult)>;
  virtual ~ProbeRun() = default;
};

/// Starts a probe by its module's prober. `done` is called once, never from within this call, at
/// the latest a moment after the timeout; it may destroy the run.
std::unique_ptr<ProbeRun> start_probe(ProbeContext& context, ProbeOrder order, ProbeRun::Done done);
std::unique_ptr<ProbeRun> start_http_probe(ProbeContext& context, ProbeOrder order,
                                           ProbeRun::Done done);
std::unique_ptr<ProbeRun> start_tcp_probe(ProbeContext& context, ProbeOrder order,
                                          ProbeRun::Done done);

}  // namespace litewatch
