#include "web/front.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>

#include "base/clock.h"
#include "web/refusal.h"
#include "web/routes.h"

namespace litewatch {
namespace {

constexpr std::uint64_t kWakeId = 0;
constexpr std::uint64_t kFirstListenerId = 1;
constexpr std::uint64_t kFirstConnectionId = 1024;

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kAcceptPause_s = 0.1;  // after EMFILE and the like
constexpr double kLinger_s = 1;
constexpr std::size_t kMostDiscarded = 256 * 1024;
constexpr int kSendBuffer = 256 * 1024;    // without these the kernel would buffer
constexpr int kReceiveBuffer = 32 * 1024;  // megabytes for each socket
constexpr int kAcceptsPerTurn = 64;

void tune(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // fails on Unix sockets: no matter
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
}

bool lacks_resources(int errnum) {
  return errnum == EMFILE || errnum == ENFILE || errnum == ENOBUFS || errnum == ENOMEM;
}

struct Refused {
  Refusal refusal;
  std::string_view reason;  ///< the label value
};

Refused refused(HeadFault fault) {
  switch (fault) {
    case HeadFault::kTooLarge:
      return {Refusal::kTooLarge, "header_too_large"};
    case HeadFault::kTooManyFields:
      return {Refusal::kTooLarge, "too_many_fields"};
    case HeadFault::kBody:
      return {Refusal::kBody, "body_refused"};
    case HeadFault::kNone:
    case HeadFault::kBadRequest:
      break;
  }
  return {Refusal::kBadRequest, "bad_request"};
}

}  // namespace

Result<std::unique_ptr<Front>> Front::create(std::vector<Listener> listeners, FrontLimits limits,
                                             TlsSource tls, SelfMetrics& self) {
  std::unique_ptr<Front> front(new Front(std::move(listeners), limits, std::move(tls), self));
  if (!front->epoll_.valid()) return system_error(errno, "cannot create an epoll instance", "");
  if (!front->wake_.valid()) return system_error(errno, "cannot create an eventfd", "");
  return front;
}

Front::Front(std::vector<Listener> listeners, FrontLimits limits, TlsSource tls, SelfMetrics& self)
    : limits_(limits),
      tls_(std::move(tls)),
      self_(self),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      listeners_(std::move(listeners)),
      next_id_(kFirstConnectionId) {
  epoll_event event{EPOLLIN, {.u64 = kWakeId}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
}

Front::~Front() = default;

// --- The loop ---

void Front::run(const Submit& submit) {
  submit_ = &submit;
  now_s_ = monotonic_s();
  resume_accepting();
  while (!drained()) turn();
  connections_.clear();
  peers_.clear();
  self_.set_connections(0);
}

void Front::stop() {
  stopping_.store(true);
  wake_up();
}

void Front::wake_up() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
}

bool Front::alive() {
  const bool answered = signs_given_ == signs_asked_;
  ++signs_asked_;
  wake_up();
  return answered;
}

void Front::turn() {
  std::array<epoll_event, 128> events;
  const int count =
      epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
  now_s_ = monotonic_s();
  for (int i = 0; i < count; ++i) dispatch(events[i].data.u64, events[i].events);
  take_answers();
  if (now_s_ >= next_expiry_s_) close_expired();
  if (now_s_ >= resume_accept_s_) resume_accepting();
  if (stopping_ && drain_end_s_ == kNever) begin_drain();
  signs_given_ = signs_asked_.load();
}

int Front::wait_ms() const {
  const double until_s = std::min({next_expiry_s_, resume_accept_s_, drain_end_s_});
  if (until_s == kNever) return stopping_ ? 0 : -1;
  return static_cast<int>(std::ceil(std::clamp(until_s - now_s_, 0.0, 3600.0) * 1000));
}

void Front::dispatch(std::uint64_t id, std::uint32_t events) {
  if (id == kWakeId) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = read(wake_.get(), &count, sizeof count);
    return;
  }
  if (id < kFirstConnectionId) return accept_from(id - kFirstListenerId);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;  // closed earlier in this turn
  Connection& connection = *found->second;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return lose(id, connection);
  go_on(id, connection);
}

void Front::take_answers() {
  std::vector<std::pair<std::uint64_t, Answer>> answers;
  {
    const MutexLock lock(mutex_);
    answers.swap(answers_);
  }
  for (auto& [id, answer] : answers) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) begin_answer(id, *found->second, std::move(answer));
  }
}

void Front::deliver(std::uint64_t connection, Answer answer) {
  {
    const MutexLock lock(mutex_);
    answers_.emplace_back(connection, std::move(answer));
    if (answers_.size() > 1) return;  // the front is awake, or about to be
  }
  wake_up();
}

void Front::begin_drain() {
  drain_end_s_ = now_s_ + limits_.drain_s;
  resume_accept_s_ = kNever;
  listeners_.clear();
  std::vector<std::uint64_t> closing;
  for (const auto& [id, connection] : connections_) {
    const Phase phase = connection->phase;
    if (phase != Phase::kWaiting && phase != Phase::kWriting) closing.push_back(id);
  }
  for (const auto id : closing) close(id);
}

