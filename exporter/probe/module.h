#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "probe/health.h"

namespace litewatch {

/// Plain data: how a kind of target is probed. Keys and meanings are blackbox_exporter's where it
/// has them (CONFIGURATION.md of blackbox_exporter 0.28); defaults differ where its own are unsafe.
/// Every secret is the path of a file, never the secret itself.

enum class ProberKind : std::uint8_t { kHttp, kTcp, kUnix };
enum class IpProtocol : std::uint8_t { kIp4, kIp6 };

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// `tls_config`.
struct TlsClientOptions {
  std::string ca_file;    ///< empty: the machine's authorities
  std::string cert_file;  ///< with key_file; empty: no client certificate
  std::string key_file;
  std::string server_name;  ///< SNI and name to verify; empty: the host of the URL
  bool insecure_skip_verify = false;
  int min_version = 0x0303;  ///< 0x0301 TLS 1.0 to 0x0304 TLS 1.3
  int max_version = 0x0304;
  std::string pinned_key_sha256;  ///< SHA-256 of the certificate's public key, hex; empty: any
  bool operator==(const TlsClientOptions&) const = default;
};

struct BasicAuthOptions {
  std::string username;
  std::string username_file;  ///< instead of username
  std::string password_file;
  bool operator==(const BasicAuthOptions&) const = default;
};

struct AuthorizationOptions {
  std::string type = "Bearer";
  std::string credentials_file;
  bool operator==(const AuthorizationOptions&) const = default;
};

/// OAuth 2.0 client credentials (RFC 6749, section 4.4).
struct OAuth2Options {
  std::string client_id;
  std::string client_secret_file;
  std::string token_url;
  std::vector<std::string> scopes;
  HeaderList endpoint_params;
  TlsClientOptions tls;
  bool operator==(const OAuth2Options&) const = default;
};

/// `fail_if_header_matches` and its opposite.
struct HeaderMatch {
  std::string header;
  std::string regexp;  ///< RE2
  bool allow_missing = false;
  bool operator==(const HeaderMatch&) const = default;
};

struct StatusRange {
  int first = 200;
  int last = 299;
  bool operator==(const StatusRange&) const = default;
};

/// Where redirects may lead.
enum class RedirectMode : std::uint8_t {
  kNone,      ///< a redirect is the answer
  kSameHost,  ///< any path and port of the same host
  kList,      ///< RedirectOptions::hosts
  kAny,
};
struct RedirectOptions {
  RedirectMode mode = RedirectMode::kSameHost;
  int max = 3;
  std::vector<std::string> hosts;  ///< globs, for kList
  bool allow_downgrade = false;    ///< from https to http
  bool operator==(const RedirectOptions&) const = default;
};

struct HttpModule {
  std::string method = "GET";
  HeaderList headers;       ///< shown masked where the name looks like a secret's
  HeaderList header_files;  ///< name to file: sent as a secret, to the target's origin only
  std::string body;
  std::string body_file;  ///< instead of body

  std::vector<StatusRange> valid_status_codes;   ///< empty: 200 to 299
  std::vector<std::string> valid_http_versions;  ///< "HTTP/1.1", "HTTP/2.0"; empty: any
  bool fail_if_ssl = false;
  bool fail_if_not_ssl = false;
  std::vector<std::string> fail_if_body_matches_regexp;
  std::vector<std::string> fail_if_body_not_matches_regexp;
  std::vector<HeaderMatch> fail_if_header_matches_regexp;
  std::vector<HeaderMatch> fail_if_header_not_matches_regexp;
  std::string fail_if_body_json_matches_cel;
  std::string fail_if_body_json_not_matches_cel;
  HealthOptions health;

  RedirectOptions redirects;
  std::string compression;  ///< gzip, br, deflate, identity; empty: none is asked for
  /// Decoded bytes. nullopt: reading ends after kDefaultBodyLimit, which alone is no failure.
  /// A value: more is a failure; 0: no limit but the memory's (kMostBody).
  std::optional<std::uint64_t> body_size_limit;
  static constexpr std::uint64_t kDefaultBodyLimit = 256 << 10;
  static constexpr std::uint64_t kMostBody = 16 << 20;

  IpProtocol preferred_ip_protocol = IpProtocol::kIp6;
  bool ip_protocol_fallback = true;
  std::string proxy_url;
  std::string no_proxy;
  bool proxy_from_environment = false;
  HeaderList proxy_connect_headers;
  bool skip_resolve_phase_with_proxy = false;
  bool enable_http2 = true;
  std::optional<BasicAuthOptions> basic_auth;
  std::optional<AuthorizationOptions> authorization;
  std::optional<OAuth2Options> oauth2;
  TlsClientOptions tls;
  bool operator==(const HttpModule&) const = default;
};

/// One step of a TCP dialogue: what is expected first, then what is sent, then TLS.
struct QueryResponse {
  std::string expect;        ///< RE2 on a line; its groups may stand as ${1} in `send`
  std::string expect_bytes;  ///< exact bytes, instead of expect
  std::string send;          ///< a newline is added
  std::string send_bytes;    ///< as it is, instead of send
  bool starttls = false;
  bool operator==(const QueryResponse&) const = default;
};

/// Also the module of `prober: unix`, which has no IP options.
struct TcpModule {
  IpProtocol preferred_ip_protocol = IpProtocol::kIp6;
  bool ip_protocol_fallback = true;
  std::string source_ip_address;  ///< empty: the kernel's choice
  std::vector<QueryResponse> query_response;
  bool tls = false;
  TlsClientOptions tls_config;
  bool operator==(const TcpModule&) const = default;
};

struct ProbeModule {
  std::string name;  ///< label `module`
  ProberKind prober = ProberKind::kHttp;
  std::optional<double> timeout_s;
  HttpModule http;
  TcpModule tcp;

  /// Whether probing with it gives a secret away: such modules are for configured targets only.
  bool has_credentials() const;
  bool operator==(const ProbeModule&) const = default;
};

/// The modules that exist without being configured: http_2xx, http_post_2xx, tcp_connect and
/// unix_connect.
const std::vector<ProbeModule>& builtin_modules();

}  // namespace litewatch
