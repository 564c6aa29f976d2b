#include "web/pipeline.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <utility>

#include "web/put_aside.h"
#include "web/refusal.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostSlow = 8;  // passwords that wait for bcrypt; more get 503
constexpr double kStuck_s = 10;       // without a job taken, where none waits for anything

Response unauthorised() {
  Response response;
  response.status = 401;
  response.body.bytes = "unauthorized\n";
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"litewatch\", charset=\"UTF-8\"");
  return response;
}

}  // namespace

Pipeline::Pipeline(Handlers handlers, const FrontLimits& limits,
                   std::shared_ptr<const Security> security)
    : collect_timeout_s_(handlers.collect_timeout_s),
      routes_(std::move(handlers)),
      queue_(std::make_shared<WorkQueue>(std::array<std::size_t, kLanes>{
          limits.max_connections, limits.max_requests, kMostSlow, limits.max_connections})),
      page_threads_(std::max<std::size_t>(limits.workers, 2) - 1),
      security_(std::move(security)) {}

Pipeline::~Pipeline() { stop(); }

void Pipeline::start(Deliver deliver) {
  deliver_ = std::move(deliver);
  start_thread(Lane::kQuick, "web-quick");
  start_thread(Lane::kSlow, "web-slow");
  start_thread(Lane::kProbe, "web-probe");
  for (std::size_t i = 0; i < page_threads_; ++i) start_thread(Lane::kPage, "web-page");
}

void Pipeline::start_thread(Lane lane, const char* name) {
  threads_.emplace_back([this, lane] { work(lane); });
  pthread_setname_np(threads_.back().native_handle(), name);
}

void Pipeline::stop() {
  queue_->close();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

bool Pipeline::alive() const {
  // Not the slow lane: bcrypt and reloads may take as long as their cost and their files demand.
  return queue_->stalled_s(Lane::kQuick) < kStuck_s && queue_->stalled_s(Lane::kProbe) < kStuck_s &&
         queue_->stalled_s(Lane::kPage) < collect_timeout_s_ + kStuck_s;
}

std::shared_ptr<const Security> Pipeline::security() const {
  const MutexLock lock(mutex_);
  return security_;
}

void Pipeline::set_security(std::shared_ptr<const Security> security) {
  const MutexLock lock(mutex_);
  security_.swap(security);
}

void Pipeline::work(Lane lane) {
  HttpProcessor http;
  while (auto job = queue_->pop(lane)) {
    if (handle(http, lane, std::move(*job))) queue_->done(lane);
  }
}

bool Pipeline::handle(HttpProcessor& http, Lane lane, Job job) {
  const auto security = this->security();
  if (!job.admitted) job.admitted = security->auth.recall(job.head.authorization);
  if (!job.admitted && lane != Lane::kSlow) return move_to(Lane::kSlow, job);
  if (!job.admitted) job.admitted = security->auth.verify(job.head.authorization);
  if (*job.admitted && lane != job.lane) return move_to(job.lane, job);
  return answer(http, job, *security);
}

bool Pipeline::answer(HttpProcessor& http, const Job& job, const Security& security) {
  bool put_aside = false;
  const Occasion occasion{job.arrived_s, job.tls, job.probed.get(), [&] {
                            auto aside = std::make_shared<PutAside>(queue_, job);
                            put_aside = true;  // from here on it comes back, whatever happens
                            return [aside = std::move(aside)](ProbeAnswer probed) {
                              aside->come_back(std::move(probed));
                            };
                          }};
  auto answer = http.process(
      job.head, [&](const Request& request) { return respond(request, security, job, occasion); });
  if (put_aside) return false;  // what came out is not the answer
  answer.handler = find_route(job.head.path).handler;
  deliver_(job.connection, std::move(answer));
  return true;
}

bool Pipeline::move_to(Lane lane, Job& job) {
  if (queue_->push(lane, job)) return true;
  auto answer = refusal(Refusal::kTooBusy);
  answer.handler = find_route(job.head.path).handler;
  deliver_(job.connection, std::move(answer));
  return true;
}

Response Pipeline::respond(const Request& request, const Security& security, const Job& job,
                           const Occasion& occasion) {
  Response response = *job.admitted ? routes_.answer(request, occasion) : unauthorised();
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : security.response_headers) {
    response.headers.emplace_back(name, value);
  }
  return response;
}

}  // namespace litewatch