bool Front::drained() const {
  if (drain_end_s_ == kNever) return false;
  const bool at_work = std::any_of(connections_.begin(), connections_.end(), [](const auto& entry) {
    const Phase phase = entry.second->phase;
    return phase == Phase::kWaiting || phase == Phase::kWriting;
  });
  return !at_work || now_s_ >= drain_end_s_;
}

// --- Newcomers ---

void Front::accept_from(std::size_t listener) {
  for (int i = 0; i < kAcceptsPerTurn && listener < listeners_.size(); ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    Fd socket(accept4(listeners_[listener].fd(), reinterpret_cast<sockaddr*>(&address), &size,
                      SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (lacks_resources(errno)) pause_accepting();
      return;
    }
    self_.count_connection_accepted();
    admit(std::move(socket), peer_key(address));
  }
}

void Front::admit(Fd socket, const PeerKey& peer) {
  if (!make_room(peer)) return;
  tune(socket.get());
  const auto id = next_id_++;
  auto owned = std::make_unique<Connection>(std::move(socket), peer, tls_(),
                                            limits_.max_header_bytes, limits_.max_header_fields);
  Connection& connection = *owned;
  connections_.emplace(id, std::move(owned));
  ++peers_[peer];
  self_.set_connections(static_cast<double>(connections_.size()));
  epoll_event event{0, {.u64 = id}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.fd(), &event);
  enter(connection, connection.has_tls() ? Phase::kHandshake : Phase::kHead,
        limits_.header_deadline_s);
  watch(id, connection, EPOLLIN);
}

bool Front::make_room(const PeerKey& peer) {
  const auto found = peers_.find(peer);
  if (found != peers_.end() && found->second >= limits_.max_connections_per_peer &&
      !evict_one(&peer, "per_peer_limit")) {
    return false;
  }
  return connections_.size() < limits_.max_connections || evict_one(nullptr, "total_limit");
}

bool Front::evict_one(const PeerKey* of_peer, std::string_view reason) {
  self_.count_connection_rejected(reason);
  const auto victim = least_worth(connections_, of_peer, now_s_);
  if (victim) close(*victim);
  return victim.has_value();
}

void Front::pause_accepting() {
  for (const auto& listener : listeners_) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener.fd(), nullptr);
  }
  resume_accept_s_ = now_s_ + kAcceptPause_s;
}

void Front::resume_accepting() {
  resume_accept_s_ = kNever;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    epoll_event event{EPOLLIN, {.u64 = kFirstListenerId + i}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listeners_[i].fd(), &event);
  }
}

// --- What one connection does next ---

void Front::go_on(std::uint64_t id, Connection& connection) {
  switch (connection.phase) {
    case Phase::kHandshake:
      return shake_hands(id, connection);
    case Phase::kHead:
    case Phase::kIdle:
      return read_head(id, connection);
    case Phase::kWaiting:
      return watch(id, connection, 0);  // what comes meanwhile stays with the kernel
    case Phase::kWriting:
      return write_answer(id, connection);
    case Phase::kLingering:
      return linger(id, connection);
  }
}

void Front::shake_hands(std::uint64_t id, Connection& connection) {
  if (connection.looks_like_plain_http()) {
    connection.drop_tls();
    return refuse(id, connection, Refusal::kPlainHttp, "tls_handshake");
  }
  switch (connection.tls().handshake().status) {
    case IoStatus::kWantRead:
      return watch(id, connection, EPOLLIN);
    case IoStatus::kWantWrite:
      return watch(id, connection, EPOLLOUT);
    case IoStatus::kEnd:
      self_.count_connection_rejected("tls_handshake");
      return close(id);
    case IoStatus::kOk:
      break;
  }
  if (!connection.tls().client_allowed()) {
    return refuse(id, connection, Refusal::kUnknownClient, "tls_handshake");
  }
  connection.phase = Phase::kHead;  // under the deadline of the handshake
  watch(id, connection, EPOLLIN);
  read_head(id, connection);
}

void Front::read_head(std::uint64_t id, Connection& connection) {
  while (true) {
    if (connection.phase == Phase::kIdle && connection.has_partial_request()) {
      enter(connection, Phase::kHead, limits_.header_deadline_s);
    }
    const auto state = connection.scan();
    if (state == HeadScanner::State::kComplete) return start_request(id, connection);
    if (state == HeadScanner::State::kFaulty) {
      const auto [how, reason] = refused(connection.fault());
      return refuse(id, connection, how, reason);
    }
    const auto result = connection.receive();
    if (result.status == IoStatus::kEnd) return lose(id, connection);
    if (result.status == IoStatus::kWantWrite) return watch(id, connection, EPOLLOUT);
    if (result.status == IoStatus::kWantRead) return watch(id, connection, EPOLLIN);
  }
}

