#include <atomic>
#include <ctime>
#include <string>

#include "catch.h"
#include "probe/secrets.h"
#include "probing.h"
#include "support/canned_server.h"
#include "support/temp_dir.h"
#include "support/test_certificate.h"

namespace litewatch {
namespace {

/// An authority that the probe trusts, and a server with a certificate of it.
struct TlsSite {
  explicit TlsSite(const CertificateOptions& options = {}, TlsServerOptions server_options = {})
      : authority(TestCertificate::authority()),
        certificate(TestCertificate::make(options, &authority)),
        ca_file(dir.write("ca.pem", authority.pem())),
        server(over_tls(with(server_options, certificate), [](SSL* ssl) {
          while (!read_request_head(ssl).empty()) {
            send_bytes(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          }
        })) {}

  static TlsServerOptions with(TlsServerOptions options, const TestCertificate& certificate) {
    options.certificate = certificate;
    return options;
  }

  Probing probing() const {
    Probing made(server.https_url());
    made.http().tls.ca_file = ca_file;
    return made;
  }

  TempDir dir;
  TestCertificate authority;
  TestCertificate certificate;
  std::string ca_file;
  CannedServer server;
};

double now_s() { return static_cast<double>(std::time(nullptr)); }

}  // namespace

TEST_CASE("http probe: https -> phases, version, chain") {
  TlsSite site;
  const ProbeResult result = site.probing().run();
  INFO(result.detail);
  CHECK(result.success);
  CHECK(result.http->ssl);
  CHECK(result.http->phases.tls_s > 0);
  CHECK(phases_add_up(result));
  REQUIRE(result.tls.has_value());
  CHECK(result.tls->version == "TLS 1.3");
  CHECK(result.tls->cipher.starts_with("TLS_"));
  CHECK(result.tls->verified);
  CHECK(result.tls->verify_result == 0);
  CHECK(result.tls->subject == "CN=localhost");
  CHECK(result.tls->issuer == "CN=Test Authority");
  CHECK(*result.tls->earliest_expiry_unix_s == Approx(now_s() + 3600).margin(60));
  CHECK(*result.tls->last_chain_expiry_unix_s == Approx(now_s() + 3600).margin(60));
}

TEST_CASE("http probe: certificates that are refused -> their reason, and all their numbers") {
  const auto check = [](const ProbeResult& result, ProbeReason reason) {
    INFO(result.detail);
    CHECK(result.reason == reason);
    CHECK(result.http->status_code == 0);
    REQUIRE(result.tls.has_value());
    CHECK_FALSE(result.tls->verified);
    CHECK(result.tls->verify_result != 0);
    CHECK(result.tls->earliest_expiry_unix_s.has_value());
    CHECK(result.tls->not_after_unix_s.has_value());
    CHECK_FALSE(result.tls->last_chain_expiry_unix_s.has_value());
    CHECK(result.tls->fingerprint_sha256.size() == 64);
  };
  SECTION("expired") {
    TlsSite site({.begins_in_s = -7200, .ends_in_s = -3600});
    const ProbeResult result = site.probing().run();
    check(result, ProbeReason::kTlsExpired);
    CHECK(*result.tls->earliest_expiry_unix_s == Approx(now_s() - 3600).margin(60));
  }
  SECTION("not yet valid") {
    TlsSite site({.begins_in_s = 3600, .ends_in_s = 7200});
    check(site.probing().run(), ProbeReason::kTlsExpired);
  }
  SECTION("another name") {
    TlsSite site({.common_name = "other", .dns_names = {"other.example"}, .addresses = {}});
    check(site.probing().run(), ProbeReason::kTlsHostname);
  }
  SECTION("the name in the common name only") {
    TlsSite site({.common_name = "127.0.0.1", .dns_names = {}, .addresses = {}});
    check(site.probing().run(), ProbeReason::kTlsHostname);
  }
  SECTION("an unknown authority") {
    TlsSite site;
    Probing probing = site.probing();
    probing.http().tls.ca_file =
        site.dir.write("other.pem", TestCertificate::authority("Somebody Else").pem());
    check(probing.run(), ProbeReason::kTlsUntrusted);
  }
  SECTION("the machine's authorities") {
    TlsSite site;
    Probing probing = site.probing();
    probing.http().tls.ca_file.clear();
    check(probing.run(), ProbeReason::kTlsUntrusted);
  }
  SECTION("expired, of an unknown authority, with another name: expired") {
    TlsSite site({.dns_names = {"other"}, .addresses = {}, .ends_in_s = -60});
    Probing probing = site.probing();
    probing.http().tls.ca_file.clear();
    check(probing.run(), ProbeReason::kTlsExpired);
  }
  SECTION("not the pinned key") {
    TlsSite site;
    Probing probing = site.probing();
    probing.http().tls.pinned_key_sha256 = std::string(64, 'a');
    const ProbeResult result = probing.run();
    check(result, ProbeReason::kTlsUntrusted);
    CHECK(result.detail.find("pinned") != std::string::npos);
  }
  SECTION("not the pinned key, nothing else asked") {
    TlsSite site({.dns_names = {"other"}, .addresses = {}, .ends_in_s = -60});
    Probing probing = site.probing();
    probing.http().tls.pinned_key_sha256 = std::string(64, 'a');
    probing.http().tls.insecure_skip_verify = true;
    check(probing.run(), ProbeReason::kTlsUntrusted);
  }
}

TEST_CASE("http probe: insecure_skip_verify -> a success with what is known") {
  TlsSite site({.dns_names = {"other"}, .addresses = {}, .ends_in_s = -60});
  Probing probing = site.probing();
  probing.http().tls.insecure_skip_verify = true;
  const ProbeResult result = probing.run();
  CHECK(result.success);
  REQUIRE(result.tls.has_value());
  CHECK_FALSE(result.tls->verified);
  CHECK(result.tls->verify_result == 10);  // X509_V_ERR_CERT_HAS_EXPIRED
  CHECK(result.tls->earliest_expiry_unix_s.has_value());
  CHECK_FALSE(result.tls->last_chain_expiry_unix_s.has_value());
}

TEST_CASE("http probe: the pinned key, in capitals -> a success") {
  TlsSite site;
  Probing probing = site.probing();
  std::string pin = site.certificate.key_sha256();
  for (char& c : pin) c = static_cast<char>(std::toupper(c));
  probing.http().tls.pinned_key_sha256 = pin;
  CHECK(probing.run().success);
}

TEST_CASE("http probe: names to verify -> server_name, else hostname, else the URL's host") {
  TlsSite site({.dns_names = {"shop.example.com"}, .addresses = {}});
  Probing probing = site.probing();
  SECTION("the URL's") { CHECK(probing.run().reason == ProbeReason::kTlsHostname); }
  SECTION("server_name") {
    probing.http().tls.server_name = "shop.example.com";
    CHECK(probing.run().success);
  }
  SECTION("hostname") {
    probing.target.hostname = "shop.example.com";
    CHECK(probing.run().success);
  }
  SECTION("the Host field, with a port") {
    probing.http().headers = {{"Host", "Shop.example.com:8443"}};
    CHECK(probing.run().success);
  }
}

TEST_CASE("http probe: SNI -> the name, the Host field the URL's") {
  const TestCertificate authority = TestCertificate::authority();
  const TestCertificate certificate =
      TestCertificate::make({.dns_names = {"shop.example.com"}}, &authority);
  std::atomic<bool> sni_seen{false};
  std::atomic<bool> host_seen{false};
  std::string host;
  const CannedServer server(over_tls({.certificate = certificate}, [&](SSL* ssl) {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    sni_seen = name != nullptr && std::string(name) == "shop.example.com";
    host_seen = read_request_head(ssl).find("\r\nHost: " + host + "\r\n") != std::string::npos;
    send_bytes(ssl, http_answer(200, ""));
  }));
  host = server.address();
  const TempDir dir;
  Probing probing(server.https_url());
  probing.http().tls.ca_file = dir.write("ca.pem", authority.pem());
  probing.http().tls.server_name = "shop.example.com";
  CHECK(probing.run().success);
  CHECK(sni_seen);
  CHECK(host_seen);
}

TEST_CASE("http probe: TLS versions -> within the bounds only") {
  TlsServerOptions old;
  old.min_version = TLS1_VERSION;
  old.max_version = TLS1_1_VERSION;
  TlsSite site({}, old);
  Probing probing = site.probing();
  CHECK(probing.run().reason == ProbeReason::kTlsHandshake);
  probing.http().tls.min_version = 0x0301;
  const ProbeResult result = probing.run();
  INFO(result.detail);
  CHECK(result.success);
  CHECK(result.tls->version == "TLS 1.1");
  CHECK(result.tls->cipher.starts_with("TLS_"));
}

TEST_CASE("http probe: a client certificate -> shown") {
  const TestCertificate client_authority = TestCertificate::authority("Clients");
  TlsServerOptions asking;
  asking.client_authority_pem = client_authority.pem();
  asking.max_version = TLS1_2_VERSION;  // 1.3 would refuse after the handshake
  TlsSite site({}, asking);
  Probing probing = site.probing();
  CHECK_FALSE(probing.run().success);
  const TestCertificate client = TestCertificate::make({.common_name = "me"}, &client_authority);
  probing.http().tls.cert_file = site.dir.write("client.pem", client.pem());
  probing.http().tls.key_file = site.dir.write("client.key", client.key_pem());
  const ProbeResult result = probing.run();
  INFO(result.detail);
  CHECK(result.success);
}

TEST_CASE("http probe: faults within the handshake -> their reasons") {
  const auto run = [](CannedServer::Talk talk) {
    const CannedServer server(std::move(talk));
    return Probing(server.https_url()).run();
  };
  CHECK(run([](int fd) { read_line(fd); }).reason == ProbeReason::kConnectReset);
  CHECK(run([](int fd) {
          std::array<char, 16> hello{};
          ::recv(fd, hello.data(), hello.size(), 0);
          reset_at_close(fd);
        }).reason == ProbeReason::kConnectReset);
  CHECK(run([](int fd) {
          std::array<char, 4096> hello{};
          ::recv(fd, hello.data(), hello.size(), 0);
          send_bytes(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
          read_to_end(fd);
        }).reason == ProbeReason::kTlsHandshake);
}

TEST_CASE("http probe: no handshake in time -> tls_timeout, the time is in its phase") {
  const CannedServer server(hang);
  Probing probing(server.https_url());
  probing.timeout_s = 1;
  const ProbeResult timeout = probing.run();
  CHECK(timeout.reason == ProbeReason::kTlsTimeout);
  CHECK(timeout.http->phases.tls_s > 0.5);
  CHECK(phases_add_up(timeout));
}

TEST_CASE("http probe: fail_if_ssl and fail_if_not_ssl -> tls_policy") {
  TlsSite site;
  Probing probing = site.probing();
  probing.http().fail_if_ssl = true;
  CHECK(probing.run().reason == ProbeReason::kTlsPolicy);
  const CannedServer plain([](int fd) {
    read_request_head(fd);
    send_bytes(fd, http_answer(200, ""));
  });
  Probing without(plain.url());
  without.http().fail_if_not_ssl = true;
  CHECK(without.run().reason == ProbeReason::kTlsPolicy);
}

TEST_CASE("http probe: a kept TLS connection -> no handshake, the last one's certificate") {
  TlsSite site;
  Probing probing = site.probing();
  probing.target.reuse_connection = true;
  const auto results = probing.run_times(3);
  CHECK(results[0].http->new_connections == 1);
  for (const ProbeResult& result : results) {
    CHECK(result.success);
    REQUIRE(result.tls.has_value());
    CHECK(result.tls->verified);
    CHECK(result.tls->version == "TLS 1.3");
  }
  CHECK(results[2].http->new_connections == 0);
  CHECK(results[2].http->phases.tls_s == 0);
  CHECK(site.server.connections() == 1);
}

TEST_CASE("http probe: a kept connection that nobody verified -> not for a module that verifies") {
  TlsSite site({.ends_in_s = -60});
  Probing careless = site.probing();
  careless.module.name = "careless";
  careless.http().tls.insecure_skip_verify = true;
  careless.target.reuse_connection = true;
  Probing careful = site.probing();
  careful.target.reuse_connection = true;
  const auto results = Probing::run_all({careless, careful}, 2);
  CHECK(results[0].success);
  CHECK(results[1].reason == ProbeReason::kTlsExpired);
  CHECK(results[2].http->new_connections == 0);
  CHECK(results[3].reason == ProbeReason::kTlsExpired);
}

TEST_CASE("http probe: TLS 1.3 and a probe destroyed early -> nothing is written afterwards") {
  TlsSite site;
  Probing probing = site.probing();
  for (const double time_s : {0.0, 0.001, 0.002, 0.004}) probing.abandon_after(time_s);
  CHECK(probing.run().success);
}

}  // namespace litewatch
