#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"

namespace litewatch {

/// What a name server says about one name.
struct DnsRecord {
  enum class Kind : std::uint8_t {
    kAddresses,  ///< those below; no error and no record of a family that has none
    kNxdomain,
    kServfail,
    kSilence,
    kGarbage,    ///< the right id, and then no DNS
    kTruncated,  ///< the last bytes of the answer are missing
  };

  Kind kind = Kind::kAddresses;
  std::vector<std::string> ip4;
  std::vector<std::string> ip6;
};

/// A name server on a UDP port of 127.0.0.1, of the kernel's choice. A name it does not know does
/// not exist.
class FakeDns {
 public:
  /// Names in lower case without a dot at their end.
  explicit FakeDns(std::map<std::string, DnsRecord> records);
  ~FakeDns();
  FakeDns(const FakeDns&) = delete;
  FakeDns& operator=(const FakeDns&) = delete;

  std::string address() const;              ///< "127.0.0.1:12345"
  int queries() const { return queries_; }  ///< received so far

 private:
  void serve();
  std::string answer(const std::string& query) const;

  const std::map<std::string, DnsRecord> records_;
  Fd socket_;
  Fd end_;  ///< an eventfd: readable when it ends
  int port_ = 0;
  std::atomic<int> queries_{0};
  std::thread thread_;
};

}  // namespace litewatch
