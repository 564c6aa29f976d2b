#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// Everything that is wrong with one file, so that a person mends it in one go.
class Problems {
 public:
  static constexpr std::size_t kShown = 10;

  explicit Problems(std::string file) : file_(std::move(file)) {}

  /// Notes "FILE:LINE: KEY: expected EXPECTED, got GOT". An empty key means the document itself.
  void add(int line, std::string_view key, std::string_view expected, std::string_view got);

  bool none() const { return found_.empty(); }

  /// The first kShown in the order of their lines, one per line, and how many more there are.
  /// REQUIRES: !none().
  Error error() const;

 private:
  struct Problem {
    int line;
    std::string text;
  };
  std::string file_;
  std::vector<Problem> found_;
};

/// Foreign text as a message may show it: in quotes, cut after 60 bytes, control bytes as \xNN.
std::string in_quotes(std::string_view text);

}  // namespace litewatch
