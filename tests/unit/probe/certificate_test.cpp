#include "probe/tls/certificate.h"

#include <ctime>
#include <string>

#include "catch.h"
#include "probe/tls/certificate_text.h"
#include "support/temp_dir.h"
#include "support/test_certificate.h"

namespace litewatch {
namespace {

std::string subject_of(CertificateOptions options) {
  return name_text(X509_get_subject_name(TestCertificate::make(options).certificate()));
}

std::string error_of(const TlsClientOptions& options) {
  const auto profile = TlsProfile::create(options);
  return profile ? "" : profile.error().message();
}

TlsClientOptions with_ca(const std::string& file) {
  TlsClientOptions options;
  options.ca_file = file;
  return options;
}

TlsClientOptions with_client(const std::string& certificate, const std::string& key) {
  TlsClientOptions options;
  options.cert_file = certificate;
  options.key_file = key;
  return options;
}

TlsResult with_result(int verify_result) {
  TlsResult result;
  result.verify_result = verify_result;
  return result;
}

}  // namespace

TEST_CASE("certificate: names -> as Go writes them, whatever their order") {
  CHECK(subject_of({.common_name = "localhost", .more_names = {{"O", "Acme"}}}) ==
        "CN=localhost,O=Acme");
  CHECK(subject_of({.common_name = "x", .more_names = {{"O", "A"}, {"C", "DE"}, {"O", "B"}}}) ==
        "CN=x,O=A+O=B,C=DE");
  CHECK(subject_of({.common_name = "a,b+c \"d\""}) == "CN=a\\,b\\+c \\\"d\\\"");
  CHECK(subject_of({.common_name = " #x "}) == "CN=\\ #x\\ ");
  CHECK(subject_of({.common_name = "#x"}) == "CN=\\#x");
  CHECK(subject_of({.common_name = "", .more_names = {}}).empty());
  CHECK(subject_of({.common_name = "x", .more_names = {{"emailAddress", "a@b"}}}) ==
        "CN=x,1.2.840.113549.1.9.1=#0c03614062");
  CHECK(subject_of({.common_name = "x", .more_names = {{"serialNumber", "7"}, {"L", "Ulm"}}}) ==
        "SERIALNUMBER=7,CN=x,L=Ulm");
  CHECK(subject_of({.common_name = "K\xC3\xB6ln"}) == "CN=K\xC3\xB6ln");
}

TEST_CASE("certificate: a leaf -> its fields") {
  const TestCertificate leaf =
      TestCertificate::make({.dns_names = {"a.example", "b.example"}, .ends_in_s = 600});
  TlsResult result;
  describe_leaf(leaf.certificate(), result);
  CHECK(result.subject == "CN=localhost");
  CHECK(result.subject_alternative == "a.example,b.example");  // names only, as blackbox_exporter
  CHECK(result.serial_number.size() == 32);
  CHECK(result.serial_number.starts_with("0b"));
  CHECK(result.fingerprint_sha256.size() == 64);
  const auto now_s = static_cast<double>(std::time(nullptr));
  CHECK(*result.not_after_unix_s == Approx(now_s + 600).margin(60));
  CHECK(*result.not_before_unix_s == Approx(now_s - 3600).margin(60));
}

TEST_CASE("certificate: hundreds of names -> at most 1 KiB of them") {
  CertificateOptions options;
  for (int i = 0; i < 300; ++i) options.dns_names.push_back("host" + std::to_string(i) + ".test");
  TlsResult result;
  describe_leaf(TestCertificate::make(options).certificate(), result);
  CHECK(result.subject_alternative.size() == 1024);
}

TEST_CASE("certificate: files that are not what they should be -> an error with their name") {
  const TempDir dir;
  const TestCertificate one = TestCertificate::make({});
  const TestCertificate other = TestCertificate::make({});
  const std::string certificate = dir.write("cert.pem", one.pem());
  const std::string key = dir.write("key.pem", one.key_pem());
  const std::string garbage = dir.write("garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n");
  CHECK(error_of({}).empty());
  CHECK(error_of(with_ca(certificate)).empty());
  CHECK(error_of(with_client(certificate, key)).empty());
  CHECK(error_of(with_ca(dir.file("none"))).starts_with(dir.file("none") + ": cannot read"));
  CHECK(error_of(with_ca(garbage)) == garbage + ": no PEM certificates in it");
  CHECK(error_of(with_client(garbage, key)) == garbage + ": no PEM certificate in it");
  CHECK(error_of(with_client(certificate, garbage)).starts_with(garbage + ": no PEM"));
  const std::string wrong = dir.write("wrong.pem", other.key_pem());
  CHECK(error_of(with_client(certificate, wrong)) == wrong + ": not the key of the certificate");
}

TEST_CASE("certificate: what the verification said -> a reason") {
  CHECK(tls_failure(with_result(X509_V_OK)) == ProbeReason::kTlsHandshake);
  CHECK(tls_failure(with_result(X509_V_ERR_CERT_HAS_EXPIRED)) == ProbeReason::kTlsExpired);
  CHECK(tls_failure(with_result(X509_V_ERR_CERT_NOT_YET_VALID)) == ProbeReason::kTlsExpired);
  CHECK(tls_failure(with_result(X509_V_ERR_HOSTNAME_MISMATCH)) == ProbeReason::kTlsHostname);
  CHECK(tls_failure(with_result(X509_V_ERR_IP_ADDRESS_MISMATCH)) == ProbeReason::kTlsHostname);
  CHECK(tls_failure(with_result(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)) ==
        ProbeReason::kTlsUntrusted);
  CHECK(verify_error(X509_V_ERR_CERT_HAS_EXPIRED) == "certificate has expired");
}

TEST_CASE("certificate: the machine's authorities -> parsed once, shared") {
  const auto machine = Authorities::of_machine();
  X509_STORE* const store = machine->store();
  CHECK(store != nullptr);
  CHECK(machine->store() == store);
}

}  // namespace litewatch
