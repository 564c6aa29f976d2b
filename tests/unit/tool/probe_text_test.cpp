#include "catch.h"
#include "probe/advice.h"
#include "probe/target.h"
#include "tool/probe_report.h"
#include "tool/report.h"

using namespace litewatch;

namespace {

constexpr double kNow_s = 1'700'000'000;  // 2023-11-14 22:13:20 UTC

ProbeResult sound_result() {
  ProbeResult result;
  result.success = true;
  result.reason = ProbeReason::kNone;
  result.module = "http_2xx";
  result.started = {1, kNow_s};
  result.duration_s = 0.1;
  result.timeout_s = 10;
  result.ip_protocol = 4;
  result.address = "192.0.2.1";
  result.final_url = "https://a.example/up";
  result.http = HttpResult{};
  result.http->status_code = 200;
  result.http->version = 2;
  result.http->uncompressed_body_length = 2048;
  result.http->content_length = 512;
  result.http->phases = {0.01, 0.02, 0.03, 0.04, 0};
  return result;
}

ProbeResult failure(ProbeReason reason) {
  ProbeResult result = sound_result();
  result.success = false;
  result.reason = reason;
  result.detail = "status 503 is not a valid one";
  result.http->status_code = 503;
  return result;
}

TlsResult sound_tls() {
  TlsResult tls;
  tls.version = "TLS 1.3";
  tls.cipher = "TLS_AES_128_GCM_SHA256";
  tls.verified = true;
  tls.subject = "CN=a.example";
  tls.subject_alternative = "a.example,www.a.example";
  tls.issuer = "CN=Authority";
  tls.not_before_unix_s = kNow_s - 86400;
  tls.not_after_unix_s = kNow_s + 60 * 86400;
  tls.earliest_expiry_unix_s = tls.not_after_unix_s;
  return tls;
}

HealthComponent component(const char* name, HealthStatus status) {
  HealthComponent part;
  part.name = name;
  part.status = status;
  return part;
}

HealthDocument document(HealthStatus status) {
  HealthDocument health;
  health.format = HealthFormat::kDraft;
  health.valid = true;
  health.status = status;
  health.components = {
      component("cache", HealthStatus::kPass), component("queue", HealthStatus::kUnknown),
      component("database", HealthStatus::kFail), component("disk", HealthStatus::kWarn)};
  return health;
}

std::string text_of(ProbeResult result, bool debug = false, bool color = false) {
  return to_text({"https://a.example/up", std::make_shared<const ProbeResult>(std::move(result))},
                 debug, color);
}
std::string json_of(ProbeResult result, bool debug = false) {
  return to_json({"https://a.example/up", std::make_shared<const ProbeResult>(std::move(result))},
                 debug);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("probe report: a sound answer -> verdict, phases to scale, figures; nothing else") {
  CHECK(text_of(sound_result()) ==
        "https://a.example/up: well\n"
        "HTTP 200 in 100.0 ms, 192.0.2.1\n"
        "\n"
        "Where the time went: 100.0 ms of 10 s allowed\n"
        "  resolve        10.0 ms  ############\n"
        "  connect        20.0 ms  ########################\n"
        "  tls            30.0 ms  ####################################\n"
        "  processing     40.0 ms  ################################################\n"
        "\n"
        "Answer\n"
        "  address      192.0.2.1 (IPv4)\n"
        "  status       200, HTTP/2\n"
        "  body         2.0 KiB, sent as 512 B\n");
}

TEST_CASE("probe report: redirects and bodies -> followed or not, whole or broken off") {
  ProbeResult result = sound_result();
  result.http->redirects = 1;
  CHECK(has(text_of(result), "redirects    1, to https://a.example/up\n"));
  result = failure(ProbeReason::kRedirectBlocked);
  result.http->redirects = 1;
  CHECK(has(text_of(result), "redirects    1, the last one not followed\n"));
  result = failure(ProbeReason::kConnectReset);
  result.http->uncompressed_body_length = 3;
  result.http->content_length = 1000;
  CHECK(has(text_of(result), "body         3 B of 1000 B\n"));
}

TEST_CASE("probe report: every reason -> words of its own and the next step") {
  for (std::size_t i = 1; i < kProbeReasonCount; ++i) {
    const auto reason = static_cast<ProbeReason>(i);
    const std::string text = text_of(failure(reason));
    INFO(text);
    CHECK(text.starts_with("https://a.example/up: FAILING, " + std::string(advice(reason).meaning) +
                           " (" + std::string(to_string(reason)) + ")\n"));
    CHECK(has(text, "\n  -> "));
    CHECK((advice(reason).steps.ends_with('.') || advice(reason).steps.ends_with('?')));
    CHECK_FALSE(advice(reason).meaning.ends_with('.'));
  }
  CHECK(advice(ProbeReason::kNone).steps.empty());
}

TEST_CASE("probe report: time that no phase has -> waiting, and a connection for TCP") {
  ProbeResult result = failure(ProbeReason::kConnectTimeout);
  result.http->phases = {0.01, 0, 0, 0, 0};
  result.http->status_code = 0;
  const std::string text = text_of(result);
  CHECK(has(text, "given up after 100.0 ms"));
  CHECK(has(text, "  waiting        90.0 ms  ####"));
  CHECK_FALSE(has(text, "  connect "));
  result.http.reset();
  result.success = true;
  result.dns_lookup_s = 0.000001;
  CHECK(has(text_of(result), "connected in 100.0 ms"));
  CHECK(has(text_of(result), "  resolve         0.0 ms\n  connection    100.0 ms  ####"));
}

TEST_CASE("probe report: a health document -> the worst part first, with what it says") {
  ProbeResult result = failure(ProbeReason::kHealthFail);
  result.health = document(HealthStatus::kFail);
  result.health->version = "1.2";
  HealthComponent& database = result.health->components[2];
  database.word = "DOWN";
  database.node = "2";
  database.output = "database is locked";
  database.checked_unix_s = kNow_s - 90;
  database.observations = {{"responseTime", HealthUnit::kSeconds, 0.25},
                           {"size", HealthUnit::kBytes, 3 << 20},
                           {"use", HealthUnit::kRatio, 0.855},
                           {"open", HealthUnit::kCount, 12}};
  result.excerpt = "{\"status\": \"fail\"}";
  const std::string text = text_of(result);
  INFO(text);
  CHECK(has(text,
            "  fail (read as draft, version 1.2)\n"
            "  fail    database [2]  responseTime 250 ms, size 3.0 MiB, use 85.5 %, open 12; "
            "looked 1 min 30 s ago; \"DOWN\"\n"
            "            database is locked\n"
            "  warn    disk\n"
            "  unknown queue\n"
            "  pass    cache\n"));
  CHECK_FALSE(has(text, "What came"));
  CHECK_FALSE(has(text, "contradicts"));
  result.health_mismatch = true;
  result.health->dropped = 7;
  CHECK(has(text_of(result), "contradicts the HTTP status"));
  CHECK(has(text_of(result), "  7 more left out\n"));
}

TEST_CASE("probe report: verdicts of probes that succeed -> the app's own doubts are in them") {
  ProbeResult result = sound_result();
  result.health = document(HealthStatus::kWarn);
  CHECK(text_of(result).starts_with("https://a.example/up: well, with a warning\n"));
  result.health = document(HealthStatus::kFail);
  CHECK(text_of(result).starts_with("https://a.example/up: answers, but says that it is not well"));
  result.health = HealthDocument{};
  result.health->problem = "it is not JSON";
  CHECK(has(text_of(result), "  not readable: it is not JSON\n"));
}

TEST_CASE("probe report: certificates -> what they are worth, accepted or not") {
  ProbeResult result = sound_result();
  result.tls = sound_tls();
  std::string text = text_of(result);
  INFO(text);
  CHECK(has(text, "  names        a.example,www.a.example\n"));
  CHECK(has(text, "  valid        60 d left, 2024-01-13 22:13 UTC\n"));
  CHECK(has(text, "  verified     yes\n"));
  CHECK(has(text, "  session      TLS 1.3, TLS_AES_128_GCM_SHA256\n"));
  CHECK_FALSE(has(text, "chain"));
  result.tls->earliest_expiry_unix_s = kNow_s + 86400;
  CHECK(has(text_of(result), "another one of it expires 2023-11-15 22:13 UTC"));
  result.tls->not_after_unix_s = kNow_s - 7200;
  result.tls->verified = false;
  result.tls->verify_result = 10;
  text = text_of(result);
  CHECK(has(text, "  valid        expired 2 h ago, 2023-11-14 20:13 UTC\n"));
  CHECK(has(text, "  verified     no: certificate has expired\n"));
  result.tls->not_before_unix_s = kNow_s + 7200;
  CHECK(has(text_of(result), "not before 2023-11-15 00:13 UTC"));
}

TEST_CASE("probe report: hostile bytes -> nothing reaches the terminal raw") {
  ProbeResult result = failure(ProbeReason::kHttpStatus);
  result.detail = "\x1b[2Jdetail";
  result.excerpt =
      "one\x1b[31m\r\ntwo\xff\x07\n\xc2\x9b"
      "31m" +
      std::string(500, 'x');
  result.tls = sound_tls();
  result.tls->subject = "CN=\x1b]0;x\x07";
  result.address = "\x1b[0m";
  result.log = {"said \x1b[0m"};
  result.health = document(HealthStatus::kFail);
  result.health->valid = false;
  result.health->problem = "\x1b";
  const std::string text = text_of(result, true);
  CHECK(text.find_first_of(std::string_view("\x1b\x07\r\0", 4)) == std::string::npos);
  CHECK_FALSE(has(text, "\xc2\x9b"));
  CHECK(has(text, "  one\uFFFD[31m\n  two\uFFFD\uFFFD\n"));
  CHECK_FALSE(has(text, std::string(200, 'x')));
  CHECK(has(json_of(result, true), "\\u001b"));
  CHECK(json_of(result, true).find('\x1b') == std::string::npos);
}

TEST_CASE("probe report: colour and log -> only where they are asked for") {
  ProbeResult result = failure(ProbeReason::kHttpStatus);
  result.log = {"resolving", "connecting"};
  CHECK(text_of(result).find('\x1b') == std::string::npos);
  CHECK(has(text_of(result, false, true), "\x1b[1;31mFAILING\x1b[0m"));
  CHECK_FALSE(has(text_of(result), "connecting"));
  CHECK(has(text_of(result, true), "\nLog\n  resolving\n  connecting\n"));
  CHECK_FALSE(has(json_of(result), "\"log\""));
  CHECK(has(json_of(result, true), "\"connecting\""));
}

TEST_CASE("probe report: JSON -> units in the names, absent what is absent") {
  ProbeResult result = failure(ProbeReason::kHealthFail);
  result.health = document(HealthStatus::kFail);
  result.tls = sound_tls();
  const std::string json = json_of(result);
  for (const char* part :
       {"\"reason\": \"health_fail\"", "\"next\": \"Begin with", "\"status_code\": 503",
        "\"resolve\": 0.01", "\"component\": \"database\"", "\"not_after_unix_seconds\"",
        "\"duration_seconds\": 0.1", "\"content_length_bytes\": 512.0"}) {
    INFO(part);
    CHECK(has(json, part));
  }
  CHECK(json.find("\"database\"") < json.find("\"cache\""));
  CHECK(json.ends_with("}\n"));
  ProbeResult other = sound_result();
  other.http->content_length = -1;
  const std::string sound = json_of(other);
  for (const char* part : {"\"reason\"", "\"tls\": {", "\"health\"", "content_length", "excerpt"}) {
    INFO(part);
    CHECK_FALSE(has(sound, part));
  }
}

TEST_CASE("printable: text, controls, bytes that are no UTF-8 -> what a terminal may get") {
  CHECK(printable("plain Grüße 世界 😀") == "plain Grüße 世界 😀");
  CHECK(printable("a\tb\nc\x7f") == "a\uFFFDb\uFFFDc\uFFFD");
  CHECK(printable("\xc2\x80\xc2\x9f\xc2\xa0") == "\uFFFD\uFFFD\u00A0");
  CHECK(printable("\u202E\u202A\u2066\u2069") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(printable("\u2029\u202F\u2065\u206A\u200F") == "\u2029\u202F\u2065\u206A\u200F");
  CHECK(printable("\xff\xe2\x82") == "\uFFFD\uFFFD\uFFFD");
  CHECK(printable("").empty());
}
