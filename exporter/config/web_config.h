#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// How clients prove who they are, as in crypto/tls and exporter-toolkit.
enum class ClientAuth : unsigned char {
  kNoClientCert,
  kRequestClientCert,
  kRequireAnyClientCert,
  kVerifyClientCertIfGiven,
  kRequireAndVerifyClientCert,
};

/// `tls_server_config` of exporter-toolkit's web configuration.
struct TlsConfig {
  std::string cert_pem;  ///< the certificate chain itself, from cert_file or inline `cert`
  std::string key_pem;   ///< never shown
  std::string client_ca_pem;
  ClientAuth client_auth = ClientAuth::kNoClientCert;
  std::vector<std::string> client_allowed_sans;
  int min_version = 0x0303;  ///< 0x0303 TLS 1.2, 0x0304 TLS 1.3
  int max_version = 0x0304;
  std::vector<std::string> cipher_suites;      ///< Go's names
  std::vector<std::string> curve_preferences;  ///< CurveP256, CurveP384, CurveP521, X25519
  bool prefer_server_cipher_suites = true;
};

/// The file given by --web.config.file, in exporter-toolkit's format.
struct WebConfig {
  bool tls_enabled = false;
  TlsConfig tls;
  std::map<std::string, std::string> basic_auth_users;  ///< user name to bcrypt hash
  std::map<std::string, std::string> response_headers;  ///< http_server_config.headers
  /// What is accepted but should be known: for the log, one sentence each.
  std::vector<std::string> warnings;
};

/// Reads the file and every certificate and key it names (relative to its own folder). Strict, with
/// FILE:LINE in every message (as load_config's), and no message shows a key or a hash. An empty
/// file means plain HTTP without authentication. Whether certificate and key fit is the server's to
/// find.
Result<WebConfig> load_web_config(const std::string& file);

}  // namespace litewatch
