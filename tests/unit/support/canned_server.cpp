#include "support/canned_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace litewatch {
namespace {

constexpr std::size_t kMostHead = 64 << 10;

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

sockaddr_storage loopback(const std::string& address, socklen_t& size) {
  sockaddr_storage storage{};
  auto& ip4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& ip6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, address.c_str(), &ip4.sin_addr) == 1) {
    ip4.sin_family = AF_INET;
    size = sizeof ip4;
  } else {
    check(inet_pton(AF_INET6, address.c_str(), &ip6.sin6_addr) == 1, "not an address");
    ip6.sin6_family = AF_INET6;
    size = sizeof ip6;
  }
  return storage;
}

Fd bound(const std::string& address) {
  socklen_t size = 0;
  const sockaddr_storage storage = loopback(address, size);
  Fd fd(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check(fd.valid(), "socket");
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) == 0, "bind");
  return fd;
}

int port_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  check(::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) == 0, "getsockname");
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(storage).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(storage).sin_port);
}

Fd bound_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  check(path.size() < sizeof address.sun_path, "socket path too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check(fd.valid(), "socket");
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  return fd;
}

Fd listening(Fd fd) {
  check(::listen(fd.get(), 128) == 0, "listen");
  return fd;
}

void limit_waits(int fd) {
  const timeval limit{CannedServer::kLongest_s, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

std::string read_until(int fd, std::string_view end) {
  std::string text;
  char byte = 0;
  while (text.size() < kMostHead && ::recv(fd, &byte, 1, 0) == 1) {
    text += byte;
    if (text.size() >= end.size() && std::string_view(text).substr(text.size() - end.size()) == end)
      break;
  }
  return text;
}

}  // namespace

CannedServer::CannedServer(Talk talk, const std::string& address)
    : CannedServer(listening(bound(address)), std::move(talk)) {
  port_ = port_of(listener_.get());
  host_ = address.find(':') == std::string::npos ? address : "[" + address + "]";
}

CannedServer::CannedServer(Fd listener, Talk talk)
    : listener_(std::move(listener)),
      end_(eventfd(0, EFD_CLOEXEC)),
      talk_(std::move(talk)),
      acceptor_([this] { accept_all(); }) {}

std::unique_ptr<CannedServer> CannedServer::on_unix_socket(const std::string& path, Talk talk) {
  return std::unique_ptr<CannedServer>(
      new CannedServer(listening(bound_unix(path)), std::move(talk)));
}

CannedServer::~CannedServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  const std::uint64_t one = 1;
  check(::write(end_.get(), &one, sizeof one) == sizeof one, "write");
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
}

std::string CannedServer::address() const { return host_ + ":" + std::to_string(port_); }
std::string CannedServer::url(const std::string& path) const {
  return "http://" + address() + path;
}
std::string CannedServer::https_url(const std::string& path) const {
  return "https://" + address() + path;
}

bool CannedServer::wait_for_room() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return false;
      if (open_.size() < kMost) return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void CannedServer::accept_all() {
  while (wait_for_room()) {
    std::array<pollfd, 2> polled{{{listener_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), -1);
    if (polled[1].revents != 0) return;
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    limit_waits(fd);
    const std::lock_guard lock(mutex_);
    open_.insert(fd);
    ++connections_;
    if (ending_) ::shutdown(fd, SHUT_RDWR);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void CannedServer::serve(int fd) {
  talk_(fd);
  const std::lock_guard lock(mutex_);  // no shutdown of a number that is somebody else's by then
  open_.erase(fd);
  ::close(fd);
}

std::string read_request_head(int fd) { return read_until(fd, "\r\n\r\n"); }
std::string read_line(int fd) { return read_until(fd, "\n"); }

std::string read_to_end(int fd, std::size_t limit) {
  std::string text;
  std::array<char, 4096> part;
  while (text.size() < limit) {
    const ssize_t got = ::recv(fd, part.data(), std::min(part.size(), limit - text.size()), 0);
    if (got <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return text;
}

bool send_bytes(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t send_forever(int fd, std::string_view bytes, std::size_t limit) {
  std::size_t total = 0;
  while (total < limit && send_bytes(fd, bytes)) total += bytes.size();
  return total;
}

void reset_at_close(int fd) {
  const linger none{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void hang(int fd) {
  const timeval limit{60, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::array<char, 4096> ignored;
  while (::recv(fd, ignored.data(), ignored.size(), 0) > 0) {
  }
}

std::string http_answer(int status, std::string_view body, std::string_view fields) {
  std::string answer = "HTTP/1.1 " + std::to_string(status) + " Canned\r\n";
  answer += fields;
  answer += "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  answer += body;
  return answer;
}

RefusingPort::RefusingPort() : socket_(bound("127.0.0.1")), port_(port_of(socket_.get())) {}

}  // namespace litewatch
