#include "web/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "base/parse.h"

namespace litewatch {
namespace {

constexpr int kFirstSystemdFd = 3;  // SD_LISTEN_FDS_START
constexpr std::uint64_t kMostSystemdFds = 64;
constexpr int kBacklog = 1024;

Error bad_address(std::string_view text) {
  return {ErrorKind::kMalformed,
          "is not a listen address: expected \":PORT\", \"HOST:PORT\", \"[IPV6]:PORT\" or "
          "\"unix:/PATH\"",
          std::string(text), 0};
}

/// All but missing rights may pass: an address is taken, or its interface is not up yet.
Error cannot_listen(std::string_view what, const std::string& at) {
  Error error = system_error(errno, what, at);
  if (error.kind == ErrorKind::kInternal) error.kind = ErrorKind::kBusy;
  return error;
}

/// A socket address of any family, as the calls want it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::string numeric_address(SocketAddress& address) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(address.get(), address.size, host.data(), host.size(), port.data(), port.size(),
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "?";
  }
  const bool v6 = address.storage.ss_family == AF_INET6;
  return (v6 ? "[" + std::string(host.data()) + "]" : host.data()) + ":" + port.data();
}

std::string bound_address(int fd) {
  SocketAddress address;
  if (getsockname(fd, address.get(), &address.size) != 0) return "?";
  if (address.storage.ss_family != AF_UNIX) return numeric_address(address);
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  return "unix:" + std::string(local->sun_path, strnlen(local->sun_path, sizeof local->sun_path));
}

/// Binds one resolved address; the errno where that fails.
Result<Fd> bind_one(const addrinfo& at, bool dual_stack, const std::string& name) {
  Fd fd(socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return cannot_listen("cannot open a socket", name);
  const int on = 1;
  const int v6_only = dual_stack ? 0 : 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (at.ai_family == AF_INET6) {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  }
  if (bind(fd.get(), at.ai_addr, at.ai_addrlen) != 0 || listen(fd.get(), kBacklog) != 0) {
    return cannot_listen("cannot listen", name);
  }
  return fd;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

Result<Listener> listen_tcp(const std::string& host, std::uint16_t port, bool dual_stack,
                            const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) {
    return Error{ErrorKind::kBusy,
                 "cannot resolve the listen address: " + std::string(gai_strerror(code)), name, 0};
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  std::optional<Error> first_error;
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    auto fd = bind_one(*at, dual_stack, name);
    if (fd.ok()) {
      auto bound = bound_address(fd->get());
      return Listener(std::move(*fd), std::move(bound), "");
    }
    if (!first_error) first_error = fd.error();
  }
  return *first_error;
}

bool lacks_ipv6(const Error& error) {
  return error.errnum == EAFNOSUPPORT || error.errnum == EADDRNOTAVAIL;
}

Result<Listener> listen_everywhere(std::uint16_t port, const std::string& name) {
  auto both = listen_tcp("::", port, true, name);
  if (!both.ok() && lacks_ipv6(both.error())) return listen_tcp("0.0.0.0", port, false, name);
  return both;
}

/// Whether the socket file at `address` is a leftover: nobody accepts there.
bool is_stale(const sockaddr_un& address) {
  struct stat status {};
  if (lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const Fd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

Result<Listener> listen_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error{ErrorKind::kMalformed, "is too long for a Unix socket", path, 0};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_stale(address)) unlink(address.sun_path);
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return cannot_listen("cannot open a socket", path);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return cannot_listen("cannot listen", path);
  }
  Listener listener(std::move(fd), "unix:" + path, path);
  if (listen(listener.fd(), kBacklog) != 0) return cannot_listen("cannot listen", path);
  return listener;
}

std::optional<std::uint64_t> environment_number(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : parse_u64(value);
}

bool is_listening_stream(int fd) {
  int type = 0;
  int accepting = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return false;
  size = sizeof accepting;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &size) == 0 && accepting != 0;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  if (text.starts_with("unix:")) {
    address.unix_path = text.substr(5);
    if (!address.unix_path.starts_with('/')) return bad_address(text);
    return address;
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_address(text);
  const auto port = parse_u64(text.substr(colon + 1));
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool has_colon = host.find(':') != std::string_view::npos;
  const bool has_bracket = host.find_first_of("[]") != std::string_view::npos;
  if (!port || *port > 65535 || has_colon != bracketed || has_bracket) return bad_address(text);
  address.host = host;
  address.port = static_cast<std::uint16_t>(*port);
  return address;
}

Listener::~Listener() {
  if (fd_.valid() && !unix_path_.empty()) unlink(unix_path_.c_str());
}

Result<Listener> listen_at(std::string_view text) {
  const auto address = parse_listen_address(text);
  if (!address.ok()) return address.error();
  if (!address->unix_path.empty()) return listen_unix(address->unix_path);
  const std::string name(text);
  if (address->host.empty()) return listen_everywhere(address->port, name);
  return listen_tcp(address->host, address->port, false, name);
}

Result<std::vector<Listener>> systemd_listeners() {
  std::vector<Listener> listeners;
  if (environment_number("LISTEN_PID") != static_cast<std::uint64_t>(getpid())) return listeners;
  const auto count = environment_number("LISTEN_FDS");
  if (!count || *count > kMostSystemdFds) {
    return Error{ErrorKind::kMalformed, "LISTEN_FDS: expected a number from 0 to 64", "", 0};
  }
  for (int fd = kFirstSystemdFd; fd < kFirstSystemdFd + static_cast<int>(*count); ++fd) {
    if (!is_listening_stream(fd)) {
      return Error{ErrorKind::kUnsupported, "a socket passed by systemd is no listening stream",
                   "file descriptor " + std::to_string(fd), 0};
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    listeners.emplace_back(Fd(fd), bound_address(fd), "");
  }
  return listeners;
}

}  // namespace litewatch
