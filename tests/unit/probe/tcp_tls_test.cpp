#include <algorithm>
#include <atomic>
#include <future>
#include <string>
#include <utility>

#include "catch.h"
#include "probe/tcp_probing.h"
#include "support/canned_server.h"
#include "support/temp_dir.h"
#include "support/test_certificate.h"

namespace litewatch {
namespace {

const TestCertificate& authority() {
  static const TestCertificate made = TestCertificate::authority();
  return made;
}

TlsServerOptions server_options(const CertificateOptions& options = {}) {
  TlsServerOptions made;
  made.certificate = TestCertificate::make(options, &authority());
  return made;
}

void greet(SSL* ssl) { send_bytes(ssl, "hello over TLS\r\n"); }

/// A TLS probe that trusts the authority.
class TlsProbing : public TcpProbing {
 public:
  explicit TlsProbing(const std::string& url) : TcpProbing(url) {
    module.tcp.tls = true;
    module.tcp.tls_config.ca_file = folder_.write("ca.pem", authority().pem());
  }

 private:
  TempDir folder_;
};

}  // namespace

TEST_CASE("tcp tls: a good certificate -> success, session and certificate described") {
  const CannedServer server(over_tls(server_options(), greet));
  TlsProbing probing(server.address());
  probing.debug = true;
  probing.step().expect = "^hello over TLS$";
  const ProbeResult result = probing.probe();
  CHECK(result.success);
  REQUIRE(result.tls);
  CHECK(result.tls->version == "TLS 1.3");
  CHECK(result.tls->cipher.starts_with("TLS_"));
  CHECK(result.tls->verified);
  CHECK(result.tls->verify_result == 0);
  CHECK(result.tls->fingerprint_sha256.size() == 64);
  CHECK(result.tls->earliest_expiry_unix_s);
  CHECK(result.tls->last_chain_expiry_unix_s);
  CHECK(std::any_of(result.log.begin(), result.log.end(), [](const std::string& line) {
    return line.find("TLS handshake done: TLS 1.3, TLS_") != std::string::npos;
  }));
}

TEST_CASE("tcp tls: certificates that are not accepted -> each its reason, and described") {
  CertificateOptions expired;
  expired.ends_in_s = -60;
  CertificateOptions stranger;
  stranger.dns_names = {"elsewhere.test"};
  stranger.addresses = {};
  const auto probed = [](const TlsServerOptions& options) {
    const CannedServer server(over_tls(options, greet));
    return TlsProbing(server.address()).probe();
  };
  const ProbeResult late = probed(server_options(expired));
  CHECK(late.reason == ProbeReason::kTlsExpired);
  REQUIRE(late.tls);
  CHECK(late.tls->earliest_expiry_unix_s);
  CHECK_FALSE(late.tls->verified);
  CHECK(late.detail.find("certificate of CN=localhost") != std::string::npos);
  CHECK(probed(server_options(stranger)).reason == ProbeReason::kTlsHostname);
  TlsServerOptions self_signed;
  self_signed.certificate = TestCertificate::make({});
  const ProbeResult unknown = probed(self_signed);
  CHECK(unknown.reason == ProbeReason::kTlsUntrusted);
  CHECK(unknown.tls);
}

TEST_CASE("tcp tls: insecure_skip_verify -> success with the certificate's defects still told") {
  CertificateOptions expired;
  expired.ends_in_s = -60;
  const CannedServer server(over_tls(server_options(expired), greet));
  TlsProbing probing(server.address());
  probing.module.tcp.tls_config.insecure_skip_verify = true;
  const ProbeResult result = probing.probe();
  CHECK(result.success);
  REQUIRE(result.tls);
  CHECK_FALSE(result.tls->verified);
  CHECK(result.tls->verify_result != 0);
}

TEST_CASE("tcp tls: server_name, then hostname, then the host -> asked for and verified") {
  std::promise<std::string> asked;
  CertificateOptions named;
  named.dns_names = {"app.test"};
  named.addresses = {};
  const CannedServer server(over_tls(server_options(named), [&](SSL* ssl) {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    asked.set_value(name != nullptr ? name : "none");
    greet(ssl);
  }));
  TlsProbing probing(server.address());
  probing.step().expect = "hello";
  const int which = GENERATE(0, 1, 2);
  if (which == 0) {
    probing.module.tcp.tls_config.server_name = "app.test";
    probing.target.hostname = "other.test";
  }
  if (which == 1) probing.target.hostname = "app.test";
  if (which == 2) {
    CHECK(probing.probe().reason == ProbeReason::kTlsHostname);  // its host is an address
    return;
  }
  CHECK(probing.probe().success);
  CHECK(asked.get_future().get() == "app.test");
}

TEST_CASE("tcp tls: a peer that speaks no TLS -> tls_handshake") {
  const CannedServer server([](int fd) {
    send_bytes(fd, "220 plain text\r\n");
    hang(fd);
  });
  CHECK(TlsProbing(server.address()).failure() ==
        "tls_handshake: the TLS handshake failed: wrong version number");
}

TEST_CASE("tcp tls: a version too old -> tls_handshake") {
  TlsServerOptions options = server_options();
  options.max_version = TLS1_2_VERSION;
  const CannedServer server(over_tls(options, greet));
  TlsProbing probing(server.address());
  CHECK(probing.probe().success);
  probing.module.tcp.tls_config.min_version = TLS1_3_VERSION;
  CHECK(probing.probe().reason == ProbeReason::kTlsHandshake);
}

TEST_CASE("tcp tls: closed or reset within the handshake -> connect_reset") {
  const bool reset = GENERATE(false, true);
  const CannedServer server([&](int fd) {
    read_to_end(fd, 10);
    if (reset) reset_at_close(fd);
  });
  const std::string failure = TlsProbing(server.address()).failure();
  CHECK(failure.starts_with("connect_reset: "));
  CHECK(failure.ends_with(" within the TLS handshake"));
}

TEST_CASE("tcp tls: no handshake in time -> tls_timeout") {
  const CannedServer server(hang);
  TlsProbing probing(server.address());
  probing.timeout_s = 0.2;
  CHECK(probing.failure() == "tls_timeout: no end of the TLS handshake in time");
  CHECK(probing.took_s < 2);
}

TEST_CASE("tcp tls: a client certificate asked for and not given -> tls_handshake") {
  TlsServerOptions options = server_options();
  options.client_authority_pem = authority().pem();
  const CannedServer server(over_tls(options, greet));
  TlsProbing probing(server.address());
  probing.step().expect = "hello";
  CHECK(probing.probe().reason == ProbeReason::kTlsHandshake);
  const TempDir folder;
  const TestCertificate mine = TestCertificate::make({}, &authority());
  probing.module.tcp.tls_config.cert_file = folder.write("cert.pem", mine.pem());
  probing.module.tcp.tls_config.key_file = folder.write("key.pem", mine.key_pem());
  CHECK(probing.probe().success);
}

TEST_CASE("tcp tls: STARTTLS -> the dialogue goes on within TLS") {
  const CannedServer server([](int fd) {
    send_bytes(fd, "220 mail ESMTP\r\n");
    read_line(fd);
    send_bytes(fd, "250-mail\r\n250-STARTTLS\r\n250 SMTPUTF8\r\n");
    read_line(fd);
    send_bytes(fd, "220 go ahead\r\n");
    over_tls(server_options(), [](SSL* ssl) {
      char line[64];
      SSL_read(ssl, line, sizeof line);
      send_bytes(ssl, "250 within TLS\r\n");
    })(fd);
  });
  TlsProbing probing(server.address());
  probing.module.tcp.tls = false;
  QueryResponse& greeting = probing.step();
  greeting.expect = "^220 ([^ ]+) ESMTP";
  greeting.send = "EHLO prober";
  QueryResponse& offer = probing.step();
  offer.expect = "^250[- ]STARTTLS";
  offer.send = "STARTTLS";
  QueryResponse& upgrade = probing.step();
  upgrade.expect = "^220";
  upgrade.starttls = true;
  probing.step().send = "EHLO prober";
  probing.step().expect = "^250 within TLS$";
  const ProbeResult result = probing.probe();
  CAPTURE(result.detail);
  CHECK(result.success);
  REQUIRE(result.tls);
  CHECK(result.tls->verified);
}

TEST_CASE("tcp tls: TLS twice -> internal, saying that it is asked for twice") {
  const CannedServer server(over_tls(server_options(), greet));
  TlsProbing probing(server.address());
  probing.step().starttls = true;
  CHECK(probing.failure() ==
        "internal: TLS is asked for within TLS: tls and starttls exclude each other, and starttls "
        "may stand once");
}

TEST_CASE("tcp tls: an answer of many records, closed without goodbye -> read whole") {
  const CannedServer server(over_tls(server_options(), [](SSL* ssl) {
    for (int i = 0; i < 50; ++i) send_bytes(ssl, std::string(3000, 'x') + "\n");
    send_bytes(ssl, "the end");
    SSL_set_quiet_shutdown(ssl, 1);
  }));
  TlsProbing probing(server.address());
  probing.step().expect = "^the end$";
  CHECK(probing.probe().success);
}

TEST_CASE("tcp tls: a flood within TLS -> body_too_large") {
  std::atomic<std::size_t> sent{0};
  {
    const CannedServer server(over_tls(server_options(), [&](SSL* ssl) {
      const std::string part(16 << 10, 'x');
      while (sent < (1u << 30) && send_bytes(ssl, part)) sent += part.size();
    }));
    TlsProbing probing(server.address());
    probing.step().expect = "never";
    CHECK(probing.failure().starts_with("body_too_large: "));
  }
  CHECK(sent < (16u << 20));
}

TEST_CASE("tcp tls: much to send to a slow reader -> all of it arrives") {
  std::promise<std::size_t> got;
  const std::string line(4 << 20, 'w');
  const CannedServer server(over_tls(server_options(), [&](SSL* ssl) {
    std::string all(line.size() + 1, '\0');
    std::size_t size = 0;
    int part = 0;
    while (size < all.size() &&
           (part = SSL_read(ssl, all.data() + size, static_cast<int>(all.size() - size))) > 0) {
      size += static_cast<std::size_t>(part);
    }
    got.set_value(all == line + "\n" ? size : 0);
    greet(ssl);
  }));
  TlsProbing probing(server.address());
  probing.step().send = line;
  probing.step().expect = "hello";
  CHECK(probing.probe().success);
  CHECK(got.get_future().get() == line.size() + 1);
}

TEST_CASE("unix tls: without a server name -> the chain is verified, no name is") {
  const TempDir folder;
  const auto server = CannedServer::on_unix_socket(
      folder.file("s"), over_tls(server_options(), [](SSL* ssl) { greet(ssl); }));
  TlsProbing probing(folder.file("s"));
  probing.module.prober = ProberKind::kUnix;
  probing.step().expect = "hello";
  CHECK(probing.probe().success);
  probing.module.tcp.tls_config.server_name = "other.test";
  CHECK(probing.probe().reason == ProbeReason::kTlsHostname);
}

}  // namespace litewatch
