#include <memory>
#include <string>

#include "catch.h"
#include "probe/http/verdict.h"

namespace litewatch {
namespace {

/// A module and an answer that a test changes before it judges.
struct Judged {
  ProbeModule module;
  HttpAnswer answer;
  HeaderList headers;

  Judged() {
    module.name = "m";
    answer.status = 200;
    answer.version = 1.1;
    answer.content_type = "text/plain";
    answer.body = "hello";
  }
  HttpModule& http() { return module.http; }
  HttpVerdict verdict() {
    const auto prepared = prepare_module(std::make_shared<ProbeModule>(module));
    REQUIRE(prepared.ok());
    answer.headers = &headers;
    return judge(**prepared, module.http.health, answer);
  }
  ProbeReason reason() { return verdict().reason; }
};

}  // namespace

TEST_CASE("verdict: status -> 200 to 299, or the configured ranges") {
  Judged judged;
  CHECK(judged.reason() == ProbeReason::kNone);
  for (const int status : {199, 300, 404, 503}) {
    judged.answer.status = status;
    CHECK(judged.reason() == ProbeReason::kHttpStatus);
  }
  judged.http().valid_status_codes = {{404, 404}, {500, 599}};
  CHECK(judged.reason() == ProbeReason::kNone);
  judged.answer.status = 200;
  CHECK(judged.reason() == ProbeReason::kHttpStatus);
}

TEST_CASE("verdict: version and TLS -> as the module wants them") {
  Judged judged;
  judged.http().valid_http_versions = {"HTTP/2.0"};
  CHECK(judged.reason() == ProbeReason::kHttpVersion);
  judged.answer.version = 2;
  CHECK(judged.reason() == ProbeReason::kNone);
  judged.http().fail_if_not_ssl = true;
  CHECK(judged.reason() == ProbeReason::kTlsPolicy);
  judged.answer.ssl = true;
  CHECK(judged.reason() == ProbeReason::kNone);
  judged.http().fail_if_not_ssl = false;
  judged.http().fail_if_ssl = true;
  CHECK(judged.reason() == ProbeReason::kTlsPolicy);
}

TEST_CASE("verdict: header fields -> any value, missing ones") {
  Judged judged;
  judged.headers = {{"X-Mode", "a"}, {"x-mode", "b"}};
  SECTION("matches what it must not") {
    judged.http().fail_if_header_matches_regexp = {{"X-Mode", "^b$", false}};
    const HttpVerdict verdict = judged.verdict();
    CHECK(verdict.reason == ProbeReason::kHeaderMismatch);
    CHECK(verdict.failed_due_to_regex);
  }
  SECTION("does not match what it must not") {
    judged.http().fail_if_header_matches_regexp = {{"X-Mode", "^c$", false}};
    CHECK(judged.reason() == ProbeReason::kNone);
  }
  SECTION("one value matches what one must") {
    judged.http().fail_if_header_not_matches_regexp = {{"X-Mode", "b", false}};
    CHECK(judged.reason() == ProbeReason::kNone);
  }
  SECTION("no value matches what one must") {
    judged.http().fail_if_header_not_matches_regexp = {{"X-Mode", "c", false}};
    CHECK(judged.reason() == ProbeReason::kHeaderMismatch);
  }
  SECTION("missing") {
    judged.http().fail_if_header_matches_regexp = {{"X-Other", ".*", false}};
    CHECK(judged.reason() == ProbeReason::kHeaderMismatch);
    judged.http().fail_if_header_matches_regexp[0].allow_missing = true;
    CHECK(judged.reason() == ProbeReason::kNone);
  }
  SECTION("missing where it must match") {
    judged.http().fail_if_header_not_matches_regexp = {{"X-Other", ".*", false}};
    CHECK(judged.reason() == ProbeReason::kHeaderMismatch);
    judged.http().fail_if_header_not_matches_regexp[0].allow_missing = true;
    CHECK(judged.reason() == ProbeReason::kNone);
  }
  SECTION("not looked at where the status failed, as in blackbox_exporter") {
    judged.http().fail_if_header_matches_regexp = {{"X-Mode", "b", false}};
    judged.answer.status = 500;
    const HttpVerdict verdict = judged.verdict();
    CHECK(verdict.reason == ProbeReason::kHttpStatus);
    CHECK_FALSE(verdict.failed_due_to_regex);
  }
}

TEST_CASE("verdict: the body's expressions -> mismatch, and the flags") {
  Judged judged;
  judged.http().fail_if_body_matches_regexp = {"error", "hel+o"};
  HttpVerdict verdict = judged.verdict();
  CHECK(verdict.reason == ProbeReason::kBodyMismatch);
  CHECK(verdict.failed_due_to_regex);
  CHECK(verdict.detail == "the body matches \"hel+o\"");
  judged.http().fail_if_body_matches_regexp.clear();
  judged.http().fail_if_body_not_matches_regexp = {"^hello$", "bye"};
  verdict = judged.verdict();
  CHECK(verdict.reason == ProbeReason::kBodyMismatch);
  CHECK(verdict.detail == "the body does not match \"bye\"");
}

TEST_CASE("verdict: CEL -> true, false, no JSON, no value") {
  Judged judged;
  judged.answer.body = R"({"n": 1})";
  CHECK_FALSE(judged.verdict().failed_due_to_cel.has_value());
  judged.http().fail_if_body_json_matches_cel = "body.n == 2";
  CHECK(judged.reason() == ProbeReason::kNone);
  CHECK(judged.verdict().failed_due_to_cel == false);
  judged.http().fail_if_body_json_matches_cel = "body.n == 1";
  CHECK(judged.reason() == ProbeReason::kBodyMismatch);
  CHECK(judged.verdict().failed_due_to_cel == true);
  judged.http().fail_if_body_json_matches_cel = "body.other == 1";
  CHECK(judged.reason() == ProbeReason::kBodyMismatch);
  judged.answer.body = "hello";
  CHECK(judged.reason() == ProbeReason::kJsonInvalid);
  CHECK(judged.verdict().failed_due_to_cel == true);
  judged.answer.status = 500;
  CHECK(judged.reason() == ProbeReason::kHttpStatus);
  CHECK(judged.verdict().failed_due_to_cel == false);
}

TEST_CASE("verdict: an answer that broke off -> after status and header, before the body") {
  Judged judged;
  judged.answer.broken = ProbeReason::kConnectReset;
  judged.answer.broken_detail = "it broke";
  judged.http().fail_if_body_not_matches_regexp = {"bye"};
  const HttpVerdict verdict = judged.verdict();
  CHECK(verdict.reason == ProbeReason::kConnectReset);
  CHECK(verdict.detail == "it broke");
  CHECK_FALSE(verdict.failed_due_to_regex);
  judged.answer.status = 500;
  CHECK(judged.reason() == ProbeReason::kHttpStatus);
}

TEST_CASE("verdict: health documents -> fail by their status and fail_on") {
  Judged judged;
  judged.answer.content_type = "application/json";
  const auto with = [&](const char* body, HealthOptions::FailOn fail_on) {
    judged.answer.body = body;
    judged.http().health.fail_on = fail_on;
    return judged.reason();
  };
  constexpr auto kFail = HealthOptions::FailOn::kFail;
  constexpr auto kWarn = HealthOptions::FailOn::kWarn;
  constexpr auto kNever = HealthOptions::FailOn::kNever;
  constexpr const char* kPassing = R"({"status":"pass","checks":{}})";
  constexpr const char* kWarning = R"({"status":"warn","checks":{}})";
  constexpr const char* kFailing = R"({"status":"fail","checks":{}})";
  CHECK(with(kPassing, kWarn) == ProbeReason::kNone);
  CHECK(with(kWarning, kFail) == ProbeReason::kNone);
  CHECK(with(kWarning, kWarn) == ProbeReason::kHealthFail);
  CHECK(with(kFailing, kFail) == ProbeReason::kHealthFail);
  CHECK(with(kFailing, kNever) == ProbeReason::kNone);
  CHECK(judged.verdict().health_mismatch);

  judged.answer.status = 503;
  CHECK(with(kFailing, kFail) == ProbeReason::kHealthFail);  // it says more than the status
  CHECK_FALSE(judged.verdict().health_mismatch);
  CHECK(with(kFailing, kNever) == ProbeReason::kHttpStatus);
  CHECK(with(kPassing, kFail) == ProbeReason::kHttpStatus);
  CHECK(judged.verdict().health_mismatch);
}

TEST_CASE("verdict: no health document -> a failure only where one was configured") {
  Judged judged;
  judged.answer.body = "<html>";
  judged.answer.content_type = "text/html";
  CHECK(judged.reason() == ProbeReason::kNone);
  CHECK_FALSE(judged.verdict().health.has_value());
  judged.http().health.format = HealthFormat::kSpring;
  CHECK(judged.reason() == ProbeReason::kJsonInvalid);
  judged.http().health.format = HealthFormat::kNone;
  CHECK(judged.reason() == ProbeReason::kNone);
  judged.http().health.format = HealthFormat::kAuto;
  judged.answer.body = "{";
  judged.answer.content_type = "application/json";
  CHECK(judged.reason() == ProbeReason::kNone);
}

TEST_CASE("verdict: earlier reasons -> kept, the document is there all the same") {
  Judged judged;
  judged.answer.body = R"({"status":"fail","checks":{}})";
  judged.http().fail_if_body_matches_regexp = {"fail"};
  const HttpVerdict verdict = judged.verdict();
  CHECK(verdict.reason == ProbeReason::kBodyMismatch);
  CHECK(verdict.health.has_value());
}

}  // namespace litewatch
