#include "tool/report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdlib>

#include "base/utf8.h"

namespace litewatch {
namespace {

/// C0, DEL and C1, which can move the cursor or start an escape sequence, and the embeddings,
/// overrides and isolates of text direction, which show what follows in another order.
bool is_control(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
  if (character.size() != 3 || byte(0) != 0xE2) return false;
  return (byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE) ||  // U+202A to U+202E
         (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9);    // U+2066 to U+2069
}

}  // namespace

void Report::line(const char* pattern, ...) {
  char text[2048];
  va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(text, sizeof text, pattern, arguments);
  va_end(arguments);
  text_ += text;
  text_ += '\n';
}

void Report::paragraph(const std::string& lead, std::string_view text) {
  constexpr std::size_t kWidth = 96;
  const std::string indent(lead.size(), ' ');
  std::string current = lead;
  bool empty = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!empty && current.size() + 1 + word.size() > kWidth) {
      text_ += current + "\n";
      current = indent;
      empty = true;
    }
    if (!empty) current += ' ';
    current += word;
    empty = false;
  }
  text_ += current + "\n";
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    shown += size == 0 || is_control(character) ? kUtf8Replacement : character;
    text.remove_prefix(character.size());
  }
  return shown;
}

bool wants_color() { return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

}  // namespace litewatch
