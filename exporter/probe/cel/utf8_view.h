#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace litewatch {

/// A text as Go's regexp and JSON packages read arbitrary bytes: each byte that is not part of
/// valid UTF-8 stands for U+FFFD. Valid text is not copied: it must outlive the view.
class Utf8View {
 public:
  explicit Utf8View(std::string_view bytes);
  Utf8View(const Utf8View&) = delete;
  Utf8View& operator=(const Utf8View&) = delete;

  /// Valid UTF-8.
  std::string_view text() const { return text_; }
  /// Where an offset into text() lies in the bytes it was made of.
  std::size_t origin(std::size_t offset) const;

 private:
  std::string copy_;                   ///< empty where the bytes are valid
  std::vector<std::size_t> replaced_;  ///< offsets into copy_ of what stands for one byte
  std::string_view text_;
};

}  // namespace litewatch
