#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "publish/families.h"
#include "publish/fragment.h"
#include "publish/page.h"

namespace litewatch {

/// Merges fragments into a page: families by name, series by labels, whoever published first. Keeps
/// its work space, so that rendering again does not allocate. Not thread-safe.
class Renderer {
 public:
  using Fragments = std::span<const std::shared_ptr<const Fragment>>;

  /// Room that render() may need, in bytes.
  static std::size_t bound(Fragments fragments, const FamilyHeads& heads, Format format);

  /// Renders a page into `out`, which has room for bound(), and returns its end.
  char* render(Fragments fragments, const FamilyHeads& heads, Format format, char* out);

 private:
  /// A fragment's series of the family that is being rendered: from `at` up to `end`.
  struct Cursor {
    const Fragment* fragment;
    std::size_t order;  ///< of the fragment among all
    std::size_t at = 0;
    std::size_t end = 0;

    std::string_view labels() const { return fragment->layout->labels(at); }
  };

  void open(Fragments fragments);
  void open_family(Metric metric);
  void write(std::string_view text);
  void write_series(const Fragment& fragment, std::size_t i);
  void write_group(Cursor& cursor);
  void write_merged();
  static bool stands_after(const Cursor* a, const Cursor* b);

  std::vector<Cursor> cursors_;
  std::vector<Cursor*> active_;  ///< the cursors that have series of the family
  char* out_ = nullptr;
};

}  // namespace litewatch
