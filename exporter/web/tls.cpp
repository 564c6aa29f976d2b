#include "web/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/free.h"

namespace litewatch {
namespace {

constexpr std::string_view kHttp11 = "\x08http/1.1";

using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

Error tls_error(std::string what) {
  std::array<char, 160> reason{};
  const unsigned long code = ERR_peek_last_error();
  if (code != 0) {
    ERR_error_string_n(code, reason.data(), reason.size());
    what += std::string(" (") + reason.data() + ")";
  }
  ERR_clear_error();
  return {ErrorKind::kMalformed, std::move(what), "", 0};
}

Bio memory_bio(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Instead of asking for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

// --- A BIO over send() with MSG_NOSIGNAL: OpenSSL's own raises SIGPIPE. ---

int fd_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int socket_write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent = send(fd_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int socket_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const auto received = recv(fd_of(bio), into, static_cast<std::size_t>(size), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(received);
}

long socket_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

using BioMethod = std::unique_ptr<BIO_METHOD, Free<BIO_meth_free>>;

const BIO_METHOD* socket_method() {
  static const BioMethod method = [] {
    BioMethod made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket"));
    BIO_meth_set_write(made.get(), socket_write);
    BIO_meth_set_read(made.get(), socket_read);
    BIO_meth_set_ctrl(made.get(), socket_control);
    return made;
  }();
  return method.get();
}

// --- The parts of a context. Each returns an empty string, or what is wrong. ---

bool use_certificates(SSL_CTX* context, const std::string& pem) {
  const Bio bio = memory_bio(pem);
  const Certificate leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_passphrase, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return false;
  while (X509* issuer = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, issuer) != 1) {
      X509_free(issuer);
      return false;
    }
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return at_end;
}

bool use_key(SSL_CTX* context, const std::string& pem) {
  const Bio bio = memory_bio(pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  return key && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

bool trust_client_ca(SSL_CTX* context, const std::string& pem) {
  const Bio bio = memory_bio(pem);
  std::size_t found = 0;
  while (const Certificate ca{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get()) != 1) return false;
    if (SSL_CTX_add_client_CA(context, ca.get()) != 1) return false;
    ++found;
  }
  ERR_clear_error();
  return found > 0;
}

int accept_any_certificate(int, X509_STORE_CTX*) { return 1; }

void set_client_auth(SSL_CTX* context, const TlsOptions& options) {
  if (!options.request_client_cert && !options.require_client_cert && !options.verify_client_cert) {
    return;
  }
  const int require = options.require_client_cert ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | require,
                     options.verify_client_cert ? nullptr : accept_any_certificate);
}

/// OpenSSL's name for one of Go's, which are the IANA names but for ChaCha20 without its hash.
std::string openssl_cipher(const std::string& go_name) {
  constexpr std::string_view kUnknown = "(NONE)";
  std::string name = OPENSSL_cipher_name(go_name.c_str());
  if (name == kUnknown) name = OPENSSL_cipher_name((go_name + "_SHA256").c_str());
  return name == kUnknown ? std::string() : name;
}

void append_to_list(std::string& list, const std::string& name) {
  if (!list.empty()) list += ':';
  list += name;
}

std::string set_ciphers(SSL_CTX* context, const std::vector<std::string>& names) {
  std::string before_13;
  std::string from_13;
  for (const auto& name : names) {
    const auto cipher = openssl_cipher(name);
    if (cipher.empty()) return "unknown cipher suite: " + name;
    append_to_list(cipher.starts_with("TLS_") ? from_13 : before_13, cipher);
  }
  if (!before_13.empty() && SSL_CTX_set_cipher_list(context, before_13.c_str()) != 1) {
    return "cipher_suites are not usable";
  }
  if (!from_13.empty() && SSL_CTX_set_ciphersuites(context, from_13.c_str()) != 1) {
    return "cipher_suites are not usable";
  }
  return "";
}

std::string set_curves(SSL_CTX* context, const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) {
    const bool prime = name.starts_with("CurveP");
    append_to_list(list, prime ? "P-" + name.substr(6) : name);
  }
  if (!list.empty() && SSL_CTX_set1_groups_list(context, list.c_str()) != 1) {
    return "unknown curve in curve_preferences";
  }
  return "";
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int code = SSL_select_next_proto(
      &chosen, out_size, reinterpret_cast<const unsigned char*>(kHttp11.data()),
      static_cast<unsigned int>(kHttp11.size()), offered, offered_size);
  *out = chosen;
  return code == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void set_rules(SSL_CTX* context, const TlsOptions& options) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  if (options.prefer_server_cipher_suites) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

std::string set_up(SSL_CTX* context, const TlsOptions& options) {
  set_rules(context, options);
  if (SSL_CTX_set_min_proto_version(context, options.min_version) != 1 ||
      SSL_CTX_set_max_proto_version(context, options.max_version) != 1) {
    return "min_version or max_version is not usable";
  }
  if (!use_certificates(context, options.cert_pem)) return "the certificate is not usable";
  if (!use_key(context, options.key_pem)) return "the key is not usable with the certificate";
  if (SSL_CTX_check_private_key(context) != 1) return "the key does not fit the certificate";
  if (options.verify_client_cert && options.client_ca_pem.empty()) {
    return "client certificates cannot be verified without client_ca";
  }
  if (!options.client_ca_pem.empty() && !trust_client_ca(context, options.client_ca_pem)) {
    return "client_ca is not usable";
  }
  set_client_auth(context, options);
  if (auto wrong = set_ciphers(context, options.cipher_suites); !wrong.empty()) return wrong;
  return set_curves(context, options.curve_preferences);
}

std::string ip_text(const ASN1_OCTET_STRING& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(&address) == 4 ? AF_INET : AF_INET6;
  const bool valid = family == AF_INET || ASN1_STRING_length(&address) == 16;
  if (!valid) return "";
  inet_ntop(family, ASN1_STRING_get0_data(&address), text.data(), text.size());
  return text.data();
}

/// A name as the configuration writes it; empty for kinds that nobody lists.
std::string san_text(const GENERAL_NAME& name) {
  if (name.type == GEN_IPADD) return ip_text(*name.d.iPAddress);
  if (name.type != GEN_DNS && name.type != GEN_EMAIL && name.type != GEN_URI) return "";
  const ASN1_IA5STRING* text = name.d.ia5;
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::build(const TlsOptions& options) {
  ERR_clear_error();
  std::shared_ptr<TlsContext> built(new TlsContext);
  built->context_ = SSL_CTX_new(TLS_server_method());
  if (built->context_ == nullptr) return tls_error("no TLS context");
  if (auto wrong = set_up(built->context_, options); !wrong.empty()) return tls_error(wrong);
  built->allowed_sans_ = options.client_allowed_sans;
  return std::shared_ptr<const TlsContext>(std::move(built));
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, int fd)
    : context_(std::move(context)), ssl_(SSL_new(context_->context_)) {
  BIO* bio = BIO_new(socket_method());
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

IoResult TlsSession::outcome(int code) const {
  if (code > 0) return {IoStatus::kOk, static_cast<std::size_t>(code)};
  switch (SSL_get_error(ssl_, code)) {
    case SSL_ERROR_WANT_READ:
      return {IoStatus::kWantRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return {IoStatus::kWantWrite, 0};
    default:
      ERR_clear_error();
      return {IoStatus::kEnd, 0};
  }
}

IoResult TlsSession::handshake() {
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_));
}

IoResult TlsSession::read(std::span<char> into) {
  ERR_clear_error();
  return outcome(SSL_read(ssl_, into.data(), static_cast<int>(into.size())));
}

IoResult TlsSession::write(std::string_view bytes) {
  constexpr std::size_t kMost = 1 << 30;
  ERR_clear_error();
  return outcome(SSL_write(ssl_, bytes.data(), static_cast<int>(std::min(bytes.size(), kMost))));
}

bool TlsSession::has_pending() const { return SSL_has_pending(ssl_) == 1; }

void TlsSession::close_notify() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
  ERR_clear_error();
}

bool TlsSession::client_allowed() const {
  const auto& allowed = context_->allowed_sans_;
  if (allowed.empty()) return true;
  const X509* certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr) return false;
  const std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto text = san_text(*sk_GENERAL_NAME_value(names.get(), i));
    if (!text.empty() && std::find(allowed.begin(), allowed.end(), text) != allowed.end()) {
      return true;
    }
  }
  return false;
}

}  // namespace litewatch
