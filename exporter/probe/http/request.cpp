#include "probe/http/request.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/ascii.h"
#include "probe/secrets.h"

namespace litewatch {
namespace {

/// More than an excerpt holds: a secret that is cut at its end could not be masked.
constexpr std::size_t kKeptForExcerpt = 4 * ProbeResult::kExcerpt;

bool has_header(const HttpModule& http, std::string_view lower_case_name) {
  const auto is_it = [&](const auto& header) {
    return same_ignoring_case(header.first, lower_case_name);
  };
  return std::any_of(http.headers.begin(), http.headers.end(), is_it) ||
         std::any_of(http.header_files.begin(), http.header_files.end(), is_it);
}

/// curl sends a field without a value only in this form.
std::string line_of(const std::string& name, const std::string& value) {
  return value.empty() ? name + ";" : name + ": " + value;
}

std::string hostname_of(const ProbeOrder& order) {
  if (!order.target->hostname.empty()) return order.target->hostname;
  for (const auto& [name, value] : order.module->module->http.headers) {
    if (same_ignoring_case(name, "host")) return value;
  }
  return {};
}

/// "host:port" without its port, an address without brackets, in lower case.
std::string bare_host(const std::string& host_field) {
  const auto url = parse_url("http://" + host_field + "/");
  return url ? url->host : host_field;
}

bool at_own_host(const RequestState& state) {
  return state.redirects.current.host == state.redirects.first.host;
}

std::string server_name(const ProbeOrder& order, const RequestState& state) {
  if (!at_own_host(state)) return {};
  const std::string& configured = order.module->module->http.tls.server_name;
  return configured.empty() ? state.redirects.hostname : configured;
}

void add_credentials(const PreparedModule& module, const std::string& token,
                     std::vector<std::string>& lines) {
  for (const auto& [name, value] : module.secret_headers) lines.push_back(line_of(name, value));
  if (!module.basic_username.empty() || !module.basic_password.empty()) {
    lines.push_back("Authorization: Basic " +
                    base64(module.basic_username + ":" + module.basic_password));
  }
  if (!token.empty()) lines.push_back("Authorization: " + token);
}

void add_configured(const HttpModule& http, const RequestState& state,
                    std::vector<std::string>& lines) {
  for (const auto& [name, value] : http.headers) {
    if (same_ignoring_case(name, "host")) continue;
    if (!state.own_origin && is_secret_header(name)) continue;
    if (!state.send_body && name.size() > 8 && same_ignoring_case(name.substr(0, 8), "content-"))
      continue;
    lines.push_back(line_of(name, value));
  }
}

void add_host(const ProbeOrder& order, const RequestState& state, const HopRequest& request,
              std::vector<std::string>& lines) {
  const std::string host = at_own_host(state) ? hostname_of(order) : "";
  if (!host.empty()) {
    lines.push_back("Host: " + host);
  } else if (request.url.https && !request.server_name.empty()) {
    lines.push_back("Host: " + request.url.host_field());
  }
}

std::vector<std::string> header_lines(const ProbeContext& context, const ProbeOrder& order,
                                      const RequestState& state, const HopRequest& request,
                                      const std::string& token) {
  const PreparedModule& module = *order.module;
  const HttpModule& http = module.module->http;
  std::vector<std::string> lines;
  if (!has_header(http, "user-agent")) lines.push_back("User-Agent: " + context.user_agent);
  add_host(order, state, request, lines);
  add_configured(http, state, lines);
  if (request.body != nullptr) {
    lines.emplace_back("Expect:");  // one round trip, as from everybody else
    if (!has_header(http, "content-type")) lines.emplace_back("Content-Type:");
  }
  if (http.compression == "identity" && !has_header(http, "accept-encoding")) {
    lines.emplace_back("Accept-Encoding: identity");
  }
  if (state.own_origin) add_credentials(module, token, lines);
  return lines;
}

std::vector<std::string> proxy_header_lines(const HttpModule& http) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : http.proxy_connect_headers) {
    lines.push_back(line_of(name, value));
  }
  return lines;
}

}  // namespace

RequestState first_request(const ProbeOrder& order, const Url& url) {
  RequestState state;
  state.redirects.first = url;
  state.redirects.current = url;
  state.redirects.method = order.module->module->http.method;
  const std::string hostname = hostname_of(order);
  if (!hostname.empty()) state.redirects.hostname = bare_host(hostname);
  return state;
}

HopRequest make_request(const ProbeContext& context, const ProbeOrder& order,
                        const RequestState& state, const BodyPlan& plan, const std::string& token) {
  const PreparedModule& module = *order.module;
  const HttpModule& http = module.module->http;
  HopRequest request;
  request.url = state.redirects.current;
  request.method = state.redirects.method;
  request.plan = plan;
  if (plan.compressed) request.accept_encoding = http.compression;
  if (state.send_body && !module.body.empty()) request.body = &module.body;
  request.tls = module.tls.get();
  request.server_name = server_name(order, state);
  request.http2 = http.enable_http2;
  request.preferred = http.preferred_ip_protocol;
  request.fallback = http.ip_protocol_fallback;
  request.policy = order.policy.get();
  if (at_own_host(state)) request.unix_socket = order.target->unix_socket;
  if (request.unix_socket.empty()) request.proxy = proxy_for(module.proxies, request.url);
  if (!request.proxy.empty()) request.proxy_header_lines = proxy_header_lines(http);
  request.resolve_with_proxy = !http.skip_resolve_phase_with_proxy;
  request.reuse = order.target->reuse_connection;
  request.reuse_s = order.target->interval_s;
  if (request.reuse) request.connection_key = module.module->name + "/" + order.target->name;
  request.header_lines = header_lines(context, order, state, request, token);
  return request;
}

BodyPlan body_plan(const HttpModule& module, bool needed) {
  BodyPlan plan;
  const std::uint64_t limit = module.body_size_limit.value_or(HttpModule::kDefaultBodyLimit);
  plan.most = limit > 0 ? limit : std::numeric_limits<std::uint64_t>::max();
  plan.more_is_failure = module.body_size_limit.has_value() && limit > 0;
  plan.keep = needed ? std::min(plan.most, HttpModule::kMostBody) : kKeptForExcerpt;
  plan.compressed = !module.compression.empty() && module.compression != "identity";
  return plan;
}

std::string encoding_problem(const HttpModule& module, const std::string& content_encoding) {
  const std::string& asked = module.compression;
  if (asked.empty()) return {};
  const std::string& got = content_encoding.empty() ? "identity" : content_encoding;
  if (same_ignoring_case(got, asked)) return {};
  return "compression " + asked + " was asked for and " + printable(got, 40) + " came";
}

bool has_origin_credentials(const PreparedModule& module) {
  const HeaderList& headers = module.module->http.headers;
  return !module.secret_headers.empty() || !module.basic_username.empty() || module.tokens ||
         std::any_of(headers.begin(), headers.end(),
                     [](const auto& header) { return is_secret_header(header.first); });
}

}  // namespace litewatch
