#include "probe/run/target_history.h"

#include <set>
#include <string>

#include "catch.h"

namespace litewatch {
namespace {

std::shared_ptr<const ProbeResult> result_of(ProbeReason reason, double duration_s = 0.2) {
  auto result = std::make_shared<ProbeResult>();
  result->success = reason == ProbeReason::kNone;
  result->reason = reason;
  result->duration_s = duration_s;
  return result;
}

TargetView view_of(std::size_t confirm_failures) {
  auto target = std::make_shared<ProbeTarget>();
  target->confirm_failures = confirm_failures;
  TargetView view;
  view.target = target;
  return view;
}

std::set<std::string> names(const std::array<bool, kProbeReasonCount>& possible) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < possible.size(); ++i) {
    if (possible[i]) names.emplace(to_string(static_cast<ProbeReason>(i)));
  }
  return names;
}

using Names = std::set<std::string>;

/// What every target has, and what one reached by an address has.
const Names kAny = {"connect_refused", "connect_timeout", "connect_reset", "policy_denied",
                    "internal"};

Names with(Names names, const Names& more) {
  names.insert(more.begin(), more.end());
  return names;
}

}  // namespace

TEST_CASE("add_result: successes and failures -> counters, reasons and the last of each") {
  TargetView view = view_of(3);
  add_result(view, result_of(ProbeReason::kNone, 0.2), 1000);
  add_result(view, result_of(ProbeReason::kConnectRefused, 0.001), 1015);
  add_result(view, result_of(ProbeReason::kConnectRefused, 0.001), 1020);
  add_result(view, result_of(ProbeReason::kHttpStatus, 20), 1025);
  CHECK(view.attempts == 4);
  CHECK(view.failures[static_cast<std::size_t>(ProbeReason::kConnectRefused)] == 2);
  CHECK(view.failures[static_cast<std::size_t>(ProbeReason::kHttpStatus)] == 1);
  CHECK(view.failures[static_cast<std::size_t>(ProbeReason::kNone)] == 0);
  CHECK(view.consecutive_failures == 3);
  CHECK(view.last_run_unix_s == 1025.0);
  CHECK(view.result->reason == ProbeReason::kHttpStatus);
}

TEST_CASE("add_result: durations -> cumulative buckets, upper bounds inclusive") {
  TargetView view = view_of(3);
  for (const double duration_s : {0.001, 0.005, 0.0051, 2.0, 10.0, 11.0}) {
    add_result(view, result_of(ProbeReason::kNone, duration_s), 1);
  }
  CHECK(view.durations == std::array<std::uint64_t, 12>{2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 5, 6});
  CHECK(view.duration_sum_s == Approx(23.0111));
}

TEST_CASE("add_result: failures in a row -> confirmed at the limit, back at the first success") {
  TargetView view = view_of(3);
  CHECK_FALSE(view.confirmed_success);
  add_result(view, result_of(ProbeReason::kHttpStatus), 1);
  CHECK(view.confirmed_success == true);
  add_result(view, result_of(ProbeReason::kHttpStatus), 2);
  CHECK(view.confirmed_success == true);
  add_result(view, result_of(ProbeReason::kConnectRefused), 3);
  CHECK(view.confirmed_success == false);
  add_result(view, result_of(ProbeReason::kNone), 4);
  CHECK(view.confirmed_success == true);
  CHECK(view.consecutive_failures == 0);
  add_result(view, result_of(ProbeReason::kHttpStatus), 5);
  CHECK(view.confirmed_success == true);

  TargetView strict = view_of(1);
  add_result(strict, result_of(ProbeReason::kHttpStatus), 1);
  CHECK(strict.confirmed_success == false);
}

TEST_CASE("add_result: more marks than there is room for -> the latest, oldest first") {
  TargetView view = view_of(3);
  for (int i = 0; i < 30; ++i) {
    add_result(view, result_of(i == 29 ? ProbeReason::kHttpStatus : ProbeReason::kNone, i), 1);
  }
  REQUIRE(view.mark_count == TargetView::kMarks);
  CHECK(view.marks[0].duration_s == 6);
  CHECK(view.marks[23].duration_s == 29);
  CHECK(view.marks[23].reason == ProbeReason::kHttpStatus);
}

TEST_CASE("add_result: a health document -> its status in the mark, what it dropped is counted") {
  TargetView view = view_of(3);
  auto result = std::make_shared<ProbeResult>();
  result->health = HealthDocument();
  result->health->valid = true;
  result->health->status = HealthStatus::kWarn;
  result->health->dropped = 7;
  add_result(view, result, 1);
  add_result(view, result, 2);
  CHECK(view.components_dropped == 14);
  CHECK(view.marks[1].health == HealthStatus::kWarn);
}

