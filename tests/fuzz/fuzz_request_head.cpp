// Any bytes are an incomplete head, a refused one, or one whose sanitised form is a head again.
#include "fuzz.h"
#include "web/request_head.h"

using namespace litewatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxBytes = 1024;
  constexpr std::size_t kMaxFields = 16;
  const std::string_view text = text_of(data, size);
  HeadScanner whole(kMaxBytes, kMaxFields);
  const auto state = whole.scan(text);
  HeadScanner pieces(kMaxBytes, kMaxFields);
  auto piece_state = HeadScanner::State::kIncomplete;
  for (std::size_t i = 0; i <= size && piece_state == HeadScanner::State::kIncomplete; ++i) {
    piece_state = pieces.scan(text.substr(0, i));
  }
  require(piece_state == state && pieces.fault() == whole.fault());
  if (state != HeadScanner::State::kComplete) return 0;
  require(whole.size() <= kMaxBytes && pieces.size() == whole.size());
  const auto reading = read_head(text.substr(0, whole.size()));
  if (reading.fault != HeadFault::kNone) return 0;
  const RequestHead& head = reading.head;
  require(head.path.starts_with('/') && head.bytes.ends_with("\r\n\r\n"));
  require(head.bytes.find('\0') == std::string::npos);
  HeadScanner again(2 * kMaxBytes, kMaxFields);  // ": " may take more room than ":"
  require(again.scan(head.bytes) == HeadScanner::State::kComplete);
  require(again.size() == head.bytes.size());
  const auto second = read_head(head.bytes);
  require(second.fault == HeadFault::kNone && second.head.bytes == head.bytes &&
          second.head.path == head.path);
  return 0;
}
