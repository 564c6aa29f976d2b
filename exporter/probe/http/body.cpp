#include "probe/http/body.h"

#include <algorithm>

namespace litewatch {
namespace {

bool is_bomb(std::uint64_t size, std::uint64_t wire_bytes) {
  return size > HttpBody::kSmall && size / HttpBody::kMostRatio > wire_bytes;
}

}  // namespace

void HttpBody::expect(std::uint64_t length) {
  if (plan_.more_is_failure && !plan_.compressed && length > plan_.most) {
    state_ = State::kTooLarge;
    return;
  }
  kept_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length, plan_.keep)));
}

bool HttpBody::stop(State state) {
  state_ = state;
  return false;
}

void HttpBody::keep(std::string_view piece) {
  if (kept_.size() < plan_.keep) kept_ += piece.substr(0, plan_.keep - kept_.size());
}

bool HttpBody::add(std::string_view piece, std::uint64_t wire_bytes) {
  if (state_ != State::kOpen) return false;
  const bool new_read = wire_bytes != wire_bytes_;
  wire_bytes_ = wire_bytes;
  // What came before is decoded from what was on the wire by now. The piece itself may be of bytes
  // not counted yet: of one read at most.
  if (plan_.compressed && new_read && is_bomb(size_, wire_bytes)) return stop(State::kBomb);
  if (over_ && new_read) return stop(State::kCut);

  const std::uint64_t room = plan_.most - std::min(plan_.most, size_);
  if (piece.size() > room && plan_.more_is_failure) return stop(State::kTooLarge);
  keep(piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), room))));
  if (piece.size() > room && !plan_.compressed) {
    size_ = plan_.most;
    return stop(State::kCut);
  }
  size_ += piece.size();
  if (plan_.compressed && is_bomb(size_, wire_bytes + kOneRead)) return stop(State::kBomb);
  // What is too much goes on to be counted to the end of this read: only then is the ratio known.
  over_ = over_ || size_ > plan_.most;
  return true;
}

void HttpBody::end(std::uint64_t wire_bytes) {
  if (state_ != State::kOpen) return;
  if (plan_.compressed && is_bomb(size_, wire_bytes)) {
    state_ = State::kBomb;
  } else if (over_) {
    state_ = State::kCut;
  }
}

}  // namespace litewatch
