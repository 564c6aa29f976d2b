// What the prober is loaded with: one HTTP server on one port of many loopback addresses.
//
//   probe_load_server HOSTS SECONDS [CERTIFICATE KEY]
//
// Prints its port, serves until its standard input ends, at most SECONDS, and then prints how many
// requests it saw of each kind. Host i is 127.0.(1 + i / 250).(1 + i % 250). The path says what a
// request gets:
//   /ok...       200 at once, a line of text
//   /health...   200 at once, a health document
//   /hang...     nothing, ever
//   /reset...    a connection reset
//   /endless...  200 and a body that never ends

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"

using namespace litewatch;

namespace {

constexpr std::size_t kMostRequest = 8192;
constexpr int kSendBuffer = 64 * 1024;  // of an endless body, for a client that stops reading
constexpr std::size_t kEndlessPerTurn = 128 * 1024;

enum class Kind : std::uint8_t { kOk, kHealth, kHang, kReset, kEndless };
constexpr std::array<std::string_view, 5> kPaths = {"/ok", "/health", "/hang", "/reset",
                                                    "/endless"};

const std::string kOkAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n";
const std::string kHealthBody =
    R"({"status":"pass","checks":{"db:responseTime":[{"status":"pass","observedValue":2,)"
    R"("observedUnit":"ms"}]}})";
const std::string kHealthAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/health+json\r\nContent-Length: " +
    std::to_string(kHealthBody.size()) + "\r\n\r\n" + kHealthBody;
const std::string kEndlessHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";

[[noreturn]] void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

/// How an operation on a socket ended: bytes moved, 0 to try again later, -1 at the end.
using Moved = ssize_t;

/// One client: reads a request, sends what its path asks for, and the next.
class Peer {
 public:
  Peer(Fd socket, SSL_CTX* context) : socket_(std::move(socket)) {
    setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
    const int on = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (context == nullptr) return;
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), socket_.get());
    SSL_set_accept_state(ssl_.get());
  }

  int fd() const { return socket_.get(); }
  bool wants_to_write() const { return !output_.empty() || endless_; }

  /// Goes on; false: the connection is over. Counts requests in `seen`.
  bool go_on(std::array<std::uint64_t, kPaths.size()>& seen) {
    while (true) {
      if (wants_to_write() && !write_some()) return false;
      if (wants_to_write()) return true;
      std::array<char, 4096> buffer;
      const Moved received = read(buffer.data(), buffer.size());
      if (received <= 0) return received == 0;
      input_.append(buffer.data(), static_cast<std::size_t>(received));
      if (input_.size() > kMostRequest || !answer(seen)) return false;
    }
  }

 private:
  bool answer(std::array<std::uint64_t, kPaths.size()>& seen) {
    const auto end = input_.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const auto space = input_.find(' ');
    const auto path = std::string_view(input_).substr(std::min(space, end)).substr(1);
    const auto* found = std::find_if(kPaths.begin(), kPaths.end(), [&](std::string_view known) {
      return path.starts_with(known);
    });
    if (found == kPaths.end()) return false;
    const auto kind = static_cast<std::size_t>(found - kPaths.begin());
    ++seen[kind];
    input_.erase(0, end + 4);
    return prepare(static_cast<Kind>(kind));
  }

  bool prepare(Kind kind) {
    switch (kind) {
      case Kind::kOk:
        output_ = kOkAnswer;
        return true;
      case Kind::kHealth:
        output_ = kHealthAnswer;
        return true;
      case Kind::kHang:
        return true;
      case Kind::kReset: {
        const linger hard{1, 0};
        setsockopt(fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        return false;
      }
      case Kind::kEndless:
        output_ = kEndlessHead;
        endless_ = true;
        return true;
    }
    return false;
  }

  bool write_some() {
    for (std::size_t sent_now = 0; wants_to_write() && sent_now < kEndlessPerTurn;) {
      if (output_.empty()) output_.assign(16 * 1024, 'x');
      const Moved sent = write(output_.data(), output_.size());
      if (sent <= 0) return sent == 0;
      output_.erase(0, static_cast<std::size_t>(sent));
      sent_now += static_cast<std::size_t>(sent);
    }
    return true;
  }

  Moved read(char* into, std::size_t size) {
    if (ssl_) return of_ssl(SSL_read(ssl_.get(), into, static_cast<int>(size)));
    const auto received = recv(fd(), into, size, 0);
    return received > 0 ? received : received < 0 && errno == EAGAIN ? 0 : -1;
  }

  Moved write(const char* from, std::size_t size) {
    if (ssl_) return of_ssl(SSL_write(ssl_.get(), from, static_cast<int>(size)));
    const auto sent = send(fd(), from, size, MSG_NOSIGNAL);
    return sent > 0 ? sent : errno == EAGAIN ? 0 : -1;
  }

  Moved of_ssl(int result) {
    if (result > 0) return result;
    const int error = SSL_get_error(ssl_.get(), result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
  }

  Fd socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::string input_;
  std::string output_;
  bool endless_ = false;
};

class LoadServer {
 public:
  explicit LoadServer(SSL_CTX* context) : context_(context), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    watch(STDIN_FILENO, EPOLLIN, EPOLL_CTL_ADD);
  }

  /// Listens on one port of that many addresses; the port.
  std::uint16_t listen_on(std::uint32_t hosts) {
    std::uint16_t port = 0;
    for (std::uint32_t i = 0; i < hosts; ++i) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl((127U << 24) + ((1 + i / 250) << 8) + 1 + i % 250);
      address.sin_port = htons(port);
      Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      const int on = 1;
      setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      socklen_t size = sizeof address;
      if (bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
          listen(socket.get(), 4096) != 0 ||
          getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        die("cannot listen");
      }
      port = ntohs(address.sin_port);
      watch(socket.get(), EPOLLIN, EPOLL_CTL_ADD);
      listeners_.emplace(socket.get(), std::move(socket));
    }
    return port;
  }

  void serve(double seconds) {
    const double end_s = monotonic_s() + seconds;
    std::array<epoll_event, 256> events;
    while (monotonic_s() < end_s) {
      const int count = epoll_wait(epoll_.get(), events.data(), events.size(), 500);
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        if (fd == STDIN_FILENO) return;
        if (listeners_.contains(fd)) {
          accept_from(fd);
        } else {
          go_on(fd);
        }
      }
    }
  }

  void report() const {
    for (std::size_t i = 0; i < kPaths.size(); ++i) {
      std::printf("%s %llu\n", kPaths[i].data() + 1, static_cast<unsigned long long>(seen_[i]));
    }
  }

 private:
  void watch(int fd, std::uint32_t events, int operation) {
    epoll_event event{events, {.fd = fd}};
    epoll_ctl(epoll_.get(), operation, fd, &event);
  }

  void accept_from(int listener) {
    while (true) {
      Fd socket(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket.valid()) return;
      const int fd = socket.get();
      watch(fd, EPOLLIN, EPOLL_CTL_ADD);
      peers_.insert_or_assign(fd, std::make_unique<Peer>(std::move(socket), context_));
    }
  }

  void go_on(int fd) {
    const auto found = peers_.find(fd);
    if (found == peers_.end()) return;  // closed earlier in this turn
    Peer& peer = *found->second;
    const bool wrote = peer.wants_to_write();
    if (!peer.go_on(seen_)) {
      peers_.erase(found);
    } else if (peer.wants_to_write() != wrote) {
      watch(fd, peer.wants_to_write() ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }
  }

  SSL_CTX* context_;
  Fd epoll_;
  std::unordered_map<int, Fd> listeners_;
  std::unordered_map<int, std::unique_ptr<Peer>> peers_;
  std::array<std::uint64_t, kPaths.size()> seen_{};
};

std::unique_ptr<SSL_CTX, FreeSsl> make_context(const char* certificate, const char* key) {
  std::unique_ptr<SSL_CTX, FreeSsl> context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), key, SSL_FILETYPE_PEM) != 1) {
    std::fprintf(stderr, "cannot use %s with %s\n", certificate, key);
    std::exit(1);
  }
  return context;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 5) {
    std::fprintf(stderr, "usage: probe_load_server HOSTS SECONDS [CERTIFICATE KEY]\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const auto context = argc == 5 ? make_context(argv[3], argv[4]) : nullptr;
  LoadServer server(context.get());
  std::printf("%u\n", server.listen_on(static_cast<std::uint32_t>(std::atoi(argv[1]))));
  std::fflush(stdout);
  server.serve(std::atof(argv[2]));
  server.report();
}
