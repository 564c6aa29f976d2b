#include "web/request_head.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "web/text.h"

namespace litewatch {
namespace {

constexpr std::array<std::string_view, 5> kFieldsForHttplib = {
    "accept", "accept-encoding", "host", "user-agent", "x-prometheus-scrape-timeout-seconds"};

bool is_token_char(char c) {
  if ((c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

/// The path and query of a request target: "/path?query" or "http://host/path?query".
std::optional<std::string_view> origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!ascii_lower(target.substr(0, scheme.size())).starts_with(scheme)) continue;
    const auto slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  const bool visible = std::all_of(target.begin(), target.end(),
                                   [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  if (!target.starts_with('/') || !visible) return std::nullopt;
  return target;
}

/// What the fields of a head say, gathered line by line.
class FieldReader {
 public:
  explicit FieldReader(RequestHead& head) : head_(head) {}

  HeadFault read(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      return HeadFault::kBadRequest;
    }
    const auto name = ascii_lower(line.substr(0, colon));
    const auto value = trim(line.substr(colon + 1));
    if (name == "transfer-encoding") return HeadFault::kBody;
    if (name == "content-length") return content_length(value);
    if (name == "authorization") return authorization(value);
    if (name == "connection") connection(value);
    if (name == "host") ++hosts_;
    if (std::find(kFieldsForHttplib.begin(), kFieldsForHttplib.end(), name) !=
        kFieldsForHttplib.end()) {
      head_.bytes.append(name).append(": ").append(value).append("\r\n");
    }
    return HeadFault::kNone;
  }

  HeadFault finish() {
    if (hosts_ > 1 || (hosts_ == 0 && !head_.http_1_0)) return HeadFault::kBadRequest;
    head_.keep_alive = !close_ && (keep_alive_ || !head_.http_1_0);
    return HeadFault::kNone;
  }

 private:
  HeadFault content_length(std::string_view value) {
    const bool digits =
        !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits || std::exchange(has_length_, true)) return HeadFault::kBadRequest;
    return value == "0" ? HeadFault::kNone : HeadFault::kBody;
  }

  HeadFault authorization(std::string_view value) {
    if (!head_.authorization.empty()) return HeadFault::kBadRequest;
    head_.authorization = value;
    return HeadFault::kNone;
  }

  void connection(std::string_view value) {
    while (!value.empty()) {
      const auto option = ascii_lower(trim(take_until(value, ",")));
      close_ |= option == "close";
      keep_alive_ |= option == "keep-alive";
    }
  }

  RequestHead& head_;
  std::size_t hosts_ = 0;
  bool has_length_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
};

HeadFault read_request_line(std::string_view line, RequestHead& head) {
  const auto method = take_until(line, " ");
  const auto target = origin_form(take_until(line, " "));
  if (!is_token(method) || method.size() > 16 || !target) return HeadFault::kBadRequest;
  if (line != "HTTP/1.1" && line != "HTTP/1.0") return HeadFault::kBadRequest;
  head.method = method;
  head.path = target->substr(0, target->find('?'));
  head.http_1_0 = line == "HTTP/1.0";
  head.bytes.append(method).append(" ").append(*target).append(" ").append(line).append("\r\n");
  return HeadFault::kNone;
}

HeadFault read_lines(std::string_view text, RequestHead& head) {
  while (text.starts_with("\r\n")) text.remove_prefix(2);  // RFC 9112, 2.2
  if (const auto fault = read_request_line(take_until(text, "\r\n"), head);
      fault != HeadFault::kNone) {
    return fault;
  }
  FieldReader fields(head);
  while (!text.empty() && text != "\r\n") {
    if (const auto fault = fields.read(take_until(text, "\r\n")); fault != HeadFault::kNone) {
      return fault;
    }
  }
  head.bytes.append("\r\n");
  return fields.finish();
}

}  // namespace

HeadScanner::State HeadScanner::scan(std::string_view bytes) {
  while (position_ < bytes.size()) {
    if (position_ == max_bytes_) return fail(HeadFault::kTooLarge);
    const State state = step(bytes[position_]);
    if (state == State::kFaulty) return state;
    ++position_;
    if (state == State::kComplete) return state;
  }
  return position_ == max_bytes_ ? fail(HeadFault::kTooLarge) : State::kIncomplete;
}

HeadScanner::State HeadScanner::step(char byte) {
  if (after_cr_) return byte == '\n' ? end_line() : fail(HeadFault::kBadRequest);
  if (byte == '\r') {
    after_cr_ = true;
    return State::kIncomplete;
  }
  const auto value = static_cast<unsigned char>(byte);
  if ((value < ' ' && byte != '\t') || value == 0x7f) return fail(HeadFault::kBadRequest);
  const bool folded = line_size_ == 0 && (byte == ' ' || byte == '\t');
  if (folded) return fail(HeadFault::kBadRequest);
  ++line_size_;
  return State::kIncomplete;
}

HeadScanner::State HeadScanner::end_line() {
  after_cr_ = false;
  if (line_size_ == 0) return lines_ == 0 ? State::kIncomplete : State::kComplete;
  line_size_ = 0;
  ++lines_;
  return lines_ > max_fields_ + 1 ? fail(HeadFault::kTooManyFields) : State::kIncomplete;
}

HeadScanner::State HeadScanner::fail(HeadFault fault) {
  fault_ = fault;
  return State::kFaulty;
}

HeadReading read_head(std::string_view text) {
  HeadReading reading;
  reading.head.bytes.reserve(text.size() + 2);
  reading.fault = read_lines(text, reading.head);
  if (reading.fault != HeadFault::kNone) reading.head = {};
  return reading;
}

}  // namespace litewatch
