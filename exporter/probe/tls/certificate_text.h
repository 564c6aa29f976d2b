#pragma once

#include <openssl/x509.h>

#include <cstddef>
#include <optional>
#include <string>

#include "probe/result.h"

namespace litewatch {

/// A name as Go's pkix.Name.String() writes it, which is what blackbox_exporter publishes:
/// "CN=localhost,O=Acme". At most 1 KiB.
std::string name_text(const X509_NAME* name);

/// A time of a certificate; nullopt where it is malformed.
std::optional<double> time_unix_s(const ASN1_TIME* time);

/// Fills in the fields of the leaf.
void describe_leaf(const X509* leaf, TlsResult& result);

/// Lower-case hex.
std::string hex_text(const unsigned char* bytes, std::size_t size);

}  // namespace litewatch
