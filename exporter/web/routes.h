#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "web/answer.h"
#include "web/http.h"
#include "web/server.h"
#include "web/work_queue.h"

namespace litewatch {

/// Who answers a path, and what that waits for.
struct RouteInfo {
  std::string_view handler;  ///< static storage; the `handler` label
  Lane lane = Lane::kQuick;
};

/// The route of a path; "other" where there is none.
RouteInfo find_route(std::string_view path);

/// What the paths answer. Thread-safe.
class Routes {
 public:
  explicit Routes(Handlers handlers) : handlers_(std::move(handlers)) {}

  /// `arrived_s` is when the request was complete (monotonic): what the scrape timeout counts from.
  Response answer(const Request& request, double arrived_s);

 private:
  Response metrics(const Request& request, double arrived_s);
  Response status(const Request& request, double arrived_s);
  Response healthy(const Request& request, double arrived_s);
  Response ready(const Request& request, double arrived_s);
  Response reload(const Request& request, double arrived_s);
  Response config(const Request& request, double arrived_s);

  /// The page of a collection that began after `arrived_s`. Requests that were queued behind the
  /// one that waited for it share its page, so that a crowd of scrapes costs two collections.
  std::shared_ptr<const Page> fresh_page(double arrived_s, double deadline_s) EXCLUDES(mutex_);

  const Handlers handlers_;

  /// The last collection.
  struct Collected {
    std::shared_ptr<const Page> page;
    double began_s = 0;
    double ended_s = 0;
    double deadline_s = 0;
  };
  Mutex mutex_;
  Collected last_ GUARDED_BY(mutex_);
};

}  // namespace litewatch
