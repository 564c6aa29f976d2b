#include "collect/container/watch_news.h"

#include <sys/inotify.h>

#include <algorithm>
#include <cstring>

namespace litewatch {

WatchNews read_watch_news(std::span<const char> events) {
  WatchNews news;
  struct inotify_event event;
  while (events.size() >= sizeof(event)) {
    std::memcpy(&event, events.data(), sizeof(event));
    if (event.len > events.size() - sizeof(event)) break;
    events = events.subspan(sizeof(event) + event.len);
    if ((event.mask & IN_Q_OVERFLOW) != 0) news.lost = true;
    if ((event.mask & IN_MODIFY) != 0) news.modified.push_back(event.wd);
    if ((event.mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF | IN_Q_OVERFLOW)) != 0) {
      ++news.changes;
    }
  }
  std::sort(news.modified.begin(), news.modified.end());
  news.modified.erase(std::unique(news.modified.begin(), news.modified.end()), news.modified.end());
  return news;
}

}  // namespace litewatch
