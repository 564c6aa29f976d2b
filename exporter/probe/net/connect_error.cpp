#include "probe/net/connect_error.h"

#include <cerrno>
#include <cstring>

namespace litewatch {

ProbeReason connect_reason(int errnum) {
  switch (errnum) {
    case ECONNREFUSED:
    case ENOENT:  // of a Unix socket: no such file, something else in its place, or no such folder
    case ENOTDIR:
    case EPROTOTYPE:
      return ProbeReason::kConnectRefused;
    case ETIMEDOUT:
      return ProbeReason::kConnectTimeout;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENONET:
    case EAFNOSUPPORT:  // a kernel without IPv6
      return ProbeReason::kConnectUnreachable;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
      return ProbeReason::kConnectReset;
    default:
      return ProbeReason::kInternal;
  }
}

std::string connect_problem(int errnum) {
  std::string problem = std::strerror(errnum);
  switch (errnum) {
    case EMFILE:
      return problem + "; raise litewatch's limit of open files (LimitNOFILE, ulimit -n)";
    case EACCES:
    case EPERM:
      return problem + "; litewatch's user may not connect: see the socket's mode and the firewall";
    case EADDRNOTAVAIL:
      return problem + "; no such local address, or all ports of it are in use";
    default:
      return problem;
  }
}

}  // namespace litewatch
