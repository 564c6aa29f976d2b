#include "web/tls.h"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "serving.h"
#include "tls_peer.h"

using namespace litewatch;

namespace {

const Identity kServer = make_identity("first", "DNS:localhost,IP:127.0.0.1");
const Identity kAuthority = make_identity("authority", "");
const Identity kScraper = make_identity("scraper", "DNS:prometheus.example", &kAuthority);
const Identity kStranger = make_identity("stranger", "DNS:prometheus.example");

TlsOptions tls_options() {
  TlsOptions tls;
  tls.enabled = true;
  tls.cert_pem = kServer.cert_pem;
  tls.key_pem = kServer.key_pem;
  return tls;
}

TlsOptions verifying() {
  auto tls = tls_options();
  tls.client_ca_pem = kAuthority.cert_pem;
  tls.request_client_cert = tls.require_client_cert = tls.verify_client_cert = true;
  return tls;
}

Server::Options serve_with(const TlsOptions& tls, FrontLimits limits = {}) {
  Server::Options options;
  options.security.tls = tls;
  options.limits = limits;
  return options;
}

int status_for(Serving& serving, const Identity& identity) {
  TlsClient client(serving.port(), {.identity = identity});
  return status_of(client.ask(get("/metrics")));
}

std::string problem_with(const TlsOptions& tls) {
  const auto built = TlsContext::build(tls);
  return built.ok() ? "" : built.error().message();
}

}  // namespace

TEST_CASE("tls: requests on one connection -> the same service, HTTP/1.1 by ALPN") {
  std::string page;
  while (page.size() < 1u << 20) page += std::to_string(page.size()) + "\n";
  Serving serving(serve_with(tls_options()), handlers_with(page));
  TlsClient client(serving.port());
  REQUIRE(client.connected());
  CHECK(client.version() == "TLSv1.3");
  CHECK(client.protocol() == "http/1.1");
  CHECK(client.server_name() == "first");
  for (int i = 0; i < 3; ++i) CHECK(body_of(client.ask(get("/metrics"))) == page);
  client.send(get("/-/healthy") + get("/nowhere") + get("/-/healthy"));
  CHECK(status_of(client.receive()) == 200);
  CHECK(status_of(client.receive()) == 404);
  CHECK(status_of(client.receive()) == 200);
}

TEST_CASE("tls: plain HTTP to the port -> told so and closed") {
  Serving serving(serve_with(tls_options()));
  Client client(serving.port());
  const auto answer = client.ask(get("/metrics"));
  CHECK(status_of(answer) == 400);
  CHECK(body_of(answer) == "this port speaks HTTPS\n");
  CHECK(client.closed_within(2));
  CHECK(serving.rejected("tls_handshake") == 1);
}

TEST_CASE("tls: garbage, or a client that leaves -> closed and counted") {
  Serving serving(serve_with(tls_options()));
  Client garbage(serving.port());
  garbage.send(std::string("\x16\x03\x01\0\x05hello and more of it", 26));
  CHECK(garbage.closed_within(2));
  { Client leaving(serving.port()); }
  CHECK(eventually([&] { return serving.rejected("tls_handshake") == 2; }));
  CHECK(status_for(serving, {}) == 200);
}

TEST_CASE("tls: hello in two pieces, the second starting like a method -> still TLS") {
  Serving serving(serve_with(tls_options()));
  const std::string hello = client_hello("EXAMPLE");
  const auto cut = hello.find("EXAMPLE");
  REQUIRE(cut != std::string::npos);
  Client client(serving.port());
  client.send(hello.substr(0, cut));
  CHECK(client.receive_all(0.05).empty());
  client.send(hello.substr(cut));
  const auto answer = client.receive_all(0.3);
  REQUIRE_FALSE(answer.empty());
  CHECK(answer[0] == '\x16');
}

TEST_CASE("tls: handshake that never goes on -> closed at the header deadline") {
  FrontLimits limits;
  limits.header_deadline_s = 0.2;
  Serving serving(serve_with(tls_options(), limits));
  Client silent(serving.port());
  CHECK(silent.closed_within(2));
  CHECK(serving.rejected("header_deadline") == 1);
}

TEST_CASE("tls: swapped certificate -> new connections get it, old ones go on") {
  Serving serving(serve_with(tls_options()));
  TlsClient before(serving.port());
  CHECK(status_of(before.ask(get("/metrics"))) == 200);
  const auto second = make_identity("second", "DNS:localhost");
  SecurityOptions security;
  security.tls = tls_options();
  security.tls.cert_pem = second.cert_pem;
  security.tls.key_pem = second.key_pem;
  REQUIRE(serving.server().set_security(security).ok());
  TlsClient after(serving.port());
  CHECK(after.server_name() == "second");
  CHECK(status_of(after.ask(get("/metrics"))) == 200);
  CHECK(status_of(before.ask(get("/metrics"))) == 200);
}

TEST_CASE("tls: required and verified client certificate -> only those of the authority") {
  Serving serving(serve_with(verifying()));
  CHECK(status_for(serving, kScraper) == 200);
  CHECK(status_for(serving, {}) == 0);
  CHECK(status_for(serving, kStranger) == 0);
}

