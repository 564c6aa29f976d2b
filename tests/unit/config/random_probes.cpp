#include "random_probes.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace litewatch {
namespace {

class ProbesMaker {
 public:
  explicit ProbesMaker(std::mt19937_64& random) : random_(random) {}

  ProberConfig make() {
    ProberConfig config;
    config.options = options();
    for (auto n = below(4); n > 0; --n) config.modules.push_back(module());
    for (auto n = below(4); n > 0; --n) config.targets.push_back(target(config.modules));
    return config;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  bool yes() { return below(2) == 0; }

  double between(double least, double most) {
    const double value = std::uniform_real_distribution<double>(least, most)(random_);
    return yes() ? value : std::max(least, std::floor(value));
  }

  /// Any bytes from `first_byte` on.
  std::string text(unsigned first_byte) {
    std::string out;
    for (auto n = 1 + below(30); n > 0; --n) {
      out += static_cast<char>(first_byte + below(256 - first_byte));
    }
    return out;
  }

  /// Unique, and a name for labels.
  std::string name() {
    std::string out = text(0x20);
    std::erase(out, '\x7f');
    return out + std::to_string(++count_);
  }
  std::string maybe(std::string value) { return yes() ? value : std::string(); }
  std::string path() { return "/" + std::to_string(++count_) + "." + std::to_string(below(10)); }
  std::string maybe_path() { return maybe(path()); }

  std::vector<std::string> some(const std::vector<std::string>& words) {
    std::vector<std::string> out;
    for (auto n = below(3); n > 0; --n) out.push_back(words[below(words.size())]);
    return out;
  }

  /// A field value: no CR, LF or NUL.
  std::string value() { return text(0x20); }

  TlsClientOptions tls() {
    TlsClientOptions out;
    out.ca_file = maybe_path();
    if (yes()) {
      out.cert_file = path();
      out.key_file = path();
    }
    out.server_name = maybe("x.example.org");
    out.insecure_skip_verify = yes();
    out.min_version = 0x0301 + static_cast<int>(below(4));
    out.max_version = out.min_version + static_cast<int>(below(0x0305 - out.min_version));
    out.pinned_key_sha256 = maybe(std::string(64, static_cast<char>('0' + below(10))));
    return out;
  }

  void headers(HttpModule& http) {
    for (auto n = below(3); n > 0; --n) {
      http.headers.emplace_back("X-Plain-" + std::to_string(++count_), value());
    }
    for (auto n = below(3); n > 0; --n) {
      const std::string listed = "X-Listed-" + std::to_string(++count_);
      for (auto i = below(3); i > 0; --i) http.headers.emplace_back(listed, value());
      for (auto i = below(3); i > 0; --i) http.header_files.emplace_back(listed, path());
    }
    if (http.proxy_url.empty()) return;
    for (auto n = below(3); n > 0; --n) {
      http.proxy_connect_headers.emplace_back("X-Proxy", value());
    }
  }

  std::vector<HeaderMatch> header_matches() {
    std::vector<HeaderMatch> out;
    for (auto n = below(3); n > 0; --n) out.push_back({"Content-Type", "a+ \"b\"|\\d", yes()});
    return out;
  }

  HealthOptions health() {
    HealthOptions out;
    out.format = static_cast<HealthFormat>(below(15));
    out.fail_on = static_cast<HealthOptions::FailOn>(below(3));
    out.max_components = 1 + below(256);
    if (out.format == HealthFormat::kPointer) {
      out.pointer.status = "/a~0b/ c";
      out.pointer.components = maybe("/d\n");
    }
    for (auto n = below(3); n > 0; --n) {
      out.pointer.words.emplace_back(name(), static_cast<HealthStatus>(below(4)));
    }
    return out;
  }

  RedirectOptions redirects() {
    RedirectOptions out;
    out.mode = static_cast<RedirectMode>(below(4));
    out.max = static_cast<int>(below(21));
    out.allow_downgrade = yes();
    if (out.mode == RedirectMode::kList) out.hosts = {"*.example.org", "a"};
    return out;
  }

  void login(HttpModule& http) {
    switch (below(5)) {
      case 0:
        http.basic_auth = yes() ? BasicAuthOptions{value() + "x", "", maybe_path()}
                                : BasicAuthOptions{"", path(), path()};
        std::erase(http.basic_auth->username, ':');
        break;
      case 1:
        http.authorization = AuthorizationOptions{"Token", path()};
        break;
      case 2:
        http.oauth2 = OAuth2Options{value(), path(), "https://login/t?x=y", {value()}, {}, tls()};
        if (yes()) http.oauth2->endpoint_params = {{"audience", value()}, {"", ""}};
        break;
      default:
        break;
    }
  }

  void verdict(HttpModule& http) {
    for (auto n = below(3); n > 0; --n) {
      const int first = 100 + static_cast<int>(below(900));
      http.valid_status_codes.push_back({first, yes() ? first : 999});
    }
    http.valid_http_versions = some({"HTTP/1.0", "HTTP/1.1", "HTTP/2.0"});
    http.fail_if_ssl = yes();
    http.fail_if_not_ssl = !http.fail_if_ssl && yes();
    http.fail_if_body_matches_regexp = some({"\\d+", "a\nb", "\"", "(?i)x|'y'"});
    http.fail_if_body_not_matches_regexp = some({"ok", "#", ": "});
    http.fail_if_header_matches_regexp = header_matches();
    http.fail_if_header_not_matches_regexp = header_matches();
    http.fail_if_body_json_matches_cel = maybe("body.a == \"b\"");
    http.fail_if_body_json_not_matches_cel = maybe("has(body.c)");
    http.health = health();
  }

  HttpModule http() {
    HttpModule out;
    out.method = yes() ? "GET" : "M-SEARCH";
    verdict(out);
    out.proxy_url = maybe("http://proxy:3128");
    out.no_proxy = out.proxy_url.empty() ? "" : maybe("localhost,.example.org");
    out.proxy_from_environment = out.proxy_url.empty() && yes();
    headers(out);
    (yes() ? out.body : out.body_file) = maybe_path();
    out.redirects = redirects();
    out.compression = maybe("gzip");
    if (yes()) out.body_size_limit = below(HttpModule::kMostBody + 1);
    out.preferred_ip_protocol = yes() ? IpProtocol::kIp4 : IpProtocol::kIp6;
    out.ip_protocol_fallback = yes();
    out.skip_resolve_phase_with_proxy = yes();
    out.enable_http2 = yes();
    login(out);
    out.tls = tls();
    return out;
  }

  TcpModule tcp(ProberKind prober) {
    TcpModule out;
    if (prober == ProberKind::kTcp) {
      out.preferred_ip_protocol = yes() ? IpProtocol::kIp4 : IpProtocol::kIp6;
      out.ip_protocol_fallback = yes();
      out.source_ip_address = maybe(yes() ? "10.0.0.1" : "::1");
    }
    for (auto n = below(4); n > 0; --n) {
      QueryResponse step;
      if (yes()) step.expect = "^220 \"";
      if (step.expect.empty()) step.expect_bytes = maybe(text(0));
      if (yes()) step.send = text(0);
      if (step.send.empty()) step.send_bytes = maybe(text(0));
      step.starttls = yes();
      out.query_response.push_back(step);
    }
    out.tls = yes();
    out.tls_config = tls();
    return out;
  }

  ProbeModule module() {
    ProbeModule out;
    out.name = name();
    out.prober = static_cast<ProberKind>(below(3));
    if (yes()) out.timeout_s = between(0.001, 3600);
    if (out.prober == ProberKind::kHttp) {
      out.http = http();
    } else {
      out.tcp = tcp(out.prober);
    }
    return out;
  }

  ProbeTarget target(const std::vector<ProbeModule>& modules) {
    ProbeTarget out;
    out.name = maybe(name());
    out.app = maybe(name());
    ProberKind prober = ProberKind::kHttp;
    if (!modules.empty() && yes()) {
      const ProbeModule& module = modules[below(modules.size())];
      out.module = module.name;
      prober = module.prober;
    }
    out.url = prober == ProberKind::kHttp  ? "http://a:80/x?y=" + std::to_string(below(9))
              : prober == ProberKind::kTcp ? "a:" + std::to_string(1 + below(65535))
                                           : path();
    if (prober == ProberKind::kHttp) {
      out.unix_socket = maybe_path();
      out.reuse_connection = yes();
      if (yes()) out.health_format = static_cast<HealthFormat>(below(14));
    }
    out.hostname = maybe("shop.example.org");
    out.interval_s = yes() ? 0 : between(0.1, 86400);
    out.failing_interval_s = yes() ? out.interval_s : std::min(out.interval_s, 0.1);
    if (yes()) out.timeout_s = between(0.001, 3600);
    out.confirm_failures = 1 + below(100);
    if (yes()) out.objectives.latency_s = between(0.001, 3600);
    if (yes()) out.objectives.availability_ratio = between(0, 1);
    if (yes()) out.objectives.certificate_s = between(0, 365 * 86400);
    return out;
  }

  ProberOptions options() {
    ProberOptions out;
    out.max_in_flight = 1 + below(20'000);
    out.max_in_flight_per_host = 1 + below(20'000);
    out.max_on_demand = below(10'001);
    out.allow_link_local = some({"169.254.169.254", "fe80::/10"});
    out.dns_servers = some({"10.0.0.1", "[::1]:53", "::1"});
    if (yes()) {
      out.raw_targets = {true, {"https", "http"}, {"*.example.org"}, {443}, {"0.0.0.0/0", "::/0"}};
    }
    return out;
  }

  std::mt19937_64& random_;
  int count_ = 0;
};

}  // namespace

ProberConfig random_probes(std::mt19937_64& random) { return ProbesMaker(random).make(); }

}  // namespace litewatch
