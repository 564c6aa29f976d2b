#pragma once

#include <string>
#include <string_view>

namespace litewatch {

/// Writes roff in the macros of man(7). Every text is escaped.
class Roff {
 public:
  Roff(std::string_view title, std::string_view date, std::string_view source);

  Roff& section(std::string_view title);
  Roff& subsection(std::string_view title);
  Roff& paragraph(std::string_view text);
  /// A row: a term, bold, its placeholder, and what it is.
  Roff& row(std::string_view term, std::string_view placeholder, std::string_view text);
  /// Lines that stand as they are, indented.
  Roff& verbatim(std::string_view lines, int indent = 4);
  /// "name arguments", a line of a synopsis.
  Roff& synopsis(std::string_view name, std::string_view arguments);
  /// "name - summary", as whatis(1) wants it.
  Roff& name(std::string_view name, std::string_view summary);
  /// Another page.
  Roff& see(std::string_view name, int section, bool last);

  const std::string& text() const { return text_; }

 private:
  void line(std::string_view macro, std::string_view text = {});

  std::string text_;
  bool section_begun_ = false;  ///< something stands in it
};

}  // namespace litewatch