TEST_CASE("tls: verified if given -> none is fine, a stranger's is not") {
  auto tls = verifying();
  tls.require_client_cert = false;
  Serving serving(serve_with(tls));
  CHECK(status_for(serving, kScraper) == 200);
  CHECK(status_for(serving, {}) == 200);
  CHECK(status_for(serving, kStranger) == 0);
}

TEST_CASE("tls: any client certificate -> a stranger's is fine, none is not") {
  auto tls = tls_options();
  tls.request_client_cert = tls.require_client_cert = true;
  Serving serving(serve_with(tls));
  CHECK(status_for(serving, kStranger) == 200);
  CHECK(status_for(serving, {}) == 0);
}

TEST_CASE("tls: requested client certificate -> anything is fine") {
  auto tls = tls_options();
  tls.request_client_cert = true;
  Serving serving(serve_with(tls));
  CHECK(status_for(serving, kStranger) == 200);
  CHECK(status_for(serving, {}) == 200);
}

TEST_CASE("tls: allowed names -> 403 for a certificate with others, or for none") {
  auto tls = verifying();
  tls.require_client_cert = false;
  tls.client_allowed_sans = {"other.example", "10.0.0.9"};
  Serving serving(serve_with(tls));
  CHECK(status_for(serving, kScraper) == 403);
  CHECK(status_for(serving, {}) == 403);
  const auto by_address = make_identity("x", "IP:10.0.0.9", &kAuthority);
  CHECK(status_for(serving, by_address) == 200);
  const auto second_name = make_identity("x", "DNS:a.example,DNS:other.example", &kAuthority);
  CHECK(status_for(serving, second_name) == 200);
}

TEST_CASE("tls: versions and ciphers -> as configured, by Go's names") {
  auto tls = tls_options();
  tls.max_version = TLS1_2_VERSION;
  tls.cipher_suites = {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
                       "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"};
  tls.curve_preferences = {"CurveP256", "X25519"};
  Serving serving(serve_with(tls));
  TlsClient client(serving.port());
  CHECK(client.version() == "TLSv1.2");
  CHECK(client.cipher() == "ECDHE-ECDSA-CHACHA20-POLY1305");  // the server's order
  CHECK(status_of(client.ask(get("/metrics"))) == 200);
  CHECK_FALSE(
      TlsClient(serving.port(), {.cipher_list = "ECDHE-ECDSA-AES256-GCM-SHA384"}).connected());
  tls.min_version = tls.max_version = TLS1_3_VERSION;
  Serving newer(serve_with(tls));
  CHECK_FALSE(TlsClient(newer.port(), {.max_version = TLS1_2_VERSION}).connected());
}

TEST_CASE("tls: client that does not read a large page -> cut at the write deadline") {
  FrontLimits limits;
  limits.write_deadline_s = 0.3;
  Serving serving(serve_with(tls_options(), limits), handlers_with(std::string(5 << 20, 'p')));
  TlsClient slow(serving.port());
  slow.send(get("/metrics"));
  CHECK(eventually([&] { return serving.rejected("write_deadline") == 1; }));
  CHECK(status_for(serving, {}) == 200);
}

TEST_CASE("tls: wrong options -> an error that says which") {
  CHECK(problem_with(tls_options()).empty());
  const auto with = [](auto change) {
    auto tls = verifying();
    change(tls);
    return problem_with(tls);
  };
  CHECK(with([](auto& o) { o.cert_pem = ""; }).starts_with("the certificate"));
  CHECK(with([](auto& o) { o.cert_pem = "nonsense"; }).starts_with("the certificate"));
  CHECK(with([](auto& o) {
          o.cert_pem += "-----BEGIN CERTIFICATE-----\nAAAA";
        }).starts_with("the certificate"));
  CHECK(with([](auto& o) { o.key_pem = "nonsense"; }).starts_with("the key"));
  CHECK(with([](auto& o) { o.key_pem = kAuthority.key_pem; }).starts_with("the key"));
  CHECK(with([](auto& o) { o.client_ca_pem = ""; }).find("client_ca") != std::string::npos);
  CHECK(with([](auto& o) { o.client_ca_pem = "nonsense"; }).starts_with("client_ca"));
  CHECK(with([](auto& o) { o.cipher_suites = {"TLS_NONSENSE"}; }) ==
        "unknown cipher suite: TLS_NONSENSE");
  CHECK(with([](auto& o) { o.curve_preferences = {"CurveP1"}; }).starts_with("unknown curve"));
}

TEST_CASE("tls: certificate chain -> all of it is sent") {
  auto tls = tls_options();
  const auto leaf = make_identity("leaf", "DNS:localhost", &kAuthority);
  tls.cert_pem = leaf.cert_pem + kAuthority.cert_pem;
  tls.key_pem = leaf.key_pem;
  Serving serving(serve_with(tls));
  TlsClient client(serving.port());
  CHECK(client.connected());
  CHECK(client.chain_size() == 2);
}