void Front::start_request(std::uint64_t id, Connection& connection) {
  auto reading = connection.take_head();
  if (reading.fault != HeadFault::kNone) {
    const auto [how, reason] = refused(reading.fault);
    return refuse(id, connection, how, reason);
  }
  enter(connection, Phase::kWaiting, kNever);
  connection.arrived_s = monotonic_s();  // exact: no page may have been begun before it
  const auto route = find_route(reading.head.path);
  Job job{id, route.lane, connection.arrived_s, connection.has_tls(), std::move(reading.head)};
  if ((*submit_)(job)) return;
  auto answer = refusal(Refusal::kTooBusy);
  answer.handler = route.handler;
  begin_answer(id, connection, std::move(answer));
}

void Front::begin_answer(std::uint64_t id, Connection& connection, Answer answer) {
  connection.set_answer(std::move(answer));
  enter(connection, Phase::kWriting, limits_.write_deadline_s);
  connection.moved_s = now_s_;
  write_answer(id, connection);
}

void Front::refuse(std::uint64_t id, Connection& connection, Refusal how, std::string_view reason) {
  self_.count_connection_rejected(reason);
  begin_answer(id, connection, refusal(how));
}

void Front::write_answer(std::uint64_t id, Connection& connection) {
  const auto before = connection.sent();
  const auto result = connection.flush();
  if (connection.sent() > before) connection.moved_s = now_s_;
  if (result.status == IoStatus::kOk) return finish_answer(id, connection);
  if (result.status == IoStatus::kEnd) return lose(id, connection);
  watch(id, connection, result.status == IoStatus::kWantRead ? EPOLLIN : EPOLLOUT);
  bound_held_pages();
}

void Front::finish_answer(std::uint64_t id, Connection& connection) {
  const Answer& answer = connection.answer();
  if (!answer.handler.empty()) {
    self_.count_http_request(answer.handler, answer.status, monotonic_s() - connection.arrived_s);
  }
  const bool last = answer.close || stopping_;
  connection.drop_answer();
  if (last) {
    connection.shut_down();
    enter(connection, Phase::kLingering, kLinger_s);
    watch(id, connection, EPOLLIN);
    return linger(id, connection);
  }
  enter(connection, Phase::kIdle, limits_.idle_timeout_s);
  watch(id, connection, EPOLLIN);
  if (connection.has_unread()) read_head(id, connection);
}

void Front::linger(std::uint64_t id, Connection& connection) {
  while (connection.discarded < kMostDiscarded) {
    const auto result = connection.discard();
    if (result.status == IoStatus::kEnd) return close(id);
    if (result.status != IoStatus::kOk) return;
    connection.discarded += result.size;
  }
  close(id);
}

void Front::lose(std::uint64_t id, Connection& connection) {
  const Phase phase = connection.phase;
  const bool unanswered = phase == Phase::kWaiting || phase == Phase::kWriting ||
                          phase == Phase::kHandshake || connection.has_partial_request();
  if (unanswered && phase != Phase::kLingering) self_.count_connection_rejected("client_closed");
  close(id);
}

// --- Bookkeeping ---

void Front::enter(Connection& connection, Phase phase, double seconds) {
  connection.phase = phase;
  connection.since_s = now_s_;
  connection.deadline_s = now_s_ + seconds;
  next_expiry_s_ = std::min(next_expiry_s_, connection.deadline_s);
}

void Front::watch(std::uint64_t id, Connection& connection, std::uint32_t events) {
  if (connection.events == events) return;
  epoll_event event{events, {.u64 = id}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd(), &event);
  connection.events = events;
}

void Front::close_expired() {
  std::vector<std::uint64_t> expired;
  next_expiry_s_ = kNever;
  for (const auto& [id, connection] : connections_) {
    if (connection->deadline_s <= now_s_) {
      expired.push_back(id);
    } else {
      next_expiry_s_ = std::min(next_expiry_s_, connection->deadline_s);
    }
  }
  for (const auto id : expired) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) expire(id, *found->second);
  }
}

void Front::expire(std::uint64_t id, Connection& connection) {
  if (connection.phase == Phase::kHead && connection.has_partial_request()) {
    return refuse(id, connection, Refusal::kTooSlow, "header_deadline");
  }
  if (connection.phase == Phase::kHandshake) self_.count_connection_rejected("header_deadline");
  if (connection.phase == Phase::kWriting) self_.count_connection_rejected("write_deadline");
  close(id);
}

void Front::close(std::uint64_t id) {
  const auto found = connections_.find(id);
  const auto peer = peers_.find(found->second->peer());
  if (--peer->second == 0) peers_.erase(peer);
  connections_.erase(found);
  self_.set_connections(static_cast<double>(connections_.size()));
}

void Front::bound_held_pages() {
  for (const auto id : readers_over(connections_, limits_.max_held_bytes)) {
    self_.count_connection_rejected("write_deadline");
    close(id);
  }
}

}  // namespace litewatch
