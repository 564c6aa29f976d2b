#include "tls_peer.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <atomic>
#include <stdexcept>

#include "serving.h"

namespace litewatch {
namespace {

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

X509* read_cert(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* cert = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return cert;
}

EVP_PKEY* read_key(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return key;
}

void add_extension(X509* cert, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, cert, cert, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

Identity make_identity(const std::string& name, const std::string& san, const Identity* issuer) {
  static std::atomic<long> serial{1};
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* cert = X509_new();
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
  X509_gmtime_adj(X509_getm_notBefore(cert), -60);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  X509_set_pubkey(cert, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  if (!san.empty()) add_extension(cert, NID_subject_alt_name, san);
  X509* issuer_cert = issuer ? read_cert(issuer->cert_pem) : cert;
  EVP_PKEY* issuer_key = issuer ? read_key(issuer->key_pem) : key;
  if (!issuer) add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
  X509_set_issuer_name(cert, X509_get_subject_name(issuer_cert));
  X509_sign(cert, issuer_key, EVP_sha256());
  BIO* cert_bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(cert_bio, cert);
  BIO* key_bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  if (issuer) X509_free(issuer_cert);
  if (issuer) EVP_PKEY_free(issuer_key);
  X509_free(cert);
  EVP_PKEY_free(key);
  return {text_of(cert_bio), text_of(key_bio)};
}

std::string client_hello(const std::string& server_name) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = SSL_new(context);
  BIO* sent = BIO_new(BIO_s_mem());
  BIO_up_ref(sent);
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), sent);
  SSL_set_tlsext_host_name(ssl, server_name.c_str());
  SSL_connect(ssl);
  SSL_free(ssl);
  SSL_CTX_free(context);
  return text_of(sent);
}

struct TlsClient::State {
  explicit State(int port) : socket(port) {}
  ~State() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }

  Client socket;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;
  bool connected = false;
  std::string buffer;
};

TlsClient::TlsClient(int port, const Options& options) : state_(std::make_unique<State>(port)) {
  if (options.max_version != 0) {
    SSL_CTX_set_max_proto_version(state_->context, options.max_version);
  }
  if (!options.cipher_list.empty()) {
    SSL_CTX_set_cipher_list(state_->context, options.cipher_list.c_str());
  }
  if (!options.identity.cert_pem.empty()) {
    X509* cert = read_cert(options.identity.cert_pem);
    EVP_PKEY* key = read_key(options.identity.key_pem);
    SSL_CTX_use_certificate(state_->context, cert);
    SSL_CTX_use_PrivateKey(state_->context, key);
    X509_free(cert);
    EVP_PKEY_free(key);
  }
  state_->ssl = SSL_new(state_->context);
  static constexpr std::array<unsigned char, 12> kOffered = {2,   'h', '2', 8,   'h', 't',
                                                             't', 'p', '/', '1', '.', '1'};
  SSL_set_alpn_protos(state_->ssl, kOffered.data(), kOffered.size());
  SSL_set_fd(state_->ssl, state_->socket.fd());
  state_->connected = SSL_connect(state_->ssl) == 1;
}

TlsClient::~TlsClient() = default;

bool TlsClient::connected() const { return state_->connected; }

void TlsClient::send(const std::string& bytes) {
  SSL_write(state_->ssl, bytes.data(), static_cast<int>(bytes.size()));
}

std::string TlsClient::receive() {
  std::string& buffer = state_->buffer;
  std::array<char, 16384> bytes;
  while (true) {
    const auto end = buffer.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto size = end + 4 + std::stoul(field_of(buffer, "Content-Length"));
      if (buffer.size() >= size) {
        std::string answer = buffer.substr(0, size);
        buffer.erase(0, size);
        return answer;
      }
    }
    const int received = SSL_read(state_->ssl, bytes.data(), static_cast<int>(bytes.size()));
    if (received <= 0) return std::exchange(buffer, "");
    buffer.append(bytes.data(), static_cast<std::size_t>(received));
  }
}

std::string TlsClient::server_name() const {
  const X509* cert = SSL_get0_peer_certificate(state_->ssl);
  if (cert == nullptr) return "";
  std::array<char, 128> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name.data(), name.size());
  return name.data();
}

int TlsClient::chain_size() const { return sk_X509_num(SSL_get_peer_cert_chain(state_->ssl)); }

std::string TlsClient::version() const { return SSL_get_version(state_->ssl); }

std::string TlsClient::cipher() const { return SSL_get_cipher_name(state_->ssl); }

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(state_->ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace litewatch
