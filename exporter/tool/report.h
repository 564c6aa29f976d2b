#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace litewatch {

/// A report for people, built line by line.
class Report {
 public:
  explicit Report(bool color) : color_(color) {}

  __attribute__((format(printf, 2, 3))) void line(const char* pattern, ...);
  /// A paragraph, broken between words at the width of a terminal; later lines are indented as the
  /// first one's text is.
  void paragraph(const std::string& lead, std::string_view text);
  void title(const std::string& text) { line("\n%s", paint("1", text).c_str()); }

  /// The text in an ANSI style, where the terminal shows it.
  std::string paint(const char* style, const std::string& text) const {
    return color_ ? std::string("\x1b[") + style + "m" + text + "\x1b[0m" : text;
  }
  std::string take() { return std::move(text_); }

 private:
  bool color_;
  std::string text_;
};

/// Text from elsewhere as it may be shown on a terminal: what is a control character, or no UTF-8,
/// is U+FFFD.
std::string printable(std::string_view text);

/// Whether a report on standard output is to be in colour: a terminal, and NO_COLOR is not set.
bool wants_color();

}  // namespace litewatch
