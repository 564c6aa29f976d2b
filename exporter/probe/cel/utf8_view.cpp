#include "probe/cel/utf8_view.h"

#include <algorithm>

#include "base/utf8.h"

namespace litewatch {
namespace {

/// Size of the valid UTF-8 that `bytes` start with.
std::size_t valid_size(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t size =
        static_cast<unsigned char>(bytes[at]) < 0x80 ? 1 : utf8_size(bytes.substr(at));
    if (size == 0) break;
    at += size;
  }
  return at;
}

}  // namespace

Utf8View::Utf8View(std::string_view bytes) : text_(bytes) {
  std::size_t valid = valid_size(bytes);
  if (valid == bytes.size()) return;
  while (valid < bytes.size()) {
    copy_.append(bytes.substr(0, valid));
    replaced_.push_back(copy_.size());
    copy_.append(kUtf8Replacement);
    bytes.remove_prefix(valid + 1);
    valid = valid_size(bytes);
  }
  copy_.append(bytes);
  text_ = copy_;
}

std::size_t Utf8View::origin(std::size_t offset) const {
  const auto before = std::lower_bound(replaced_.begin(), replaced_.end(), offset);
  const auto count = static_cast<std::size_t>(before - replaced_.begin());
  return offset - count * (kUtf8Replacement.size() - 1);
}

}  // namespace litewatch
