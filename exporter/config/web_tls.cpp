#include "config/web_tls.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "config/map_reader.h"
#include "config/paths.h"
#include "config/text_file.h"

namespace litewatch {
namespace {

constexpr const char* kKey = "tls_server_config";

template <class T>
using Names = std::span<const std::pair<std::string_view, T>>;

constexpr std::array<std::pair<std::string_view, ClientAuth>, 6> kClientAuths = {{
    {"NoClientCert", ClientAuth::kNoClientCert},
    {"RequestClientCert", ClientAuth::kRequestClientCert},
    {"RequireAnyClientCert", ClientAuth::kRequireAnyClientCert},
    {"RequireClientCert", ClientAuth::kRequireAnyClientCert},  // its name of old
    {"VerifyClientCertIfGiven", ClientAuth::kVerifyClientCertIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerifyClientCert},
}};

constexpr std::array<std::pair<std::string_view, int>, 4> kVersions = {
    {{"TLS10", 0x0301}, {"TLS11", 0x0302}, {"TLS12", 0x0303}, {"TLS13", 0x0304}}};

/// crypto/tls CipherSuites(): those without known weaknesses.
constexpr std::array<std::string_view, 13> kCipherSuites = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
};

constexpr std::array<std::string_view, 4> kCurves = {"CurveP256", "CurveP384", "CurveP521",
                                                     "X25519"};

bool verifies(ClientAuth auth) {
  return auth == ClientAuth::kVerifyClientCertIfGiven ||
         auth == ClientAuth::kRequireAndVerifyClientCert;
}

bool requires_certificate(ClientAuth auth) {
  return auth == ClientAuth::kRequireAnyClientCert ||
         auth == ClientAuth::kRequireAndVerifyClientCert;
}

class TlsReader {
 public:
  TlsReader(const YamlNode& node, const std::filesystem::path& folder, Problems& problems,
            WebConfig& out)
      : map_(node, kKey, problems),
        line_(node.line),
        folder_(folder),
        problems_(problems),
        warnings_(out.warnings),
        tls_(out.tls) {}

  /// Returns whether TLS is asked for.
  bool read() {
    const bool cert = read_pem("cert", "BEGIN CERTIFICATE", tls_.cert_pem);
    const bool key = read_pem("key", "PRIVATE KEY", tls_.key_pem);
    const bool client_ca = read_pem("client_ca", "BEGIN CERTIFICATE", tls_.client_ca_pem);
    const bool client_auth = read_client_auth();
    read_versions();
    read_choices("cipher_suites", kCipherSuites, tls_.cipher_suites);
    read_choices("curve_preferences", kCurves, tls_.curve_preferences);
    map_.flag("prefer_server_cipher_suites", tls_.prefer_server_cipher_suites);
    read_allowed_sans();
    map_.finish();
    const bool enabled = cert || key || client_ca || client_auth;
    if (enabled) expect_complete(cert, key, client_ca);
    if (!enabled) {
      warnings_.push_back("tls_server_config names no certificate: the server speaks plain HTTP");
    }
    return enabled;
  }

 private:
  void complain_at(std::string_view name, std::string_view expected, std::string_view got) {
    const YamlNode* node = map_.find(name);
    problems_.add(node != nullptr ? node->line : line_, dotted(kKey, name), expected, got);
  }

  /// The text under a key; nullopt where it is absent or empty, which mean the same here.
  std::optional<std::string> text_at(std::string_view name) {
    const YamlNode* node = map_.find(name);
    if (node == nullptr || (node->kind == YamlNode::Kind::kScalar && node->text.empty())) {
      return std::nullopt;
    }
    // A list or a map is described without its content: it may hold a key.
    if (node->kind != YamlNode::Kind::kScalar) complain_at(name, "a text", describe(*node));
    return node->text;
  }

  /// Reads NAME or NAME_file. Whether either is given, be it well or badly.
  bool read_pem(const std::string& name, std::string_view mark, std::string& pem) {
    const std::string file_key = name + "_file";
    const auto text = text_at(name);
    const auto file = text_at(file_key);
    if (text && file) complain_at(file_key, "either " + name + " or " + file_key, "both");
    if (text && !text->empty()) take_pem(name, *text, mark, "other text", pem);
    if (file && !file->empty()) read_pem_file(file_key, *file, mark, pem);
    return text.has_value() || file.has_value();
  }

