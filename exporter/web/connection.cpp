#include "web/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>
#include <utility>

namespace litewatch {
namespace {

constexpr std::size_t kReadSize = 4096;
constexpr std::size_t kTlsRecord = 16 * 1024;
constexpr std::size_t kMostPerTurn = 1024 * 1024;  // a fast reader does not hold the thread

IoStatus status_of_errno(IoStatus blocked) {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? blocked : IoStatus::kEnd;
}

}  // namespace

Connection::Connection(Fd socket, const PeerKey& peer, std::shared_ptr<const TlsContext> tls,
                       std::size_t max_header_bytes, std::size_t max_header_fields)
    : socket_(std::move(socket)),
      peer_(peer),
      max_header_bytes_(max_header_bytes),
      scanner_(max_header_bytes, max_header_fields) {
  if (tls) tls_ = std::make_unique<TlsSession>(std::move(tls), socket_.get());
}

bool Connection::looks_like_plain_http() {
  unsigned char first = 0;
  if (first_byte_seen_ || recv(socket_.get(), &first, 1, MSG_PEEK) != 1) return false;
  first_byte_seen_ = true;  // later ones may come from the middle of a TLS record
  return first >= 'A' && first <= 'Z';
}

IoResult Connection::read_some(char* into, std::size_t size) {
  if (tls_) return tls_->read({into, size});
  const auto received = recv(socket_.get(), into, size, 0);
  if (received > 0) return {IoStatus::kOk, static_cast<std::size_t>(received)};
  return {received == 0 ? IoStatus::kEnd : status_of_errno(IoStatus::kWantRead), 0};
}

IoResult Connection::receive() {
  std::array<char, kReadSize> buffer;
  const auto room =
      std::min(buffer.size(), max_header_bytes_ - std::min(max_header_bytes_, input_.size()));
  const auto result = read_some(buffer.data(), room);
  if (result.status == IoStatus::kOk) input_.append(buffer.data(), result.size);
  return result;
}

IoResult Connection::discard() {
  std::array<char, kReadSize> buffer;
  return read_some(buffer.data(), buffer.size());
}

HeadReading Connection::take_head() {
  auto reading = read_head(std::string_view(input_).substr(0, scanner_.size()));
  input_.erase(0, scanner_.size());
  if (input_.empty()) std::string().swap(input_);  // an idle connection holds no memory
  scanner_.reset();
  return reading;
}

void Connection::set_answer(Answer answer) {
  answer_ = std::move(answer);
  sent_ = 0;
}

IoResult Connection::flush() {
  const std::size_t total = answer_.head.size() + answer_.body.bytes.size();
  const std::size_t stop_at = sent_ + kMostPerTurn;
  while (sent_ < total) {
    if (sent_ >= stop_at) return {IoStatus::kWantWrite, 0};
    const auto result = tls_ ? send_tls() : send_plain();
    if (result.status != IoStatus::kOk) return result;
    sent_ += result.size;
  }
  return {IoStatus::kOk, total};
}

IoResult Connection::send_plain() {
  const auto head = std::string_view(answer_.head).substr(std::min(sent_, answer_.head.size()));
  const auto body_sent = sent_ - std::min(sent_, answer_.head.size());
  const auto body = answer_.body.bytes.substr(body_sent);
  std::array<iovec, 2> parts = {{{const_cast<char*>(head.data()), head.size()},
                                 {const_cast<char*>(body.data()), body.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const auto sent = sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
  if (sent < 0) return {status_of_errno(IoStatus::kWantWrite), 0};
  return {IoStatus::kOk, static_cast<std::size_t>(sent)};
}

IoResult Connection::send_tls() {
  const std::size_t head_size = answer_.head.size();
  if (sent_ >= head_size) return tls_->write(answer_.body.bytes.substr(sent_ - head_size));
  // The head and the start of the body make one record.
  std::string record = answer_.head.substr(sent_);
  const auto room = kTlsRecord - std::min(kTlsRecord, record.size());
  record += answer_.body.bytes.substr(0, room);
  return tls_->write(record);
}

void Connection::shut_down() {
  if (tls_) tls_->close_notify();
  shutdown(socket_.get(), SHUT_WR);
}

}  // namespace litewatch
