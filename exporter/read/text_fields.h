#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace litewatch {

/// Takes the first piece of `text` up to `separator`, and the separator, off its front.
inline std::string_view take_until(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return piece;
}

/// Takes the next word off the front, past spaces; empty at the end.
inline std::string_view take_word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return take_until(text, ' ');
}

/// A whole word as an integer; nullopt where anything else stands in it or it does not fit.
template <class T>
std::optional<T> parse_integer(std::string_view word, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

}  // namespace litewatch
