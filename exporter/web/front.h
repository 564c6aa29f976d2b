#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/mutex.h"
#include "publish/self_metrics.h"
#include "web/admission.h"
#include "web/connection.h"
#include "web/listen.h"
#include "web/refusal.h"
#include "web/server.h"
#include "web/work_queue.h"

namespace litewatch {

/// The connection front: one thread with epoll that owns every socket, so that no client can stop a
/// scrape. It reads request heads, hands them to the workers, and sends what they answer.
///
/// What a client can do, and what it costs:
/// - Sending slowly, or nothing: the header deadline is absolute, and the bytes are looked at once.
/// - Sending much: more than max_header_bytes or max_header_fields, or any body, ends the
/// connection.
/// - Reading slowly: the write deadline is absolute. Answers share their page, the kernel buffers
/// at
///   most kSendBuffer per socket, and where more than max_held_bytes of different pages are
///   held for slow readers, the slowest reader of the oldest goes.
/// - Opening many: where a cap is reached, in total or for one peer, a newcomer is not refused. It
///   takes the place of the connection (of the same peer, where it is the peer's cap) that matters
///   least: one that lingers, the longest idle one, the one that has been sending its head the
///   longest, or a reader that has not taken a byte for a second. A scrape is never displaced, and
///   400 slow clients behind one address, even the scraper's own, do not keep it out: a
///   scraper needs milliseconds for its head. Only where all others are at work is it refused.
class Front {
 public:
  /// The certificates for a connection accepted now; null for plain HTTP.
  using TlsSource = std::function<std::shared_ptr<const TlsContext>()>;
  /// Takes a job, or returns false at once where too many are under way.
  using Submit = std::function<bool(Job&)>;

  /// `self` must outlive the front.
  static Result<std::unique_ptr<Front>> create(std::vector<Listener> listeners, FrontLimits limits,
                                               TlsSource tls, SelfMetrics& self);
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  /// Serves until stop(). The listening sockets are closed when it returns.
  void run(const Submit& submit);

  /// Any thread, async-signal-safe.
  void stop();

  /// Asks the loop for a sign of life, and says whether it has given the one asked for before. One
  /// thread, while run() runs; a loop that is alive answers within milliseconds.
  bool alive();

  /// Gives the answer to a connection's request. Any thread.
  void deliver(std::uint64_t connection, Answer answer) EXCLUDES(mutex_);

 private:
  Front(std::vector<Listener> listeners, FrontLimits limits, TlsSource tls, SelfMetrics& self);

  void wake_up();

  // The loop.
  void turn();
  int wait_ms() const;
  void dispatch(std::uint64_t id, std::uint32_t events);
  void take_answers();
  void begin_drain();
  bool drained() const;

  // Newcomers.
  void accept_from(std::size_t listener);
  void admit(Fd socket, const PeerKey& peer);
  bool make_room(const PeerKey& peer);
  bool evict_one(const PeerKey* of_peer, std::string_view reason);
  void pause_accepting();
  void resume_accepting();

  // What one connection does next. Each may close it: `connection` is gone when it returns.
  void go_on(std::uint64_t id, Connection& connection);
  void shake_hands(std::uint64_t id, Connection& connection);
  void read_head(std::uint64_t id, Connection& connection);
  void start_request(std::uint64_t id, Connection& connection);
  void begin_answer(std::uint64_t id, Connection& connection, Answer answer);
  void refuse(std::uint64_t id, Connection& connection, Refusal how, std::string_view reason);
  void write_answer(std::uint64_t id, Connection& connection);
  void finish_answer(std::uint64_t id, Connection& connection);
  void linger(std::uint64_t id, Connection& connection);
  void lose(std::uint64_t id, Connection& connection);

  // Bookkeeping.
  void enter(Connection& connection, Phase phase, double seconds);
  void watch(std::uint64_t id, Connection& connection, std::uint32_t events);
  void close_expired();
  void expire(std::uint64_t id, Connection& connection);
  void close(std::uint64_t id);
  void bound_held_pages();

  const FrontLimits limits_;
  const TlsSource tls_;
  SelfMetrics& self_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> signs_asked_ = 0;
  std::atomic<std::uint64_t> signs_given_ = 0;
  Fd epoll_;
  Fd wake_;

  // Of the thread that runs.
  const Submit* submit_ = nullptr;
  std::vector<Listener> listeners_;
  Connections connections_;
  std::unordered_map<PeerKey, std::size_t, HashPeer> peers_;
  std::uint64_t next_id_;
  double now_s_ = 0;
  double next_expiry_s_ = std::numeric_limits<double>::infinity();
  double resume_accept_s_ = std::numeric_limits<double>::infinity();
  double drain_end_s_ = std::numeric_limits<double>::infinity();

  Mutex mutex_;
  std::vector<std::pair<std::uint64_t, Answer>> answers_ GUARDED_BY(mutex_);
};

}  // namespace litewatch
