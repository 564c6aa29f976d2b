#include "config/problems.h"

#include <algorithm>

namespace litewatch {

void Problems::add(int line, std::string_view key, std::string_view expected,
                   std::string_view got) {
  std::string text = file_ + ":" + std::to_string(line) + ": ";
  if (!key.empty()) text.append(key).append(": ");
  text.append("expected ").append(expected).append(", got ").append(got);
  found_.push_back({line, std::move(text)});
}

Error Problems::error() const {
  std::vector<const Problem*> sorted;
  for (const Problem& problem : found_) sorted.push_back(&problem);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem* a, const Problem* b) { return a->line < b->line; });
  const std::size_t shown = std::min(sorted.size(), kShown);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += '\n';
    text += sorted[i]->text;
  }
  if (shown < sorted.size()) {
    text += "\n" + file_ + ": and " + std::to_string(sorted.size() - shown) + " more";
  }
  return Error{ErrorKind::kMalformed, std::move(text), "", 0};
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMaxBytes = 60;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text.substr(0, kMaxBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      out += c;
    }
  }
  out += text.size() > kMaxBytes ? "...\"" : "\"";
  return out;
}

}  // namespace litewatch
