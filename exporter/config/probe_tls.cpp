#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"
#include "config/probe_parts.h"
#include "config/probe_words.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

std::string check_sha256(std::string_view text) {
  const bool is_hex = text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
  return is_hex && text.size() == 64 ? "" : "64 hexadecimal digits";
}

/// A name may stand in SNI and in a log: no spaces, no control bytes.
std::string check_server_name(std::string_view name) {
  const bool printable = std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f; });
  return printable && name.size() <= 253 ? "" : "letters, digits, dots and dashes";
}

void refuse_inline(MapReader& map) {
  constexpr std::array<std::string_view, 3> kInline = {"ca", "cert", "key"};
  for (const std::string_view name : kInline) {
    map.refuse(name, std::string(name) + "_file with the path of a file that holds it",
               name == "key" ? "the secret itself" : "the certificate itself");
  }
}

}  // namespace

void read_tls_client(MapReader& map, const ProbeSource& source, TlsClientOptions& out) {
  const YamlNode* node = map.find("tls_config");
  if (node == nullptr) return;
  MapReader tls(*node, map.key_of("tls_config"), source.problems);
  tls.path("ca_file", out.ca_file, source.folder);
  tls.path("cert_file", out.cert_file, source.folder);
  tls.path("key_file", out.key_file, source.folder);
  if (out.cert_file.empty() != out.key_file.empty()) {
    tls.complain_at(out.cert_file.empty() ? "cert_file" : "key_file",
                    "both cert_file and key_file, or neither", "nothing");
  }
  tls.text("server_name", out.server_name, "a host name", check_server_name);
  tls.flag("insecure_skip_verify", out.insecure_skip_verify);
  tls.word<int>("min_version", kTlsVersions, out.min_version);
  tls.word<int>("max_version", kTlsVersions, out.max_version);
  if (out.max_version < out.min_version) {
    tls.complain_at("max_version", "no less than min_version, TLS12 where it is not given",
                    "a lower version");
  }
  tls.text("pinned_key_sha256", out.pinned_key_sha256, "the SHA-256 of a public key", check_sha256);
  out.pinned_key_sha256 = ascii_lower(out.pinned_key_sha256);
  refuse_inline(tls);
  tls.finish();
}

}  // namespace litewatch
