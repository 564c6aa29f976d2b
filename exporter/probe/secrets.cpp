#include "probe/secrets.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/utf8.h"

namespace litewatch {
namespace {

constexpr std::size_t kShortestSecret = 4;
constexpr std::array<std::string_view, 9> kSecretWords = {"authorization", "cookie",   "token",
                                                          "secret",        "password", "passwd",
                                                          "credential",    "api-key",  "apikey"};

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
}

}  // namespace

bool is_secret_header(std::string_view name) {
  const std::string lower = ascii_lower(name);
  if (lower.ends_with("-key") || lower.starts_with("x-auth")) return true;
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string masked(std::string text, const std::vector<std::string>& secrets) {
  constexpr std::string_view kMask = "<secret>";
  for (const std::string& secret : secrets) {
    if (secret.size() < kShortestSecret) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kMask.size())) {
      text.replace(at, secret.size(), kMask);
    }
  }
  return text;
}

std::string printable(std::string_view bytes, std::size_t limit) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t size = utf8_size(bytes);
    const bool bad = size == 0 || (size == 1 && is_control(bytes[0]));
    const std::string_view next = bad ? kUtf8Replacement : bytes.substr(0, size);
    if (text.size() + next.size() > limit) break;
    text += next;
    bytes.remove_prefix(size == 0 ? 1 : size);
  }
  return text;
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // with the zero that OpenSSL writes
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace litewatch
