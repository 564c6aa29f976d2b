#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "probe/address.h"
#include "probe/loop.h"
#include "probe/reason.h"

namespace litewatch {

/// What became of a name.
struct Resolution {
  ProbeReason reason = ProbeReason::kNone;  ///< kNone, or kDnsNxdomain, kDnsTimeout, kDnsError
  std::string detail;                       ///< of a failure, one sentence
  Address address;                          ///< the one chosen
};

/// Resolves names without ever blocking the loop, with c-ares: getaddrinfo would hold a thread per
/// name for as long as a dead name server takes. Reads resolv.conf and the hosts file at its
/// creation and when they change.
class Resolver {
 public:
  using QueryId = std::uint64_t;

  /// `servers`: "address[:port]"; empty: the machine's. `loop` must outlive the resolver.
  static Result<std::unique_ptr<Resolver>> create(Loop& loop,
                                                  const std::vector<std::string>& servers);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The first address of the preferred family; with `fallback` one of the other where it has none.
  /// A literal address is its own resolution. `done` is called once, never from within this call;
  /// not at all after cancel(). The caller keeps the deadline.
  QueryId resolve(const std::string& name, IpProtocol preferred, bool fallback,
                  std::function<void(Resolution)> done);
  void cancel(QueryId query);

 private:
  struct State;
  explicit Resolver(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
