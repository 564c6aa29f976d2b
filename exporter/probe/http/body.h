#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace litewatch {

/// How much of a body is read, and how much of it is kept. In decoded bytes.
struct BodyPlan {
  std::size_t keep = 0;
  std::uint64_t most = 0;        ///< reading ends there
  bool more_is_failure = false;  ///< a body over `most` is too large; else it is only cut
  bool compressed = false;       ///< curl decodes it: guard against bombs
};

/// Takes a body in, never more than its plan says, whatever comes.
class HttpBody {
 public:
  enum class State : std::uint8_t {
    kOpen,
    kCut,       ///< there is more than the plan reads
    kTooLarge,  ///< more than the plan allows
    kBomb,      ///< over kMostRatio times its size on the wire, and over kSmall
  };

  explicit HttpBody(const BodyPlan& plan) : plan_(plan) {}

  /// A body of a known length is to come: makes room for it, or knows at once that it is too much.
  void expect(std::uint64_t length);
  /// Adds a decoded piece. `wire_bytes`: the encoded ones so far, which may or may not include
  /// those of this piece. False: do not read on.
  bool add(std::string_view piece, std::uint64_t wire_bytes);
  /// Judges the whole once it is there.
  void end(std::uint64_t wire_bytes);

  State state() const { return state_; }
  const std::string& kept() const { return kept_; }
  std::uint64_t size() const { return size_; }  ///< read, not only kept
  /// Whether kept() is all there was.
  bool whole() const { return state_ == State::kOpen && kept_.size() == size_; }

  static constexpr std::uint64_t kMostRatio = 100;
  static constexpr std::uint64_t kSmall = 64 << 10;
  /// What one read from the connection may bring: curl's buffer.
  static constexpr std::uint64_t kOneRead = 8 << 10;

 private:
  bool stop(State state);
  void keep(std::string_view piece);

  const BodyPlan plan_;
  State state_ = State::kOpen;
  std::string kept_;
  std::uint64_t size_ = 0;
  std::uint64_t wire_bytes_ = 0;
  bool over_ = false;
};

}  // namespace litewatch
