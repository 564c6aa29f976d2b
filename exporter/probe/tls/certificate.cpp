#include "probe/tls/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/free.h"
#include "probe/net/address.h"
#include "probe/tls/certificate_text.h"

namespace litewatch {
namespace {

using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using File = std::unique_ptr<std::FILE, Free<std::fclose>>;

}  // namespace

struct TlsProfile::State {
  TlsClientOptions options;
  std::string pinned_key;  ///< lower case
  std::shared_ptr<Authorities> authorities;
  std::vector<Certificate> certificates;  ///< our own, the leaf first
  Key key;

  static int verify(X509_STORE_CTX* context, void* state);
};

namespace {

/// What the verification complained of, worst first: an expired certificate of an unknown authority
/// is expired in the first place, as in Go.
struct Findings {
  int expired = X509_V_OK;
  int hostname = X509_V_OK;
  int other = X509_V_OK;

  int worst() const { return expired != X509_V_OK ? expired : hostname != 0 ? hostname : other; }
};

bool is_expiry(int error) {
  return error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID ||
         error == X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD ||
         error == X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD;
}

bool is_wrong_name(int error) {
  return error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

void note(Findings& findings, int error) {
  int& kind = is_expiry(error)       ? findings.expired
              : is_wrong_name(error) ? findings.hostname
                                     : findings.other;
  if (kind == X509_V_OK) kind = error;
}

/// Goes on after every complaint: each is noted, and the verdict is that of all.
int note_and_continue(int good, X509_STORE_CTX* context) {
  if (good == 1) return 1;
  auto* const findings = static_cast<Findings*>(X509_STORE_CTX_get_app_data(context));
  note(*findings, X509_STORE_CTX_get_error(context));
  return 1;
}

Findings verify_chain(X509_STORE_CTX* context) {
  Findings findings;
  X509_STORE_CTX_set_app_data(context, &findings);
  X509_STORE_CTX_set_verify_cb(context, note_and_continue);
  if (X509_verify_cert(context) != 1 && findings.worst() == X509_V_OK) {
    const int error = X509_STORE_CTX_get_error(context);
    note(findings, error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED);
  }
  X509_STORE_CTX_set_app_data(context, nullptr);
  return findings;
}

std::optional<double> earliest_expiry(const STACK_OF(X509) * chain) {
  std::optional<double> earliest;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const auto expiry = time_unix_s(X509_get0_notAfter(sk_X509_value(chain, i)));
    if (expiry && (!earliest || *expiry < *earliest)) earliest = expiry;
  }
  return earliest;
}

/// SHA-256 of the SubjectPublicKeyInfo, as in RFC 7469.
std::string key_sha256(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return {};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(der, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(der);
  return hex_text(digest.data(), digest.size());
}

Error bad_file(const char* what, const std::string& path) {
  ERR_clear_error();
  return {ErrorKind::kMalformed, what, path, 0};
}

/// Instead of a question at the terminal.
int no_password(char*, int, int, void*) { return 0; }

Result<std::vector<Certificate>> read_certificates(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) return system_error(errno, "cannot read the client certificate", path);
  std::vector<Certificate> certificates;
  while (X509* const certificate = PEM_read_X509(file.get(), nullptr, no_password, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();  // the end of the file is one
  if (certificates.empty()) return bad_file("no PEM certificate in it", path);
  return certificates;
}

Result<Key> read_key(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) return system_error(errno, "cannot read the client key", path);
  Key key(PEM_read_PrivateKey(file.get(), nullptr, no_password, nullptr));
  if (key == nullptr) return bad_file("no PEM private key in it, or one with a password", path);
  return key;
}

bool set_host(X509_VERIFY_PARAM* parameters, const std::string& host) {
  if (host.empty()) return true;
  if (const auto address = parse_address(host)) {
    return X509_VERIFY_PARAM_set1_ip(parameters, address->octets().data(),
                                     address->octets().size()) == 1;
  }
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const std::size_t size = host.ends_with('.') ? host.size() - 1 : host.size();
  return X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), size) == 1;
}

bool set_versions(SSL_CTX* context, const TlsClientOptions& options) {
  // OpenSSL 3 refuses the SHA-1 signatures of TLS 1.0 and 1.1 on any level above.
  if (options.min_version < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
  return SSL_CTX_set_min_proto_version(context, options.min_version) == 1 &&
         SSL_CTX_set_max_proto_version(context, options.max_version) == 1;
}

bool set_client_certificate(SSL_CTX* context, const std::vector<Certificate>& chain,
                            EVP_PKEY* key) {
  if (chain.empty()) return true;
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) return false;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) return false;
  }
  return SSL_CTX_use_PrivateKey(context, key) == 1;
}

