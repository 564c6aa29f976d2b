#include "probe/tls/authorities.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace litewatch {
namespace {

/// As Go's crypto/x509 looks for them (root_linux.go).
constexpr std::array<const char*, 6> kBundles = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Alpine's package
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL 6
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/pki/tls/cacert.pem",                            // OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL 7 and later
    "/etc/ssl/cert.pem",                                  // Alpine, BSD
};

bool readable(const char* path) { return ::access(path, R_OK) == 0; }

/// Loads only what stands in the file: no folder of hashed names, which would be searched on disk
/// in the middle of a handshake.
bool load(X509_STORE* store, const std::string& path) {
  const bool loaded = X509_STORE_load_file(store, path.c_str()) == 1;
  ERR_clear_error();
  return loaded;
}

}  // namespace

std::string machine_authorities_file() {
  const char* const configured = std::getenv(X509_get_default_cert_file_env());
  if (configured != nullptr && *configured != '\0') return readable(configured) ? configured : "";
  if (readable(X509_get_default_cert_file())) return X509_get_default_cert_file();
  for (const char* const path : kBundles) {
    if (readable(path)) return path;
  }
  return {};
}

std::shared_ptr<Authorities> Authorities::of_machine() {
  return std::shared_ptr<Authorities>(new Authorities(nullptr));
}

Result<std::shared_ptr<Authorities>> Authorities::from_file(const std::string& path) {
  if (!readable(path.c_str())) return system_error(errno, "cannot read the authorities", path);
  X509_STORE* const store = X509_STORE_new();
  if (store == nullptr) return Error{ErrorKind::kInternal, "out of memory", path, 0};
  std::shared_ptr<Authorities> authorities(new Authorities(store));
  if (!load(store, path)) return Error{ErrorKind::kMalformed, "no PEM certificates in it", path, 0};
  return authorities;
}

X509_STORE* Authorities::store() {
  std::call_once(loaded_, [this] {
    if (store_ != nullptr) return;
    store_ = X509_STORE_new();
    const std::string path = machine_authorities_file();
    if (store_ != nullptr && !path.empty()) load(store_, path);
  });
  return store_;
}

Authorities::~Authorities() { X509_STORE_free(store_); }

}  // namespace litewatch
