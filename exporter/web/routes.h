#pragma once

#include <functional>
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

/// What a request comes with beside its fields.
struct Occasion {
  double arrived_s = 0;  ///< when it was complete (monotonic): what the scrape timeout counts from
  bool tls = false;      ///< whether its connection is
  const ProbeAnswer* probed = nullptr;  ///< what its probe saw; null before that is done
  /// Puts the request aside: it comes again, with `probed`, once the function that this gives has
  /// been called, by any thread, or dropped. At most once.
  std::function<std::function<void(ProbeAnswer)>()> put_aside;
};

/// What the paths answer. Thread-safe.
class Routes {
 public:
  explicit Routes(Handlers handlers) : handlers_(std::move(handlers)) {}

  /// Answers a request. Where it puts the request aside, the response is not the answer.
  Response answer(const Request& request, const Occasion& occasion);

 private:
  Response metrics(const Request& request, const Occasion& occasion);
  Response status(const Request& request, const Occasion& occasion);
  Response healthy(const Request& request, const Occasion& occasion);
  Response ready(const Request& request, const Occasion& occasion);
  Response reload(const Request& request, const Occasion& occasion);
  Response config(const Request& request, const Occasion& occasion);
  Response probe(const Request& request, const Occasion& occasion);
  Response sd(const Request& request, const Occasion& occasion);

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
