#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/fd.h"
#include "web/answer.h"
#include "web/request_head.h"
#include "web/tls.h"

namespace litewatch {

/// Who is at the other end: an IPv4 address, an IPv6 /64, or all Unix sockets together.
using PeerKey = std::array<unsigned char, 17>;

/// What a connection is doing.
enum class Phase : unsigned char {
  kHandshake,  ///< TLS, until the header deadline
  kHead,       ///< a request is arriving, until the header deadline
  kIdle,       ///< kept alive between two requests
  kWaiting,    ///< its request is with the workers
  kWriting,    ///< its answer is being sent, until the write deadline
  kLingering,  ///< answered for good; waits for the peer to close, so that no reset eats the answer
};

/// One socket, plain or TLS, with what has been received and what is to be sent. The front drives
/// it; it knows no deadlines and no policy. Not thread-safe.
class Connection {
 public:
  /// `tls` is null for plain HTTP. The head's caps are those of HeadScanner.
  Connection(Fd socket, const PeerKey& peer, std::shared_ptr<const TlsContext> tls,
             std::size_t max_header_bytes, std::size_t max_header_fields);

  int fd() const { return socket_.get(); }
  const PeerKey& peer() const { return peer_; }
  bool has_tls() const { return tls_ != nullptr; }
  TlsSession& tls() { return *tls_; }

  /// Whether a client speaks plain HTTP to a TLS port: its very first byte starts a method.
  bool looks_like_plain_http();
  /// Goes on without TLS, to say so.
  void drop_tls() { tls_.reset(); }

  /// Reads some bytes into the input, never more than a head may have.
  IoResult receive();
  /// Reads and throws away; returns how much.
  IoResult discard();
  /// Whether there may be bytes that epoll will not announce.
  bool has_unread() const { return !input_.empty() || (tls_ && tls_->has_pending()); }
  /// Whether part of a request has arrived.
  bool has_partial_request() const { return !input_.empty(); }

  HeadScanner::State scan() { return scanner_.scan(input_); }
  HeadFault fault() const { return scanner_.fault(); }
  /// Removes the complete head that scan() found.
  HeadReading take_head();

  void set_answer(Answer answer);
  const Answer& answer() const { return answer_; }
  /// Sends on, as much as is fair to others. kOk: the whole answer is out.
  IoResult flush();
  std::size_t sent() const { return sent_; }  ///< bytes of the answer
  /// Lets go of the answer, and with it of a shared page.
  void drop_answer() { answer_ = {}; }
  /// Says that nothing more will come.
  void shut_down();

  // Set by the front.
  Phase phase = Phase::kHead;
  double since_s = 0;     ///< when the phase began
  double deadline_s = 0;  ///< when it ends the hard way
  double moved_s = 0;     ///< when bytes were last sent
  double arrived_s = 0;   ///< when the request under way was complete
  std::uint32_t events = 0;
  std::size_t discarded = 0;

 private:
  IoResult read_some(char* into, std::size_t size);
  IoResult send_plain();
  IoResult send_tls();

  Fd socket_;
  PeerKey peer_;
  std::unique_ptr<TlsSession> tls_;
  bool first_byte_seen_ = false;
  std::size_t max_header_bytes_;
  HeadScanner scanner_;
  std::string input_;
  Answer answer_;
  std::size_t sent_ = 0;  ///< of head and body together
};

}  // namespace litewatch
