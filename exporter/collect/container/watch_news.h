#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace litewatch {

/// What a buffer of inotify events says. Source: inotify(7).
struct WatchNews {
  std::uint64_t changes = 0;  ///< folders that came or went, and losses
  bool lost = false;          ///< the kernel's queue overflowed: anything may have happened
  std::vector<int> modified;  ///< watches of the files that changed, each once, ascending
};

/// An event that is cut off ends it.
WatchNews read_watch_news(std::span<const char> events);

}  // namespace litewatch
