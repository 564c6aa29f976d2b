#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/canned_server.h"

namespace litewatch {

/// What a certificate made for a test says.
struct CertificateOptions {
  std::string common_name = "localhost";
  std::vector<std::string> dns_names = {"localhost"};
  std::vector<std::string> addresses = {"127.0.0.1"};
  std::vector<std::pair<std::string, std::string>> more_names =
      {};  ///< e.g. {"O", "Acme"}, before CN
  long begins_in_s = -3600;
  long ends_in_s = 3600;
  bool authority = false;
};

/// A certificate with its key (P-256), made in memory with OpenSSL. Copies share both. Failures
/// throw std::runtime_error.
class TestCertificate {
 public:
  /// Signed by `issuer`; by itself where that is null.
  static TestCertificate make(const CertificateOptions& options,
                              const TestCertificate* issuer = nullptr);
  /// An authority of its own.
  static TestCertificate authority(const std::string& name = "Test Authority",
                                   long ends_in_s = 7200);

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }
  std::string pem() const;
  std::string key_pem() const;
  std::string key_sha256() const;  ///< of the public key, lower-case hex

 private:
  std::shared_ptr<X509> certificate_;
  std::shared_ptr<EVP_PKEY> key_;
};

/// How a TLS server of a test behaves.
struct TlsServerOptions {
  TestCertificate certificate = {};
  std::vector<TestCertificate> chain = {};  ///< shown after it
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  std::string client_authority_pem = {};  ///< asks for a client certificate of it; empty: for none
};

/// What a CannedServer says when it speaks TLS: shakes hands, then calls `talk`, then says goodbye.
/// A handshake that fails ends the connection.
CannedServer::Talk over_tls(TlsServerOptions options, std::function<void(SSL*)> talk);

std::string read_request_head(SSL* ssl);
bool send_bytes(SSL* ssl, std::string_view bytes);

}  // namespace litewatch
