#include "probe/net/connect_error.h"

#include <cerrno>
#include <string>
#include <utility>

#include "catch.h"

namespace litewatch {

TEST_CASE("connect error: what connect(2) and a socket say -> its reason") {
  using enum ProbeReason;
  const std::pair<int, ProbeReason> cases[] = {
      {ECONNREFUSED, kConnectRefused},
      {ENOENT, kConnectRefused},
      {ENOTDIR, kConnectRefused},
      {EPROTOTYPE, kConnectRefused},
      {ETIMEDOUT, kConnectTimeout},
      {ENETUNREACH, kConnectUnreachable},
      {EHOSTUNREACH, kConnectUnreachable},
      {ENETDOWN, kConnectUnreachable},
      {EAFNOSUPPORT, kConnectUnreachable},
      {ECONNRESET, kConnectReset},
      {ECONNABORTED, kConnectReset},
      {EPIPE, kConnectReset},
      {EMFILE, kInternal},
      {EACCES, kInternal},
      {EADDRNOTAVAIL, kInternal},
      {0, kInternal},
      {-1, kInternal},
  };
  for (const auto& [errnum, reason] : cases) {
    CAPTURE(errnum);
    CHECK(connect_reason(errnum) == reason);
  }
}

TEST_CASE("connect error: where litewatch is at fault -> its words name the mend") {
  CHECK(connect_problem(ECONNREFUSED) == "Connection refused");
  CHECK(connect_problem(EMFILE).find("LimitNOFILE") != std::string::npos);
  CHECK(connect_problem(EACCES).find("the socket's mode") != std::string::npos);
  CHECK(connect_problem(EADDRNOTAVAIL).find("local address") != std::string::npos);
}

}  // namespace litewatch
