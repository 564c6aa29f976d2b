#pragma once

#include <memory>
#include <string>

namespace litewatch {

/// A certificate with its key, both PEM.
struct Identity {
  std::string cert_pem;
  std::string key_pem;
};

/// Makes a certificate for `name` with the extension `san` ("DNS:a,IP:127.0.0.1"; empty: none),
/// signed by `issuer` or by itself. P-256, valid for an hour.
Identity make_identity(const std::string& name, const std::string& san,
                       const Identity* issuer = nullptr);

/// The first flight of a TLS client that asks for that server name.
std::string client_hello(const std::string& server_name);

/// A blocking TLS client on loopback.
class TlsClient {
 public:
  struct Options {
    Identity identity = {};        ///< empty: no certificate is shown
    int max_version = 0;           ///< 0: the newest
    std::string cipher_list = {};  ///< OpenSSL's names; empty: its default
  };

  explicit TlsClient(int port) : TlsClient(port, Options{}) {}
  TlsClient(int port, const Options& options);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Whether the handshake succeeded, as far as the client can tell.
  bool connected() const;
  void send(const std::string& bytes);
  /// One answer with its body; what came where the connection ended first.
  std::string receive();
  std::string ask(const std::string& request) {
    send(request);
    return receive();
  }
  std::string server_name() const;  ///< the common name of the server's certificate
  int chain_size() const;           ///< certificates that the server sent
  std::string version() const;      ///< "TLSv1.3"
  std::string cipher() const;
  std::string protocol() const;  ///< by ALPN; empty: none

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
