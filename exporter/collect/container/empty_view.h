#pragma once

#include <optional>
#include <utility>

namespace litewatch {

/// Whether it is worth a word that the sidecar view shows no container. Its app starts after it and
/// is looked for every ten seconds, so that nothing is wrong for a while. Not thread-safe.
class EmptyView {
 public:
  static constexpr double kPatience_s = 30;

  /// To be called at each look. True once for each time that nothing has been seen for so long.
  bool is_news(bool empty, double now_s) {
    if (!empty) {
      since_s_.reset();
      return said_ = false;
    }
    if (!since_s_) since_s_ = now_s;
    const bool long_enough = now_s - *since_s_ >= kPatience_s;
    return std::exchange(said_, long_enough) != long_enough;
  }

 private:
  std::optional<double> since_s_;
  bool said_ = false;
};

}  // namespace litewatch
