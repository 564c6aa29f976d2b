#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "probe/module.h"
#include "probe/result.h"
#include "probe/tls/authorities.h"
#include "probe/tls/verify_error.h"

namespace litewatch {

/// The TLS side of a module, read from its files once and then shared by all its probes: parsing
/// the machine's authorities for each probe costs 24 times the handshake. Thread-safe.
class TlsProfile {
 public:
  /// Reads the files. Errors name the file. `machine`: what is trusted without a ca_file; profiles
  /// may share one.
  static Result<std::shared_ptr<const TlsProfile>> create(
      const TlsClientOptions& options,
      std::shared_ptr<Authorities> machine = Authorities::of_machine());
  ~TlsProfile();

  /// Sets a new context up: authorities, client certificate, versions, and a verification that
  /// records what it sees in `result`: the certificates before they are judged, version and cipher
  /// when the handshake ends. With `host` it also checks the name (DNS or address); the pinned key
  /// in any case. `result` must outlive the first handshake of `context`, this every one. For one
  /// connection: takes SSL_CTX_set_app_data and SSL_CTX_set_info_callback.
  /// False: out of memory or a bad key.
  bool apply(SSL_CTX* context, const std::string& host, TlsResult& result) const;

  const TlsClientOptions& options() const;

 private:
  struct State;
  explicit TlsProfile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Adds version and cipher of an established connection. apply() has it done already.
void describe_session(const SSL* ssl, TlsResult& result);

/// Which reason a failed handshake has, by what the verification recorded.
ProbeReason tls_failure(const TlsResult& result);

}  // namespace litewatch
