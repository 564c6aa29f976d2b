#include "web/auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/ascii.h"
#include "web/text.h"

namespace litewatch {
namespace {

/// Feeds a part with its length before it, so that ("ab", "c") and ("a", "bc") differ.
void digest_part(EVP_MD_CTX* digest, std::string_view part) {
  const std::uint64_t size = part.size();
  EVP_DigestUpdate(digest, &size, sizeof size);
  EVP_DigestUpdate(digest, part.data(), part.size());
}

bool holds(const std::deque<VerdictCache::Key>& keys, const VerdictCache::Key& key) {
  return std::any_of(keys.begin(), keys.end(), [&](const VerdictCache::Key& known) {
    return CRYPTO_memcmp(known.data(), key.data(), key.size()) == 0;
  });
}

bool bcrypt_matches(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();
  const char* made = crypt_r(password.c_str(), hash.c_str(), data.get());
  const std::string_view result = made == nullptr ? "*0" : made;
  const bool same =
      result.size() == hash.size() && CRYPTO_memcmp(result.data(), hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(data.get(), sizeof *data);
  return same && !result.starts_with('*');
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

VerdictCache::VerdictCache() { RAND_bytes(salt_.data(), static_cast<int>(salt_.size())); }

VerdictCache::Key VerdictCache::key(std::string_view user, std::string_view password,
                                    std::string_view hash) const {
  Key key{};
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  EVP_DigestInit_ex(digest, EVP_sha256(), nullptr);
  EVP_DigestUpdate(digest, salt_.data(), salt_.size());
  for (const auto part : {user, password, hash}) digest_part(digest, part);
  EVP_DigestFinal_ex(digest, key.data(), nullptr);
  EVP_MD_CTX_free(digest);
  return key;
}

std::optional<bool> VerdictCache::find(const Key& key) const {
  const MutexLock lock(mutex_);
  if (holds(right_, key)) return true;
  if (holds(wrong_, key)) return false;
  return std::nullopt;
}

void VerdictCache::store(const Key& key, bool right) {
  const MutexLock lock(mutex_);
  auto& keys = right ? right_ : wrong_;
  if (holds(keys, key)) return;
  keys.push_back(key);
  if (keys.size() > kMost) keys.pop_front();
}

/// What an Authorization field claims, and what it is measured by.
struct BasicAuth::Claim {
  std::string password;
  std::string hash;  ///< of another user where this one does not exist
  bool user_exists = false;
  VerdictCache::Key key{};
};

std::optional<BasicAuth::Claim> BasicAuth::read_claim(std::string_view authorization) const {
  if (!same_ignoring_case(take_until(authorization, " "), "basic")) return std::nullopt;
  const auto decoded = decode_base64(trim(authorization));
  if (!decoded) return std::nullopt;
  std::string_view password = *decoded;
  const bool has_colon = password.find(':') != std::string_view::npos;
  const std::string user(take_until(password, ":"));
  // crypt_r would stop at a NUL and take the rest for granted.
  if (!has_colon || password.find('\0') != std::string_view::npos) return std::nullopt;
  const auto found = users_.find(user);
  Claim claim;
  claim.password = password;
  claim.user_exists = found != users_.end();
  claim.hash = claim.user_exists ? found->second : users_.begin()->second;
  claim.key = cache_->key(user, password, claim.hash);
  return claim;
}

std::optional<bool> BasicAuth::recall(std::string_view authorization) const {
  if (users_.empty()) return true;
  const auto claim = read_claim(authorization);
  return claim ? cache_->find(claim->key) : false;
}

bool BasicAuth::verify(std::string_view authorization) const {
  if (const auto known = recall(authorization)) return *known;
  const auto claim = read_claim(authorization);
  const bool matches = bcrypt_matches(claim->password, claim->hash);
  const bool right = matches && claim->user_exists;
  cache_->store(claim->key, right);
  return right;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string decoded;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xfff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    decoded += static_cast<char>(bits >> count & 0xff);
  }
  return decoded;
}

}  // namespace litewatch
