#include "web/pipeline.h"

#include <algorithm>
#include <utility>

#include "web/refusal.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostSlow = 8;  // passwords that wait for bcrypt; more get 503

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
    : routes_(std::move(handlers)),
      queue_({limits.max_connections, limits.max_requests, kMostSlow}),
      page_threads_(std::max<std::size_t>(limits.workers, 2) - 1),
      security_(std::move(security)) {}

Pipeline::~Pipeline() { stop(); }

void Pipeline::start(Deliver deliver) {
  deliver_ = std::move(deliver);
  threads_.emplace_back([this] { work(Lane::kQuick); });
  threads_.emplace_back([this] { work(Lane::kSlow); });
  for (std::size_t i = 0; i < page_threads_; ++i) {
    threads_.emplace_back([this] { work(Lane::kPage); });
  }
}

void Pipeline::stop() {
  queue_.close();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
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
  while (auto job = queue_.pop(lane)) {
    handle(http, lane, std::move(*job));
    queue_.done(lane);
  }
}

void Pipeline::handle(HttpProcessor& http, Lane lane, Job job) {
  const auto security = this->security();
  if (!job.admitted) job.admitted = security->auth.recall(job.head.authorization);
  if (!job.admitted && lane != Lane::kSlow) return move_to(Lane::kSlow, job);
  if (!job.admitted) job.admitted = security->auth.verify(job.head.authorization);
  if (*job.admitted && lane != job.lane) return move_to(job.lane, job);
  auto answer = http.process(
      job.head, [&](const Request& request) { return respond(request, *security, job); });
  answer.handler = find_route(job.head.path).handler;
  deliver_(job.connection, std::move(answer));
}

void Pipeline::move_to(Lane lane, Job& job) {
  if (queue_.push(lane, job)) return;
  auto answer = refusal(Refusal::kTooBusy);
  answer.handler = find_route(job.head.path).handler;
  deliver_(job.connection, std::move(answer));
}

Response Pipeline::respond(const Request& request, const Security& security, const Job& job) {
  Response response = *job.admitted ? routes_.answer(request, job.arrived_s) : unauthorised();
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : security.response_headers) {
    response.headers.emplace_back(name, value);
  }
  return response;
}

}  // namespace litewatch
