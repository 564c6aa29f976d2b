#include "config/web_config.h"

#include <sys/stat.h>

#include "catch.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

constexpr const char* kCert = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
constexpr const char* kCa = "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n";
constexpr const char* kPrivate =
    "-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\n";

/// A folder with cert.pem, key.pem (readable by its owner only) and ca.pem.
class WebFolder {
 public:
  WebFolder() {
    folder_.write("cert.pem", kCert);
    folder_.write("ca.pem", kCa);
    chmod(folder_.write("tls/key.pem", kPrivate).c_str(), 0600);
  }
  Result<WebConfig> load(std::string_view text) {
    return load_web_config(folder_.write("web.yml", text));
  }
  WebConfig loaded(std::string_view text) {
    auto config = load(text);
    if (!config) FAIL(config.error().message());
    return *std::move(config);
  }
  std::string path(const char* name) const { return folder_.file(name); }

 private:
  TempDir folder_;
};

TEST_CASE("web config: empty -> plain HTTP, open to all") {
  WebFolder folder;
  for (const char* text : {"", "# nothing\n", "{}", "basic_auth_users: {}"}) {
    const WebConfig config = folder.loaded(text);
    CHECK_FALSE(config.tls_enabled);
    CHECK(config.basic_auth_users.empty());
    CHECK(config.warnings.empty());
  }
}

TEST_CASE("web config: every key of TLS -> its field, files read from the file's folder") {
  WebFolder folder;
  const WebConfig config = folder.loaded(R"(
tls_server_config:
  cert_file: cert.pem
  key_file: tls/key.pem
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example, 10.0.0.1]
  min_version: TLS13
  max_version: TLS13
  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [X25519, CurveP256]
)");
  CHECK(config.tls_enabled);
  CHECK(config.tls.cert_pem == kCert);
  CHECK(config.tls.key_pem == kPrivate);
  CHECK(config.tls.client_ca_pem == kCa);
  CHECK(config.tls.client_auth == ClientAuth::kRequireAndVerifyClientCert);
  CHECK(config.tls.client_allowed_sans ==
        std::vector<std::string>{"prometheus.example", "10.0.0.1"});
  CHECK((config.tls.min_version == 0x0304 && config.tls.max_version == 0x0304));
  CHECK(config.tls.cipher_suites.size() == 2);
  CHECK(config.tls.curve_preferences == std::vector<std::string>{"X25519", "CurveP256"});
  CHECK_FALSE(config.tls.prefer_server_cipher_suites);
  CHECK(config.warnings.empty());
}

TEST_CASE("web config: inline PEM -> the same as files, and absolute paths work") {
  WebFolder folder;
  const WebConfig config =
      folder.loaded("tls_server_config:\n  cert_file: " + folder.path("cert.pem") +
                    "\n  key: |\n    -----BEGIN EC PRIVATE KEY-----\n    MHc\n"
                    "    -----END EC PRIVATE KEY-----\n");
  CHECK(config.tls.cert_pem == kCert);
  CHECK(config.tls.key_pem == kPrivate);
  CHECK(config.tls.client_auth == ClientAuth::kNoClientCert);
  CHECK((config.tls.min_version == 0x0303 && config.tls.max_version == 0x0304));
}

TEST_CASE("web config: each client_auth_type -> its value") {
  WebFolder folder;
  const auto auth = [&](const std::string& type) {
    return folder
        .loaded(
            "tls_server_config: {cert_file: cert.pem, key_file: tls/key.pem, client_auth_type: " +
            type + (type == "NoClientCert" ? "}" : ", client_ca_file: ca.pem}"))
        .tls.client_auth;
  };
  CHECK(auth("NoClientCert") == ClientAuth::kNoClientCert);
  CHECK(auth("RequestClientCert") == ClientAuth::kRequestClientCert);
  CHECK(auth("RequireAnyClientCert") == ClientAuth::kRequireAnyClientCert);
  CHECK(auth("RequireClientCert") == ClientAuth::kRequireAnyClientCert);
  CHECK(auth("VerifyClientCertIfGiven") == ClientAuth::kVerifyClientCertIfGiven);
  CHECK(auth("RequireAndVerifyClientCert") == ClientAuth::kRequireAndVerifyClientCert);
}

TEST_CASE("web config: a key that everybody can read -> a warning") {
  WebFolder folder;
  chmod(folder.path("tls/key.pem").c_str(), 0644);
  const WebConfig config =
      folder.loaded("tls_server_config: {cert_file: cert.pem, key_file: tls/key.pem}");
  CHECK(config.tls_enabled);
  REQUIRE(config.warnings.size() == 1);
  CHECK(config.warnings[0] ==
        folder.path("tls/key.pem") + " can be read by every user of this machine: chmod o-r");
}

TEST_CASE("web config: allowed names without verification -> a warning") {
  WebFolder folder;
  const WebConfig config = folder.loaded(
      "tls_server_config: {cert_file: cert.pem, key_file: tls/key.pem, "
      "client_auth_type: RequireAnyClientCert, client_allowed_sans: [a]}");
  REQUIRE(config.warnings.size() == 1);
  CHECK(config.warnings[0].starts_with("client_allowed_sans without verification"));
}

TEST_CASE("web config: secrets -> in no message") {
  WebFolder folder;
  for (const char* text :
       {"basic_auth_users: {a: hunter2}", "basic_auth_users: {a: [hunter2]}",
        "tls_server_config: {cert_file: cert.pem, key: hunter2}",
        "tls_server_config: {key: [hunter2]}", "tls_server_config: {key: {hunter2: hunter2}}"}) {
    INFO(text);
    const auto config = folder.load(text);
    REQUIRE_FALSE(config.ok());
    CHECK(config.error().message().find("hunter2") == std::string::npos);
  }
}

TEST_CASE("web config: a file that is not there -> says which") {
  WebFolder folder;
  const std::string absent = folder.path("absent.yml");
  CHECK(load_web_config(absent).error().message() ==
        absent + ": cannot open (No such file or directory)");
}

}  // namespace
}  // namespace litewatch