TEST_CASE("possible_reasons: what is configured -> what can go wrong") {
  ProbeTarget target;
  ProbeModule module;
  module.http.health.format = HealthFormat::kNone;
  module.http.redirects.mode = RedirectMode::kNone;
  const Names plain =
      with(kAny, {"connect_unreachable", "http_status", "http_protocol", "response_timeout"});
  CHECK(names(possible_reasons(target, module, "127.0.0.1", false)) == plain);
  CHECK(names(possible_reasons(target, module, "::1", false)) == plain);

  const Names dns = {"dns_nxdomain", "dns_timeout", "dns_error"};
  CHECK(names(possible_reasons(target, module, "shop.example", false)) == with(plain, dns));

  const Names tls = {"tls_handshake", "tls_timeout", "tls_expired", "tls_hostname",
                     "tls_untrusted"};
  CHECK(names(possible_reasons(target, module, "127.0.0.1", true)) == with(plain, tls));
  module.http.tls.insecure_skip_verify = true;
  CHECK(names(possible_reasons(target, module, "127.0.0.1", true)) ==
        with(plain, {"tls_handshake", "tls_timeout"}));

  target.unix_socket = "/run/app.sock";
  Names socket = plain;
  socket.erase("connect_unreachable");
  CHECK(names(possible_reasons(target, module, "localhost", false)) == socket);
}

TEST_CASE("possible_reasons: checks of the module and of the target -> their reasons") {
  ProbeTarget target;
  ProbeModule module;
  module.http.health.format = HealthFormat::kNone;
  module.http.redirects.mode = RedirectMode::kNone;
  const auto more = [&] {
    Names found = names(possible_reasons(target, module, "127.0.0.1", false));
    for (const auto& name :
         with(kAny, {"connect_unreachable", "http_status", "http_protocol", "response_timeout"})) {
      found.erase(name);
    }
    return found;
  };
  HttpModule& http = module.http;
  const HttpModule bare = http;
  CHECK(more().empty());
  http.redirects.mode = RedirectMode::kSameHost;
  CHECK(more() == Names{"redirect_blocked", "redirect_limit"});
  http = bare;
  http.fail_if_body_matches_regexp = {"error"};
  CHECK(more() == Names{"body_mismatch", "body_too_large"});
  http = bare;
  http.fail_if_body_json_not_matches_cel = "body.ok";
  CHECK(more() == Names{"body_mismatch", "body_too_large", "json_invalid"});
  http = bare;
  http.fail_if_header_matches_regexp = {{"Server", "x", false}};
  CHECK(more() == Names{"header_mismatch"});
  http = bare;
  http.valid_http_versions = {"HTTP/2.0"};
  http.fail_if_not_ssl = true;
  http.oauth2 = OAuth2Options();
  CHECK(more() == Names{"http_version", "tls_policy", "auth_failed"});
  http = bare;
  target.health_format = HealthFormat::kGrafana;
  CHECK(more() == Names{"health_fail", "json_invalid", "body_too_large"});
  http.health.fail_on = HealthOptions::FailOn::kNever;
  CHECK(more() == Names{"json_invalid", "body_too_large"});
}

TEST_CASE("possible_reasons: TCP and Unix sockets -> their own") {
  ProbeTarget target;
  ProbeModule module;
  module.prober = ProberKind::kTcp;
  const Names tcp = with(kAny, {"connect_unreachable"});
  CHECK(names(possible_reasons(target, module, "127.0.0.1", false)) == tcp);
  module.tcp.query_response = {QueryResponse()};
  module.tcp.query_response[0].expect = "^220 ";
  CHECK(names(possible_reasons(target, module, "127.0.0.1", false)) ==
        with(tcp, {"response_timeout", "expect_mismatch"}));
  module.tcp.query_response[0].starttls = true;
  CHECK(names(possible_reasons(target, module, "127.0.0.1", false)) ==
        with(tcp, {"response_timeout", "expect_mismatch", "tls_handshake", "tls_timeout",
                   "tls_expired", "tls_hostname", "tls_untrusted"}));
  module = ProbeModule();
  module.prober = ProberKind::kUnix;
  CHECK(names(possible_reasons(target, module, "", false)) == kAny);
}

TEST_CASE("keeps_history: name, app, module and URL -> the rest may change") {
  ProbeTarget before;
  before.name = "shop";
  before.app = "shop";
  before.url = "http://127.0.0.1/";
  ProbeTarget after = before;
  after.interval_s = 60;
  after.confirm_failures = 1;
  CHECK(keeps_history(before, after));
  for (std::string ProbeTarget::*field :
       {&ProbeTarget::name, &ProbeTarget::app, &ProbeTarget::module, &ProbeTarget::url}) {
    after = before;
    after.*field = "other";
    CHECK_FALSE(keeps_history(before, after));
  }
}

}  // namespace litewatch
