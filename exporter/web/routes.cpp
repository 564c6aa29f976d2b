#include "web/routes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/parse.h"
#include "web/negotiate.h"
#include "web/probe_request.h"
#include "web/query.h"
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

constexpr std::array<Route, 8> kRoutes = {{
    {"/", {"status", Lane::kPage}, "GET, HEAD"},
    {"/metrics", {"metrics", Lane::kPage}, "GET, HEAD"},
    {"/-/healthy", {"healthy", Lane::kQuick}, "GET, HEAD"},
    {"/-/ready", {"ready", Lane::kQuick}, "GET, HEAD"},
    {"/-/reload", {"reload", Lane::kSlow}, "POST"},
    {"/config", {"config", Lane::kQuick}, "GET, HEAD"},
    {"/probe", {"probe", Lane::kProbe}, "GET, HEAD"},
    {"/sd/http", {"sd", Lane::kQuick}, "GET, HEAD"},
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

/// A page in the format that the client prefers.
Response negotiated(const Request& request, std::shared_ptr<const Page> page) {
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

/// Of a reload that failed.
int status_of(ErrorKind kind) {
  if (kind == ErrorKind::kTimeout) return 504;
  return kind == ErrorKind::kBusy ? 503 : 500;
}

/// A probe's page, or the words that stand for it.
Response response_of(const Request& request, const ProbeAnswer& probed) {
  if (!probed.page) {
    const bool ends = probed.text.ends_with('\n');
    return text(probed.status, ends ? probed.text : probed.text + "\n");
  }
  auto response = negotiated(request, probed.page);
  response.status = probed.status;
  return response;
}

}  // namespace

RouteInfo find_route(std::string_view path) {
  const Route* route = route_of(path);
  return route == nullptr ? RouteInfo{"other", Lane::kQuick} : route->info;
}

Response Routes::answer(const Request& request, const Occasion& occasion) {
  using Handler = Response (Routes::*)(const Request&, const Occasion&);
  static constexpr std::array<Handler, kRoutes.size()> kHandlers = {
      &Routes::status, &Routes::metrics, &Routes::healthy, &Routes::ready,
      &Routes::reload, &Routes::config,  &Routes::probe,   &Routes::sd};
  const Route* route = route_of(request.path);
  if (route == nullptr) return text(404, "not found\n");
  if (!allowed(*route, request.method)) {
    auto response = text(405, "method not allowed\n");
    response.headers.emplace_back("Allow", route->allow);
    return response;
  }
  const auto index = static_cast<std::size_t>(route - kRoutes.data());
  return (this->*kHandlers[index])(request, occasion);
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

Response Routes::metrics(const Request& request, const Occasion& occasion) {
  const double budget_s = collect_budget_s(request.scrape_timeout, handlers_.collect_timeout_s);
  auto page = fresh_page(occasion.arrived_s, occasion.arrived_s + budget_s);
  if (!page) return text(503, "nothing collected yet\n");
  return negotiated(request, std::move(page));
}

Response Routes::status(const Request& request, const Occasion& occasion) {
  const auto page =
      fresh_page(occasion.arrived_s, occasion.arrived_s + handlers_.collect_timeout_s);
  if (!page) return text(503, "nothing collected yet\n");
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = make_body(render_status_page(*page, handlers_.version, request.query, now()));
  response.headers.emplace_back("Content-Security-Policy", status_page_policy());
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response Routes::healthy(const Request&, const Occasion&) {
  return text(200, "litewatch is healthy.\n");
}

Response Routes::ready(const Request&, const Occasion&) {
  return handlers_.ready() ? text(200, "litewatch is ready.\n")
                           : text(503, "the first collection is not done yet\n");
}

Response Routes::reload(const Request&, const Occasion&) {
  if (!handlers_.reload) {
    return text(403,
                "reloading over HTTP is off: start litewatch with --web.enable-reload, or "
                "send it SIGHUP\n");
  }
  const auto error = handlers_.reload();
  if (!error) return text(200, "reloaded\n");
  return text(status_of(error->kind), "the old configuration stays: " + error->message() + "\n");
}

Response Routes::config(const Request&, const Occasion&) {
  return text(200, handlers_.config_yaml());
}

Response Routes::probe(const Request& request, const Occasion& occasion) {
  if (occasion.probed != nullptr) return response_of(request, *occasion.probed);
  if (!handlers_.probe) return text(404, "this litewatch probes nothing\n");
  auto params = read_probe_params(request.query, request.scrape_timeout);
  if (!params.ok()) return text(400, params.error().what + "\n");
  handlers_.probe(std::move(*params), occasion.put_aside());
  return {};
}

Response Routes::sd(const Request& request, const Occasion& occasion) {
  if (!handlers_.sd_targets) return text(404, "this litewatch probes nothing\n");
  if (!is_authority(request.host)) {
    return text(400, "the Host field must name this server, as host or host:port\n");
  }
  Response response;
  response.content_type = "application/json";
  response.body = make_body(handlers_.sd_targets(request.host, occasion.tls ? "https" : "http"));
  return response;
}

}  // namespace litewatch
