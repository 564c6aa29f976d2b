#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace litewatch {

/// What is wrong with a request head.
enum class HeadFault : unsigned char { kNone, kBadRequest, kTooLarge, kTooManyFields, kBody };

/// Finds the end of a request head in bytes that arrive piece by piece. Looks at each byte once, so
/// that a client that sends single bytes costs no more than others. Refuses at the first sight of
/// it: control characters and NUL, bare CR and bare LF (request smuggling), folded fields, too many
/// fields, too many bytes.
class HeadScanner {
 public:
  enum class State : unsigned char { kIncomplete, kComplete, kFaulty };

  HeadScanner(std::size_t max_bytes, std::size_t max_fields)
      : max_bytes_(max_bytes), max_fields_(max_fields) {}

  /// Goes on where the last call stopped. `bytes` starts with the same bytes in every call, and may
  /// hold more than this head.
  State scan(std::string_view bytes);

  std::size_t size() const { return position_; }  ///< of the head, once complete
  HeadFault fault() const { return fault_; }      ///< why it is faulty
  void reset() { *this = HeadScanner(max_bytes_, max_fields_); }

 private:
  State step(char byte);
  State end_line();
  State fail(HeadFault fault);

  std::size_t max_bytes_;
  std::size_t max_fields_;
  std::size_t position_ = 0;
  std::size_t lines_ = 0;
  std::size_t line_size_ = 0;
  bool after_cr_ = false;
  HeadFault fault_ = HeadFault::kNone;
};

/// A request as far as it may be trusted.
struct RequestHead {
  std::string method;
  std::string path;           ///< as sent, not percent-decoded; starts with '/'
  std::string authorization;  ///< the field's value; empty where absent
  bool http_1_0 = false;
  bool keep_alive = false;
  /// The request as cpp-httplib gets to see it: the fields litewatch uses, each at most once per
  /// line sent, and no others (no Range, Expect, X-Forwarded-*, REMOTE_*, Upgrade).
  std::string bytes;
};

struct HeadReading {
  HeadFault fault = HeadFault::kNone;
  RequestHead head;  ///< unset where there is a fault
};

/// Reads one complete head, blank line included (RFC 9112). Refuses whatever two servers could
/// understand differently, and any body: Transfer-Encoding, or a Content-Length other than 0.
HeadReading read_head(std::string_view head);

}  // namespace litewatch
