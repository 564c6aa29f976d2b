#include "support/test_certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string_view>

namespace litewatch {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

std::shared_ptr<EVP_PKEY> make_key() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  check(key != nullptr, "key");
  return {key, EVP_PKEY_free};
}

void add_name(X509_NAME* name, const std::string& field, const std::string& value) {
  check(X509_NAME_add_entry_by_txt(name, field.c_str(), MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(value.data()),
                                   static_cast<int>(value.size()), -1, 0) == 1,
        "name");
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  check(extension != nullptr, "extension");
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  check(added, "extension");
}

std::string alternative_names(const CertificateOptions& options) {
  std::string text;
  for (const std::string& name : options.dns_names)
    text += (text.empty() ? "DNS:" : ",DNS:") + name;
  for (const std::string& ip : options.addresses) text += (text.empty() ? "IP:" : ",IP:") + ip;
  return text;
}

void set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "serial");
  bytes[0] = 0x0b;  // a leading zero in hex must not be lost
  BIGNUM* const number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  const bool set = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  check(set, "serial");
}

std::string take_text(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::shared_ptr<SSL_CTX> make_context(const TlsServerOptions& options) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  check(context != nullptr, "context");
  if (options.min_version < TLS1_2_VERSION) SSL_CTX_set_security_level(context.get(), 0);
  check(SSL_CTX_set_min_proto_version(context.get(), options.min_version) == 1, "version");
  check(SSL_CTX_set_max_proto_version(context.get(), options.max_version) == 1, "version");
  check(SSL_CTX_use_certificate(context.get(), options.certificate.certificate()) == 1, "use");
  check(SSL_CTX_use_PrivateKey(context.get(), options.certificate.key()) == 1, "use key");
  for (const TestCertificate& next : options.chain) {
    check(SSL_CTX_add1_chain_cert(context.get(), next.certificate()) == 1, "chain");
  }
  if (!options.client_authority_pem.empty()) {
    BIO* const bio = BIO_new_mem_buf(options.client_authority_pem.data(),
                                     static_cast<int>(options.client_authority_pem.size()));
    X509* const authority = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    check(authority != nullptr, "client authority");
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority);
    X509_free(authority);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

}  // namespace

TestCertificate TestCertificate::make(const CertificateOptions& options,
                                      const TestCertificate* issuer) {
  TestCertificate made;
  made.key_ = make_key();
  made.certificate_ = {X509_new(), X509_free};
  X509* const certificate = made.certificate();
  X509* const by = issuer != nullptr ? issuer->certificate() : certificate;
  check(X509_set_version(certificate, X509_VERSION_3) == 1, "version");
  set_serial(certificate);
  X509_gmtime_adj(X509_getm_notBefore(certificate), options.begins_in_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.ends_in_s);
  X509_NAME* const name = X509_get_subject_name(certificate);
  for (const auto& [field, value] : options.more_names) add_name(name, field, value);
  if (!options.common_name.empty()) add_name(name, "CN", options.common_name);
  check(X509_set_issuer_name(certificate, X509_get_subject_name(by)) == 1, "issuer");
  check(X509_set_pubkey(certificate, made.key()) == 1, "public key");
  if (options.authority) {
    add_extension(certificate, by, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, by, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else if (const std::string names = alternative_names(options); !names.empty()) {
    add_extension(certificate, by, NID_subject_alt_name, names);
  }
  EVP_PKEY* const signer = issuer != nullptr ? issuer->key() : made.key();
  check(X509_sign(certificate, signer, EVP_sha256()) > 0, "sign");
  return made;
}

TestCertificate TestCertificate::authority(const std::string& name, long ends_in_s) {
  CertificateOptions options;
  options.common_name = name;
  options.ends_in_s = ends_in_s;
  options.authority = true;
  return make(options);
}

std::string TestCertificate::pem() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  check(PEM_write_bio_X509(bio, certificate()) == 1, "pem");
  return take_text(bio);
}

std::string TestCertificate::key_pem() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  check(PEM_write_bio_PrivateKey(bio, key(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "pem");
  return take_text(bio);
}

std::string TestCertificate::key_sha256() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key(), &der);
  check(size > 0, "public key");
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(der, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(der);
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

CannedServer::Talk over_tls(TlsServerOptions options, std::function<void(SSL*)> talk) {
  std::signal(SIGPIPE, SIG_IGN);  // SSL_write has no MSG_NOSIGNAL
  const std::shared_ptr<SSL_CTX> context = make_context(options);
  return [context, talk = std::move(talk)](int fd) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    SSL_set_fd(ssl.get(), fd);
    if (SSL_accept(ssl.get()) != 1) return;
    talk(ssl.get());
    SSL_shutdown(ssl.get());
  };
}

std::string read_request_head(SSL* ssl) {
  std::string text;
  char byte = 0;
  while (text.size() < (64 << 10) && !text.ends_with("\r\n\r\n") && SSL_read(ssl, &byte, 1) == 1) {
    text += byte;
  }
  return text;
}

bool send_bytes(SSL* ssl, std::string_view bytes) {
  return SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

}  // namespace litewatch
