#pragma once

#include <openssl/x509.h>

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"

namespace litewatch {

/// A set of trusted certificates, parsed once: some 140 of them, 20 ms, for the machine's own.
/// Thread-safe.
class Authorities {
 public:
  /// The machine's, parsed when they are first asked for. A machine may have none: nothing is
  /// trusted then.
  static std::shared_ptr<Authorities> of_machine();

  /// Those in a file of PEM certificates. Errors name the file.
  static Result<std::shared_ptr<Authorities>> from_file(const std::string& path);

  /// Stays owned by this; nullptr when out of memory.
  X509_STORE* store();

  ~Authorities();
  Authorities(const Authorities&) = delete;
  Authorities& operator=(const Authorities&) = delete;

 private:
  explicit Authorities(X509_STORE* store) : store_(store) {}

  std::once_flag loaded_;
  X509_STORE* store_;  ///< nullptr: not loaded yet
};

/// Where this machine keeps its authorities: $SSL_CERT_FILE, OpenSSL's own place, or where the
/// distributions put them. Empty: nowhere.
std::string machine_authorities_file();

}  // namespace litewatch
