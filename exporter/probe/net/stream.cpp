#include "probe/net/stream.h"

#include <openssl/err.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "probe/net/connect_error.h"

namespace litewatch {
namespace {

constexpr std::size_t kSlice = 16 << 10;  // a TLS record: none is ever left over in OpenSSL
constexpr double kRetry_s = 0.02;

bool wants_source(const sockaddr_storage& to) { return to.ss_family != AF_UNIX; }

/// OpenSSL's first word on what went wrong.
std::string tls_words() {
  const char* const words = ERR_reason_error_string(ERR_peek_error());
  return words != nullptr ? words : "protocol error";
}

bool set_sni(SSL* ssl, const std::string& server_name) {
  if (server_name.empty() || parse_address(server_name)) return true;
  const std::size_t size = server_name.ends_with('.') ? server_name.size() - 1 : server_name.size();
  return SSL_set_tlsext_host_name(ssl, server_name.substr(0, size).c_str()) == 1;
}

}  // namespace

Stream::~Stream() {
  loop_.cancel_timer(retry_);
  if (watched_) loop_.unwatch(fd_.get());
  if (secured_ && reason_ == ProbeReason::kNone) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void Stream::connect(const sockaddr_storage& to, socklen_t size,
                     const std::optional<Address>& source) {
  to_ = to;
  to_size_ = size;
  fd_ = Fd(::socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_.valid()) return fail_of(errno);
  if (source && wants_source(to)) {
    socklen_t source_size = 0;
    const sockaddr_storage from = to_sockaddr(*source, 0, source_size);
    if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&from), source_size) != 0) {
      return fail(ProbeReason::kInternal,
                  "cannot bind " + to_string(*source) + ": " + connect_problem(errno));
    }
  }
  task_ = Task::kConnect;
  try_connect();
}

void Stream::try_connect() {
  retry_ = 0;
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to_), to_size_) == 0) {
    return emit(Event::kConnected);
  }
  if (errno == EINPROGRESS || errno == EINTR) return wait_for(EPOLLOUT);
  if (errno != EAGAIN || to_.ss_family != AF_UNIX) return fail_of(errno);
  // The backlog of a Unix socket is full, and no event tells when it is not: unix(7).
  retry_ = loop_.start_timer(monotonic_s() + kRetry_s, [this] { try_connect(); });
}

void Stream::finish_connect() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail_of(error);
  emit(Event::kConnected);
}

void Stream::secure(const TlsProfile& profile, const std::string& server_name, TlsResult& seen) {
  seen_ = &seen;
  const std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr || !profile.apply(context.get(), server_name, seen)) {
    return fail(ProbeReason::kInternal, "cannot set TLS up: " + tls_words());
  }
  ssl_.reset(SSL_new(context.get()));
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), fd_.get()) != 1 ||
      !set_sni(ssl_.get(), server_name)) {
    return fail(ProbeReason::kInternal, "cannot set TLS up: " + tls_words());
  }
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  task_ = Task::kHandshake;
  shake_hands();
}

void Stream::shake_hands() {
  ERR_clear_error();
  const int result = SSL_connect(ssl_.get());
  if (result != 1) {
    if (!wait_for_tls(result)) fail_of_tls(result);
    return;
  }
  secured_ = true;
  emit(Event::kSecured);
}

void Stream::send(std::string bytes) {
  to_send_ = std::move(bytes);
  sent_ = 0;
  task_ = Task::kSend;
  flush();
}

void Stream::flush() {
  while (sent_ < to_send_.size()) {
    const ssize_t sent = write_some();
    if (sent <= 0) return;
    sent_ += static_cast<std::size_t>(sent);
  }
  to_send_.clear();
  emit(Event::kSent);
}

/// How much was written; otherwise it waits, or has failed and may be gone.
ssize_t Stream::write_some() {
  const std::string_view rest = std::string_view(to_send_).substr(sent_);
  if (ssl_ == nullptr) {
    const ssize_t sent = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent > 0) return sent;
    if (errno == EAGAIN || errno == EINTR) {
      wait_for(EPOLLOUT);
    } else {
      fail_of(errno);
    }
    return -1;
  }
  ERR_clear_error();
  const int sent = SSL_write(ssl_.get(), rest.data(), static_cast<int>(rest.size()));
  if (sent > 0) return sent;
  if (!wait_for_tls(sent)) fail_of_tls(sent);
  return -1;
}

void Stream::receive() {
  task_ = Task::kReceive;
  wait_for(EPOLLIN);
}

void Stream::read_slice() {
  std::array<char, kSlice> slice;
  const ssize_t got = read_some(slice.data(), slice.size());
  if (got < 0) return;
  if (got == 0) return emit(Event::kEnded);
  received_.append(slice.data(), static_cast<std::size_t>(got));
  emit(Event::kReceived);
}

/// As read(2); under zero it waits, or has failed and may be gone.
ssize_t Stream::read_some(char* into, std::size_t size) {
  if (ssl_ == nullptr) {
    const ssize_t got = ::recv(fd_.get(), into, size, 0);
    if (got >= 0 || errno == EAGAIN || errno == EINTR) return got;
    fail_of(errno);
    return -1;
  }
  ERR_clear_error();
  const int got = SSL_read(ssl_.get(), into, static_cast<int>(size));
  if (got > 0) return got;
  if (wait_for_tls(got)) return -1;
  const bool ended = SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN ||
                     ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (ended) return 0;
  fail_of_tls(got);
  return -1;
}

void Stream::go_on() {
  switch (task_) {
    case Task::kConnect:
      return finish_connect();
    case Task::kHandshake:
      return shake_hands();
    case Task::kSend:
      return flush();
    case Task::kReceive:
      return read_slice();
    case Task::kNone:  // a hang-up that nobody waits for would come again and again
      watched_ = false;
      return loop_.unwatch(fd_.get());
  }
}

void Stream::wait_for(std::uint32_t events) {
  if (watched_) return loop_.watch(fd_.get(), events);
  watched_ = true;
  loop_.watch(fd_.get(), events, [this](std::uint32_t) { go_on(); });
}

/// Whether OpenSSL only waits for the socket.
bool Stream::wait_for_tls(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return false;
  wait_for(error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
  return true;
}

void Stream::fail_of_tls(int result) {
  const int errnum = errno;
  const int error = SSL_get_error(ssl_.get(), result);
  const int cause = ERR_GET_REASON(ERR_peek_error());
  const std::string where = secured_ ? "" : " within the TLS handshake";
  if (error == SSL_ERROR_SYSCALL && errnum != 0) {
    return fail(connect_reason(errnum), connect_problem(errnum) + where);
  }
  if (error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN ||
      cause == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return fail(ProbeReason::kConnectReset, "the connection was closed" + where);
  }
  if (cause == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    const std::string subject =
        seen_->subject.empty() ? "" : " (certificate of " + seen_->subject + ")";
    return fail(tls_failure(*seen_), verify_error(seen_->verify_result) + subject);
  }
  fail(ProbeReason::kTlsHandshake,
       (secured_ ? "TLS failed: " : "the TLS handshake failed: ") + tls_words());
}

void Stream::fail_of(int errnum) { fail(connect_reason(errnum), connect_problem(errnum)); }

void Stream::fail(ProbeReason reason, std::string detail) {
  reason_ = reason;
  detail_ = std::move(detail);
  ERR_clear_error();
  emit(Event::kFailed);
}

void Stream::emit(Event event) {
  task_ = Task::kNone;
  const OnEvent on_event = on_event_;  // it may destroy this
  on_event(event);
}

}  // namespace litewatch
