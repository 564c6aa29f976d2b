#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace litewatch {

/// Compresses whole buffers into one gzip member each; the same input gives the same bytes. Its
/// work space is allocated at the first use and kept. Not thread-safe. One of gzip_libdeflate.cpp
/// and gzip_zlib.cpp is built.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  /// Room that compress() may need for `size` bytes.
  std::size_t bound(std::size_t size);

  /// Compresses `text` into `into`, which has room for bound(text.size()), and returns the size.
  std::size_t compress(std::string_view text, std::span<char> into);

 private:
  struct State;
  State& state();

  std::unique_ptr<State> state_;
};

}  // namespace litewatch
