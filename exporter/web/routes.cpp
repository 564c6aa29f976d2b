#include "web/routes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/parse.h"
#include "web/negotiate.h"
#include "web/status_page.h"

namespace litewatch {
namespace {

constexpr double kScrapeMargin_s = 0.5;       // to send the page, within the scraper's timeout
constexpr double kLeastCollectTime_s = 0.05;  // however little time the scraper gives

struct Route {
  std::string_view path;
  RouteInfo info;
  std::string_view allow;
};

constexpr std::array<Route, 6> kRoutes = {{
    {"/", {"status", Lane::kPage}, "GET, HEAD"},
    {"/metrics", {"metrics", Lane::kPage}, "GET, HEAD"},
    {"/-/healthy", {"healthy", Lane::kQuick}, "GET, HEAD"},
    {"/-/ready", {"ready", Lane::kQuick}, "GET, HEAD"},
    {"/-/reload", {"reload", Lane::kSlow}, "POST"},
    {"/config", {"config", Lane::kSlow}, "GET, HEAD"},
}};

const Route* route_of(std::string_view path) {
  const auto* found = std::find_if(kRoutes.begin(), kRoutes.end(),
                                   [&](const Route& route) { return route.path == path; });
  return found == kRoutes.end() ? nullptr : found;
}

Response text(int status, std::string words) {
  Response response;
  response.status = status;
  response.body = make_body(std::move(words));
  return response;
}

bool allowed(const Route& route, std::string_view method) {
  if (method == "POST") return route.allow == "POST";
  return (method == "GET" || method == "HEAD") && route.allow != "POST";
}

/// How long this scrape may wait for the collectors.
double collect_budget_s(const std::string& scrape_timeout, double most_s) {
  const auto timeout_s = parse_double(scrape_timeout);
  if (!timeout_s || *timeout_s <= 0) return most_s;
  return std::clamp(*timeout_s - kScrapeMargin_s, std::min(kLeastCollectTime_s, most_s), most_s);
}

}  // namespace

RouteInfo find_route(std::string_view path) {
  const Route* route = route_of(path);
  return route == nullptr ? RouteInfo{"other", Lane::kQuick} : route->info;
}

Response Routes::answer(const Request& request, double arrived_s) {
  using Handler = Response (Routes::*)(const Request&, double);
  static constexpr std::array<Handler, kRoutes.size()> kHandlers = {
      &Routes::status, &Routes::metrics, &Routes::healthy,
      &Routes::ready,  &Routes::reload,  &Routes::config};
  const Route* route = route_of(request.path);
  if (route == nullptr) return text(404, "not found\n");
  if (!allowed(*route, request.method)) {
    auto response = text(405, "method not allowed\n");
    response.headers.emplace_back("Allow", route->allow);
    return response;
  }
  const auto index = static_cast<std::size_t>(route - kRoutes.data());
  return (this->*kHandlers[index])(request, arrived_s);
}

std::shared_ptr<const Page> Routes::fresh_page(double arrived_s, double deadline_s) {
  {
    const MutexLock lock(mutex_);
    const bool complete = last_.ended_s < last_.deadline_s;
    const bool waited_as_long = last_.ended_s >= deadline_s;
    if (last_.page && last_.began_s >= arrived_s && (complete || waited_as_long)) return last_.page;
  }
  Collected collected;
  collected.began_s = monotonic_s();
  collected.deadline_s = deadline_s;
  collected.page = handlers_.collect(deadline_s);
  collected.ended_s = monotonic_s();
  const MutexLock lock(mutex_);
  if (collected.began_s >= last_.began_s) last_ = collected;
  return collected.page;
}

Response Routes::metrics(const Request& request, double arrived_s) {
  const double budget_s = collect_budget_s(request.scrape_timeout, handlers_.collect_timeout_s);
  auto page = fresh_page(arrived_s, arrived_s + budget_s);
  if (!page) return text(503, "nothing collected yet\n");
  const Format format = negotiate_format(request.accept);
  const bool gzip = accepts_gzip(request.accept_encoding);
  Response response;
  response.content_type = content_type(format);
  response.body.bytes = gzip ? page->gzip(format) : page->body(format);
  response.body.owner = std::move(page);
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  return response;
}

Response Routes::status(const Request& request, double arrived_s) {
  const auto page = fresh_page(arrived_s, arrived_s + handlers_.collect_timeout_s);
  if (!page) return text(503, "nothing collected yet\n");
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = make_body(render_status_page(*page, handlers_.version, request.query, now()));
  response.headers.emplace_back("Content-Security-Policy", status_page_policy());
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response Routes::healthy(const Request&, double) { return text(200, "litewatch is healthy.\n"); }

Response Routes::ready(const Request&, double) {
  return handlers_.ready() ? text(200, "litewatch is ready.\n")
                           : text(503, "the first collection is not done yet\n");
}

Response Routes::reload(const Request&, double) {
  if (!handlers_.reload) {
    return text(403,
                "reloading over HTTP is off: start litewatch with --web.enable-reload, or "
                "send it SIGHUP\n");
  }
  const std::string problem = handlers_.reload();
  if (!problem.empty()) return text(500, "the old configuration stays: " + problem + "\n");
  return text(200, "reloaded\n");
}

Response Routes::config(const Request&, double) { return text(200, handlers_.config_yaml()); }

}  // namespace litewatch
