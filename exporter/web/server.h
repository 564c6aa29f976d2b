#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "publish/page.h"
#include "publish/self_metrics.h"

namespace litewatch {

/// TLS as the server needs it. See config/web_config.h for the file it comes from.
struct TlsOptions {
  bool enabled = false;
  std::string cert_pem;
  std::string key_pem;
  std::string client_ca_pem;
  bool request_client_cert = false;
  bool require_client_cert = false;
  bool verify_client_cert = false;
  std::vector<std::string> client_allowed_sans;
  int min_version = 0x0303;
  int max_version = 0x0304;
  std::vector<std::string> cipher_suites;
  std::vector<std::string> curve_preferences;
  bool prefer_server_cipher_suites = true;
};

/// What a reload may change while the server runs.
struct SecurityOptions {
  TlsOptions tls;
  std::map<std::string, std::string> basic_auth_users;  ///< user to bcrypt hash; empty: open to all
  std::map<std::string, std::string> response_headers;
};

/// The caps of the connection front. Times are absolute: a client cannot stretch them byte by byte.
struct FrontLimits {
  std::size_t max_connections = 512;
  std::size_t max_connections_per_peer = 128;  ///< by IP address; Unix sockets count as one peer
  double header_deadline_s = 5;  ///< from accept, or a later request's first byte, to its end
  double idle_timeout_s = 30;    ///< between requests of a kept-alive connection
  double write_deadline_s = 30;  ///< for one whole answer
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_header_fields = 64;
  std::size_t max_requests = 40;  ///< scrapes and status pages under way at once; more get 503
  std::size_t workers = 2;        ///< threads that answer, one of them never waits for collectors
  std::size_t max_held_bytes = 64 << 20;  ///< of different answers kept for slow readers
  double drain_s = 1;                     ///< how long stop() lets answers under way finish
};

/// What GET /probe is asked for, as in its query.
struct ProbeParams {
  std::string target;
  std::string module;
  std::string hostname;
  bool cached = false;
  bool debug = false;
  std::optional<double> scrape_timeout_s;  ///< X-Prometheus-Scrape-Timeout-Seconds
};

/// What GET /probe is answered with.
struct ProbeAnswer {
  int status = 200;
  std::shared_ptr<const Page> page;  ///< what it saw, as metrics; null where `text` is the answer
  std::string text;
};

/// What the server serves. Every function may be called from any web worker.
struct Handlers {
  /// A page no older than this scrape; waits for collectors until `deadline_s` (monotonic clock).
  std::function<std::shared_ptr<const Page>(double deadline_s)> collect;
  /// How long a scrape may wait at most, in seconds.
  double collect_timeout_s = 1;
  std::function<bool()> ready;               ///< false until the first collection is done
  std::function<std::string()> config_yaml;  ///< redacted
  /// Reloads; an error says why all is as it was: `timeout` is answered with 504, `busy` with 503,
  /// others with 500. Absent: POST /-/reload is off.
  std::function<std::optional<Error>()> reload;
  /// Probes a target and calls `done` once, from any thread, possibly before it returns and
  /// possibly after the server is gone; never waits. Absent: 404.
  std::function<void(ProbeParams params, std::function<void(ProbeAnswer)> done)> probe;
  /// The targets in http_sd format, for a Prometheus that reaches this server under `authority`
  /// (the request's Host field) and `scheme`. Absent: 404.
  std::function<std::string(const std::string& authority, const std::string& scheme)> sd_targets;
  std::string version;
};

/// The HTTP service: the connection front, and cpp-httplib's request processing behind it.
class Server {
 public:
  struct Options {
    /// ":9871", "127.0.0.1:0", "[::1]:9871", "unix:/path". Served beside the sockets that systemd
    /// passes, if it passes any.
    std::vector<std::string> listen_addresses;
    std::string default_address;  ///< where there are neither; empty: systemd has to pass one
    SecurityOptions security;
    FrontLimits limits;
  };

  /// Binds and listens; nothing is served before run(). `self` must outlive the server.
  static Result<std::unique_ptr<Server>> create(Options options, Handlers handlers,
                                                SelfMetrics& self);
  virtual ~Server() = default;

  /// The bound addresses, e.g. "127.0.0.1:43567"; what port 0 became.
  virtual std::vector<std::string> addresses() const = 0;

  /// Serves until stop(); starts and joins its own threads.
  virtual void run() = 0;

  /// Ends run(): stops accepting, lets answers under way finish within drain_s. Any thread, and
  /// async-signal-safe.
  virtual void stop() = 0;

  /// Whether the loop of the front and the workers make progress. A collector that hangs is no
  /// reason that they do not. One thread, seconds apart, while run() runs.
  virtual bool alive() = 0;

  /// Swaps certificates, users and headers for new connections and requests. Any thread.
  virtual Result<bool> set_security(const SecurityOptions& security) = 0;
};

}  // namespace litewatch
