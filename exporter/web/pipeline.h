#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "web/answer.h"
#include "web/auth.h"
#include "web/http.h"
#include "web/routes.h"
#include "web/server.h"
#include "web/tls.h"
#include "web/work_queue.h"

namespace litewatch {

/// Everything a reload swaps, as one immutable whole.
struct Security {
  std::shared_ptr<const TlsContext> tls;  ///< null: plain HTTP
  BasicAuth auth;
  std::map<std::string, std::string> response_headers;
};

/// The workers: take request heads, give answers. Threads: one for requests that wait for nothing,
/// the others of FrontLimits::workers (at least one) for those that wait for the collectors, one
/// for bcrypt and reloads, so that guessing passwords costs one core at most and delays nobody
/// whose password is known, and one for probes, which are put aside while they run.
class Pipeline {
 public:
  using Deliver = std::function<void(std::uint64_t connection, Answer answer)>;

  Pipeline(Handlers handlers, const FrontLimits& limits, std::shared_ptr<const Security> security);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Starts the threads. `deliver` is called from any of them, once per job that was taken.
  void start(Deliver deliver);
  /// Ends the threads; what they are at is finished, what waits is dropped.
  void stop();

  /// Takes a job for its lane. False: too many are under way. Any thread.
  bool submit(Job& job) { return queue_->push(job.lane, job); }

  /// False where requests wait and their thread has taken none for so long that it must be stuck.
  bool alive() const;

  std::shared_ptr<const Security> security() const EXCLUDES(mutex_);
  void set_security(std::shared_ptr<const Security> security) EXCLUDES(mutex_);

 private:
  void start_thread(Lane lane, const char* name);
  void work(Lane lane);
  /// Handles one job of a lane; false: it was put aside.
  bool handle(HttpProcessor& http, Lane lane, Job job);
  /// Answers a job that has come as far as to be answered; false: it was put aside.
  bool answer(HttpProcessor& http, const Job& job, const Security& security);
  /// Moves a job to another lane, or answers that there is no room; true.
  bool move_to(Lane lane, Job& job);
  Response respond(const Request& request, const Security& security, const Job& job,
                   const Occasion& occasion);

  const double collect_timeout_s_;
  Routes routes_;
  const std::shared_ptr<WorkQueue> queue_;  ///< outlives us where a probe is not done yet
  Deliver deliver_;
  const std::size_t page_threads_;
  std::vector<std::thread> threads_;

  mutable Mutex mutex_;
  std::shared_ptr<const Security> security_ GUARDED_BY(mutex_);
};

}  // namespace litewatch
