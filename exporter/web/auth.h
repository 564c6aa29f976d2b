#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace litewatch {

/// What bcrypt said about user, password and hash, so that it need not say it at every scrape. Keys
/// are SHA-256 over these and a salt of this process: no password is kept. Bounded; the right ones
/// are not displaced by wrong ones. Thread-safe.
class VerdictCache {
 public:
  using Key = std::array<unsigned char, 32>;

  VerdictCache();

  Key key(std::string_view user, std::string_view password, std::string_view hash) const;
  std::optional<bool> find(const Key& key) const EXCLUDES(mutex_);
  void store(const Key& key, bool right) EXCLUDES(mutex_);

 private:
  static constexpr std::size_t kMost = 256;  ///< of each verdict

  Key salt_{};
  mutable Mutex mutex_;
  std::deque<Key> right_ GUARDED_BY(mutex_);
  std::deque<Key> wrong_ GUARDED_BY(mutex_);
};

/// HTTP Basic authentication against bcrypt hashes ($2a$, $2b$, $2y$). Thread-safe.
class BasicAuth {
 public:
  /// `cache` may be shared by successive configurations: a changed hash is another key.
  BasicAuth(std::map<std::string, std::string> users, std::shared_ptr<VerdictCache> cache)
      : users_(std::move(users)), cache_(std::move(cache)) {}

  /// Whether the value of an Authorization field opens the door, as far as that is known without
  /// bcrypt: always where there are no users, or the field is absent or malformed.
  std::optional<bool> recall(std::string_view authorization) const;

  /// The same for certain; takes as long as bcrypt does, also for a user that does not exist.
  bool verify(std::string_view authorization) const;

 private:
  struct Claim;
  std::optional<Claim> read_claim(std::string_view authorization) const;

  const std::map<std::string, std::string> users_;
  const std::shared_ptr<VerdictCache> cache_;
};

/// Strict base64 (RFC 4648, padded); nullopt where malformed.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace litewatch
