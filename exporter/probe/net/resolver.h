#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "probe/net/address.h"
#include "probe/net/loop.h"
#include "probe/reason.h"

namespace litewatch {

/// What became of a name.
struct Resolution {
  ProbeReason reason = ProbeReason::kNone;  ///< kNone, or kDnsNxdomain, kDnsTimeout, kDnsError
  std::string detail;                       ///< of a failure, one sentence
  Address address;                          ///< the one chosen
};

/// Resolves names without ever blocking the loop, with c-ares: getaddrinfo would hold a thread per
/// name for as long as a dead name server takes. As there, a name of the hosts file has the
/// addresses that it has there, and the name servers know the others. Follows changes of both
/// files. Dead name servers are given up after about 4 seconds each. Belongs to the loop's thread.
class Resolver {
 public:
  using QueryId = std::uint64_t;

  /// `servers`: "address[:port]", IPv6 with a port in brackets; empty: those of `resolv_conf`, from
  /// which the search domains come in any case. `loop` must outlive the resolver. Errors: malformed
  /// names the server that is none.
  static Result<std::unique_ptr<Resolver>> create(
      Loop& loop, const std::vector<std::string>& servers,
      const std::string& resolv_conf = "/etc/resolv.conf", const std::string& hosts = "/etc/hosts");
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The first address of the preferred family; with `fallback` one of the other where it has none.
  /// A literal address is its own resolution, under the same rule. `done` is called once, never
  /// from within this call; not at all after cancel(), or once the resolver is destroyed. It may
  /// start and cancel queries. The caller keeps the deadline.
  QueryId resolve(const std::string& name, IpProtocol preferred, bool fallback,
                  std::function<void(Resolution)> done);
  void cancel(QueryId query);

 private:
  struct State;
  explicit Resolver(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
