#include "probe/net/dns_failure.h"

#include <ares.h>

#include <string_view>

namespace litewatch {
namespace {

ProbeReason reason_of(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_ENONAME:
    case ARES_EBADNAME:
      return ProbeReason::kDnsNxdomain;
    case ARES_ETIMEOUT:
      return ProbeReason::kDnsTimeout;
    default:
      return ProbeReason::kDnsError;
  }
}

std::string problem_of(const std::string& name, int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
      return name + " does not exist";
    case ARES_EBADNAME:
      return name + " is not a valid host name";
    case ARES_ETIMEOUT:
      return "no name server answered for " + name;
    case ARES_ECONNREFUSED:  // c-ares says so of servers that fail, too
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
      return "every name server failed or refused to resolve " + name;
    case ARES_EBADRESP:
      return "the name server's answer for " + name + " is malformed";
    default:
      return "cannot resolve " + name + ": " + ares_strerror(status);
  }
}

}  // namespace

bool is_host_name(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos) return false;
  std::string_view last(name);
  if (last.ends_with('.')) last.remove_suffix(1);
  last = last.substr(last.find_last_of('.') + 1);
  return last.find_first_not_of("0123456789") != std::string_view::npos;
}

Resolution dns_failure(const std::string& name, int status) {
  return {reason_of(status), problem_of(name, status), {}};
}

Resolution no_address(const std::string& name, IpProtocol preferred, bool fallback) {
  const char* const family = preferred == IpProtocol::kIp4 ? "IPv4 " : "IPv6 ";
  return {ProbeReason::kDnsNxdomain, name + " has no " + (fallback ? "" : family) + "address", {}};
}

}  // namespace litewatch