/// A kept connection reports again on each session ticket, when the result may be gone: it is
/// forgotten with the first report.
void on_progress(const SSL* ssl, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_DONE) == 0) return;
  SSL_CTX* const context = SSL_get_SSL_CTX(ssl);
  auto* const result = static_cast<TlsResult*>(SSL_CTX_get_app_data(context));
  if (result == nullptr) return;
  SSL_CTX_set_app_data(context, nullptr);
  describe_session(ssl, *result);
}

TlsResult* result_of(X509_STORE_CTX* context) {
  auto* const ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  return static_cast<TlsResult*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

}  // namespace

/// Returns 1 where the handshake may go on.
int TlsProfile::State::verify(X509_STORE_CTX* context, void* user) {
  const auto* const state = static_cast<const State*>(user);
  TlsResult* const result = result_of(context);
  if (result == nullptr) return 0;
  X509* const leaf = X509_STORE_CTX_get0_cert(context);
  describe_leaf(leaf, *result);
  result->earliest_expiry_unix_s = earliest_expiry(X509_STORE_CTX_get0_untrusted(context));

  const Findings findings = verify_chain(context);
  const bool trusted = findings.worst() == X509_V_OK;
  const bool pinned = state->pinned_key.empty() || state->pinned_key == key_sha256(leaf);
  const bool accepted = trusted || state->options.insecure_skip_verify;
  result->verify_result =
      accepted && !pinned ? X509_V_ERR_APPLICATION_VERIFICATION : findings.worst();
  result->verified = trusted && pinned && !state->options.insecure_skip_verify;
  if (result->verified) {
    result->last_chain_expiry_unix_s = earliest_expiry(X509_STORE_CTX_get0_chain(context));
  }
  // What the peer is told in the alert.
  X509_STORE_CTX_set_error(context, accepted && pinned ? X509_V_OK : result->verify_result);
  return accepted && pinned ? 1 : 0;
}

Result<std::shared_ptr<const TlsProfile>> TlsProfile::create(const TlsClientOptions& options,
                                                             std::shared_ptr<Authorities> machine) {
  auto state = std::make_unique<State>();
  state->options = options;
  state->pinned_key = ascii_lower(options.pinned_key_sha256);
  state->authorities = std::move(machine);
  if (!options.ca_file.empty()) {
    auto authorities = Authorities::from_file(options.ca_file);
    if (!authorities) return authorities.error();
    state->authorities = std::move(*authorities);
  }
  if (!options.cert_file.empty()) {
    auto certificates = read_certificates(options.cert_file);
    if (!certificates) return certificates.error();
    auto key = read_key(options.key_file);
    if (!key) return key.error();
    if (X509_check_private_key(certificates->front().get(), key->get()) != 1) {
      return bad_file("not the key of the certificate", options.key_file);
    }
    state->certificates = std::move(*certificates);
    state->key = std::move(*key);
  }
  return std::shared_ptr<const TlsProfile>(new TlsProfile(std::move(state)));
}

TlsProfile::TlsProfile(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsProfile::~TlsProfile() = default;

bool TlsProfile::apply(SSL_CTX* context, const std::string& host, TlsResult& result) const {
  X509_STORE* const store = state_->authorities->store();
  if (store == nullptr) return false;
  result = TlsResult{};
  SSL_CTX_set1_cert_store(context, store);
  SSL_CTX_set_app_data(context, &result);
  SSL_CTX_set_info_callback(context, on_progress);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, State::verify, state_.get());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // A server that renegotiates would have the certificate verified when `result` may be gone.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);

  // As Go and curl: any certificate in the store is an anchor, a server's own one as well.
  X509_VERIFY_PARAM* const parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  return set_host(parameters, host) && set_versions(context, state_->options) &&
         set_client_certificate(context, state_->certificates, state_->key.get());
}

const TlsClientOptions& TlsProfile::options() const { return state_->options; }

void describe_session(const SSL* ssl, TlsResult& result) {
  switch (SSL_version(ssl)) {
    case TLS1_VERSION:
      result.version = "TLS 1.0";
      break;
    case TLS1_1_VERSION:
      result.version = "TLS 1.1";
      break;
    case TLS1_2_VERSION:
      result.version = "TLS 1.2";
      break;
    case TLS1_3_VERSION:
      result.version = "TLS 1.3";
      break;
    default:
      result.version = "unknown";
  }
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl);
  const char* const name = cipher != nullptr ? SSL_CIPHER_standard_name(cipher) : nullptr;
  result.cipher = name != nullptr ? name : "";
}

ProbeReason tls_failure(const TlsResult& result) {
  if (result.verify_result == X509_V_OK) return ProbeReason::kTlsHandshake;
  if (is_expiry(result.verify_result)) return ProbeReason::kTlsExpired;
  if (is_wrong_name(result.verify_result)) return ProbeReason::kTlsHostname;
  return ProbeReason::kTlsUntrusted;
}

std::string verify_error(int verify_result) {
  if (verify_result == X509_V_ERR_APPLICATION_VERIFICATION) return "not the pinned key";
  return X509_verify_cert_error_string(verify_result);
}

}  // namespace litewatch
