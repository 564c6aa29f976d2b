#include "probe/http/proxy.h"

#include <cstdlib>
#include <mutex>
#include <string>

#include "catch.h"
#include "probing.h"
#include "support/canned_server.h"
#include "support/temp_dir.h"
#include "support/test_certificate.h"

namespace litewatch {
namespace {

std::string through(const std::string& no_proxy, const std::string& url,
                    bool loopback_direct = false) {
  const ProxySettings settings{"http://p:1", "http://p:2", no_proxy, loopback_direct};
  return proxy_for(settings, *parse_url(url));
}

}  // namespace

TEST_CASE("proxy: by scheme, unless no_proxy says so") {
  CHECK(through("", "http://a/") == "http://p:1");
  CHECK(through("", "https://a/") == "http://p:2");
  CHECK(through("*", "http://a/").empty());
  CHECK(through("example.com", "http://example.com/").empty());
  CHECK(through("example.com", "http://a.Example.com/").empty());
  CHECK(through("example.com", "http://badexample.com/") == "http://p:1");
  CHECK(through(".example.com", "http://example.com/") == "http://p:1");
  CHECK(through("*.example.com", "http://a.example.com/").empty());
  CHECK(through("b, a:8080 ,c", "http://a:8080/").empty());
  CHECK(through("a:8080", "http://a/") == "http://p:1");
  CHECK(through("10.0.0.0/8", "http://10.1.2.3/").empty());
  CHECK(through("10.0.0.0/8", "http://11.1.2.3/") == "http://p:1");
  CHECK(through("[::1]:80", "http://[::1]/").empty());
  CHECK(through("fd00::/8", "http://[fd00::5]/").empty());
  CHECK(through(",,", "http://a/") == "http://p:1");
}

TEST_CASE("proxy: loopback -> direct where Go has it so") {
  CHECK(through("", "http://localhost/") == "http://p:1");
  CHECK(through("", "http://localhost/", true).empty());
  CHECK(through("", "http://127.0.0.2/", true).empty());
  CHECK(through("", "http://[::1]/", true).empty());
  HttpModule module;
  module.proxy_url = "http://p:1";
  CHECK_FALSE(proxy_settings(module).loopback_direct);
  module.no_proxy = "x";
  CHECK(proxy_settings(module).loopback_direct);
}

TEST_CASE("proxy: the environment -> read only where the module says so") {
  ::setenv("HTTP_PROXY", "http://from-environment:1", 1);
  ::setenv("no_proxy", "x.test", 1);
  HttpModule module;
  CHECK(proxy_settings(module).http.empty());
  module.proxy_from_environment = true;
  const ProxySettings settings = proxy_settings(module);
  CHECK(settings.http == "http://from-environment:1");
  CHECK(settings.no_proxy == "x.test");
  const CannedServer app([](int fd) {
    read_request_head(fd);
    send_bytes(fd, http_answer(200, ""));
  });
  CHECK(Probing(app.url()).run().success);  // directly
  ::unsetenv("HTTP_PROXY");
  ::unsetenv("no_proxy");
}

TEST_CASE("http probe: a proxy -> gets the whole URL and its own fields only") {
  std::mutex mutex;
  std::string request;
  const CannedServer proxy([&](int fd) {
    const std::string head = read_request_head(fd);
    {
      const std::lock_guard lock(mutex);
      request = head;
    }
    send_bytes(fd, head.starts_with("CONNECT ") ? http_answer(403, "") : http_answer(200, "ok"));
    read_to_end(fd);
  });
  Probing probing("http://app.invalid/x");
  probing.http().proxy_url = proxy.url("");
  probing.http().proxy_connect_headers = {{"X-Proxy", "1"}};
  probing.http().headers = {{"X-App", "2"}};
  SECTION("without looking the name up") {
    probing.http().skip_resolve_phase_with_proxy = true;
    CHECK(probing.run().success);
    CHECK(request.starts_with("GET http://app.invalid/x HTTP/1.1\r\n"));
    CHECK(request.find("\r\nHost: app.invalid\r\n") != std::string::npos);
  }
  SECTION("a name that does not exist") {
    CHECK(probing.run().reason == ProbeReason::kDnsNxdomain);
    CHECK(proxy.connections() == 0);
  }
  SECTION("https: CONNECT, which it refuses") {
    probing.http().skip_resolve_phase_with_proxy = true;
    probing.target.url = "https://app.invalid/x";
    const ProbeResult result = probing.run();
    CHECK(result.reason == ProbeReason::kAuthFailed);
    CHECK(result.detail.find("403") != std::string::npos);
    CHECK(request.starts_with("CONNECT app.invalid:443 "));
    CHECK(request.find("X-Proxy: 1") != std::string::npos);
    CHECK(request.find("X-App") == std::string::npos);
  }
}

TEST_CASE("http probe: https through a proxy -> a tunnel, the server's certificate is verified") {
  const TestCertificate authority = TestCertificate::authority();
  CertificateOptions names;
  names.dns_names = {"app.test", "other.test"};
  TlsServerOptions options;
  options.certificate = TestCertificate::make(names, &authority);
  const auto app = over_tls(options, [](SSL* ssl) {
    const bool right = read_request_head(ssl).find("\r\nHost: app.test\r\n") != std::string::npos;
    send_bytes(ssl, http_answer(right ? 200 : 400, "ok"));
  });
  std::mutex mutex;
  std::string request;
  const CannedServer proxy([&](int fd) {
    std::string head = read_request_head(fd);
    {
      const std::lock_guard lock(mutex);
      request = std::move(head);
    }
    send_bytes(fd, "HTTP/1.1 200 OK\r\n\r\n");
    app(fd);
  });
  const TempDir dir;
  Probing probing("https://app.test/");
  probing.http().proxy_url = proxy.url("");
  probing.http().skip_resolve_phase_with_proxy = true;
  probing.http().tls.ca_file = dir.write("ca.pem", authority.pem());
  SECTION("by its own name") {}
  SECTION("by another name: only TLS sees it") { probing.http().tls.server_name = "other.test"; }
  const ProbeResult result = probing.run();
  INFO(result.detail);
  CHECK(result.success);
  CHECK(result.tls->verified);
  CHECK(result.ip_protocol == 0);
  CHECK(result.http->phases.tls_s > 0);
  CHECK(request.starts_with("CONNECT app.test:443 "));
}

TEST_CASE("http probe: an https proxy -> verified by its own name, not the app's") {
  const TestCertificate authority = TestCertificate::authority();
  TlsServerOptions options;
  options.certificate = TestCertificate::make({}, &authority);  // of 127.0.0.1
  const CannedServer proxy(over_tls(options, [](SSL* ssl) {
    read_request_head(ssl);
    send_bytes(ssl, http_answer(200, "ok"));
  }));
  const TempDir dir;
  Probing probing("http://app.test/");
  probing.http().proxy_url = proxy.https_url("");
  probing.http().skip_resolve_phase_with_proxy = true;
  probing.http().tls.ca_file = dir.write("ca.pem", authority.pem());
  const ProbeResult good = probing.run();
  INFO(good.detail);
  CHECK(good.success);
  CHECK_FALSE(good.tls.has_value());
  probing.http().tls.ca_file = dir.write("other.pem", TestCertificate::authority("Other").pem());
  CHECK(probing.run().reason == ProbeReason::kTlsUntrusted);
}

}  // namespace litewatch