  void read_pem_file(const std::string& name, const std::string& path, std::string_view mark,
                     std::string& pem) {
    const auto absolute = absolute_path(path, folder_);
    if (!absolute) return complain_at(name, absolute.error().what, in_quotes(path));
    const auto file = read_text_file(*absolute);
    if (!file) return complain_at(name, "a file that can be read", file.error().message());
    if (name == "key_file" && file->world_readable) {
      warnings_.push_back(*absolute + " can be read by every user of this machine: chmod o-r");
    }
    take_pem(name, file->text, mark, "other text in " + *absolute, pem);
  }

  void take_pem(std::string_view name, const std::string& text, std::string_view mark,
                std::string_view got, std::string& pem) {
    const bool is_key = mark == "PRIVATE KEY";
    if (text.find("-----BEGIN") == text.npos || text.find(mark) == text.npos) {
      complain_at(name, is_key ? "a private key in PEM form" : "a certificate in PEM form", got);
    } else if (is_key && text.find("ENCRYPTED") != text.npos) {
      complain_at(name, "a private key without a passphrase", "an encrypted one");
    } else {
      pem = text;
    }
  }

  template <class T>
  bool read_word(std::string_view name, Names<T> words, T& out) {
    const auto text = text_at(name);
    if (!text) return false;
    const auto found =
        std::ranges::find(words, std::string_view(*text), &Names<T>::value_type::first);
    if (found != words.end()) {
      out = found->second;
      return true;
    }
    std::string expected;
    for (const auto& [word, value] : words) {
      expected.append(expected.empty() ? "one of " : ", ").append(word);
    }
    if (!text->empty()) complain_at(name, expected, in_quotes(*text));
    return true;
  }

  bool read_client_auth() {
    return read_word<ClientAuth>("client_auth_type", kClientAuths, tls_.client_auth);
  }

  void read_versions() {
    read_version("min_version", tls_.min_version);
    read_version("max_version", tls_.max_version);
    if (tls_.max_version < tls_.min_version) {
      complain_at("max_version", "no less than min_version", "a lower version");
    }
  }

  void read_version(std::string_view name, int& out) {
    int version = out;
    read_word<int>(name, kVersions, version);
    if (version < 0x0303) {
      complain_at(name, "TLS12 or TLS13 (RFC 8996 forbids the older ones as broken)",
                  in_quotes(*text_at(name)));
    } else {
      out = version;
    }
  }

  void read_choices(std::string_view name, std::span<const std::string_view> choices,
                    std::vector<std::string>& out) {
    const YamlNode* node = map_.find(name);
    if (node == nullptr) return;
    for (std::string& text : read_texts(*node, dotted(kKey, name), "a name", problems_)) {
      if (std::ranges::find(choices, std::string_view(text)) != choices.end()) {
        out.push_back(std::move(text));
        continue;
      }
      std::string expected;
      for (const std::string_view choice : choices) {
        expected.append(expected.empty() ? "names from " : ", ").append(choice);
      }
      complain_at(name, expected, in_quotes(text));
    }
  }

  void read_allowed_sans() {
    const YamlNode* node = map_.find("client_allowed_sans");
    if (node == nullptr) return;
    tls_.client_allowed_sans =
        read_texts(*node, dotted(kKey, "client_allowed_sans"), "a name", problems_);
    if (!requires_certificate(tls_.client_auth)) {
      complain_at("client_allowed_sans", "client_auth_type RequireAndVerifyClientCert beside it",
                  "one under which clients need no certificate");
    } else if (!verifies(tls_.client_auth)) {
      warnings_.push_back(
          "client_allowed_sans without verification: with RequireAnyClientCert any client may "
          "forge a name; use RequireAndVerifyClientCert");
    }
  }

  void expect_complete(bool cert, bool key, bool client_ca) {
    if (!cert) complain_at("cert_file", "a certificate (cert or cert_file)", "nothing");
    if (!key) complain_at("key_file", "a private key (key or key_file)", "nothing");
    if (verifies(tls_.client_auth) && !client_ca) {
      complain_at("client_ca_file", "the authority to verify clients with", "nothing");
    }
    if (client_ca && tls_.client_auth == ClientAuth::kNoClientCert) {
      complain_at("client_auth_type", "RequireAndVerifyClientCert or the like beside a client CA",
                  "NoClientCert, under which it has no effect");
    }
  }

  MapReader map_;
  int line_;
  const std::filesystem::path& folder_;
  Problems& problems_;
  std::vector<std::string>& warnings_;
  TlsConfig& tls_;
};

}  // namespace

void read_tls_config(const YamlNode& node, const std::filesystem::path& folder, Problems& problems,
                     WebConfig& out) {
  if (!expect_map(node, kKey, problems)) return;
  out.tls_enabled = TlsReader(node, folder, problems, out).read();
}

}  // namespace litewatch
