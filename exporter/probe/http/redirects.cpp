#include "probe/http/redirects.h"

#include <algorithm>

#include "probe/target.h"

namespace litewatch {
namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

RedirectStep refused(ProbeReason reason, std::string detail) {
  RedirectStep step;
  step.kind = RedirectStep::Kind::kRefused;
  step.reason = reason;
  step.detail = std::move(detail);
  return step;
}

bool is_own_host(const RedirectState& state, const std::string& host) {
  return host == state.first.host || (!state.hostname.empty() && host == state.hostname);
}

bool host_allowed(const RedirectOptions& options, const RedirectState& state,
                  const std::string& host) {
  if (options.mode == RedirectMode::kAny || is_own_host(state, host)) return true;
  return options.mode == RedirectMode::kList &&
         std::any_of(options.hosts.begin(), options.hosts.end(),
                     [&](const std::string& glob) { return fits_glob(glob, host); });
}

RedirectStep follow(const RedirectState& state, int status, Url next) {
  RedirectStep step;
  step.kind = RedirectStep::Kind::kFollow;
  step.next = std::move(next);
  step.keep_body = status == 307 || status == 308;
  step.method = step.keep_body || state.method == "HEAD" ? state.method : "GET";
  return step;
}

}  // namespace

bool leads_elsewhere(int status, const std::optional<std::string>& location) {
  return is_redirect(status) && location && !location->empty();
}

RedirectStep next_step(const RedirectOptions& options, const RedirectState& state, int status,
                       const std::optional<std::string>& location) {
  if (options.mode == RedirectMode::kNone || !leads_elsewhere(status, location)) return {};
  if (state.followed >= options.max) {
    return refused(ProbeReason::kRedirectLimit,
                   "more than " + std::to_string(options.max) + " redirects");
  }
  const auto next = join_url(state.current, *location);
  if (!next) {
    return refused(ProbeReason::kRedirectBlocked, "the redirect leads to no http or https URL");
  }
  if (!host_allowed(options, state, next->host)) {
    return refused(
        ProbeReason::kRedirectBlocked,
        "status " + std::to_string(status) + " leads to another host: " + shown_url(next->text()));
  }
  if (state.current.https && !next->https && !options.allow_downgrade) {
    return refused(ProbeReason::kRedirectBlocked,
                   "the redirect leads from https to http: " + shown_url(next->text()));
  }
  return follow(state, status, *next);
}

}  // namespace litewatch
