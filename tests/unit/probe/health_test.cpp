#include "probe/health.h"

#include <string>

#include "catch.h"
#include "health_text.h"

using namespace litewatch;

namespace {

constexpr std::string_view kJson = "application/json";

std::optional<HealthDocument> read(std::string_view body, HealthFormat format = HealthFormat::kAuto,
                                   std::string_view content_type = "") {
  HealthOptions options;
  options.format = format;
  return parse_health(body, content_type, options);
}

HealthStatus status_of(std::string_view body, HealthFormat format = HealthFormat::kAuto) {
  const auto document = read(body, format);
  INFO(body << "\n" << health_text(document));
  REQUIRE(document);
  REQUIRE(document->valid);
  return document->status;
}

}  // namespace

TEST_CASE("health: formats and statuses -> words and back") {
  for (int i = 0; i <= static_cast<int>(HealthFormat::kPointer); ++i) {
    const auto format = static_cast<HealthFormat>(i);
    CHECK(parse_health_format(to_string(format)) == format);
  }
  CHECK(to_string(HealthFormat::kAspNet) == "aspnet");
  CHECK(to_string(HealthFormat::kMicroProfile) == "microprofile");
  CHECK_FALSE(parse_health_format("Draft"));
  CHECK_FALSE(parse_health_format(""));
  CHECK(to_string(HealthStatus::kPass) == "pass");
  CHECK(to_string(HealthStatus::kUnknown) == "unknown");
}

TEST_CASE("health: format none -> the body is not looked at") {
  CHECK_FALSE(read(R"({"status": "pass"})", HealthFormat::kNone, kJson));
}

TEST_CASE("health: auto, body about something else -> no document") {
  CHECK_FALSE(read(""));
  CHECK_FALSE(read(" \r\n\t", HealthFormat::kAuto, kJson));
  CHECK_FALSE(read("<html><body>ok</body></html>", HealthFormat::kAuto, "text/html"));
  CHECK_FALSE(read("pong"));
  CHECK_FALSE(read("1"));
  CHECK_FALSE(read("false", HealthFormat::kAuto, kJson));
  CHECK_FALSE(read(R"({"status": "success", "data": []})", HealthFormat::kAuto, kJson));
  CHECK_FALSE(read(R"({"enabled": false, "color": "red"})", HealthFormat::kAuto, kJson));
  CHECK_FALSE(read(R"({"checks": {"size": {"count": 3}}})", HealthFormat::kAuto, kJson));
  CHECK_FALSE(read(R"({"name": "x", "state": "error"})", HealthFormat::kAuto, kJson));
}

TEST_CASE("health: auto, body that is not JSON -> invalid only where the media type says JSON") {
  constexpr std::string_view kCut = R"({"status": "pass", )";
  for (const std::string_view type :
       {"application/json", "Application/Health+JSON; charset=utf-8", " text/json ;a=b"}) {
    const auto document = read(kCut, HealthFormat::kAuto, type);
    INFO(type);
    REQUIRE(document);
    CHECK_FALSE(document->valid);
    CHECK(document->status == HealthStatus::kUnknown);
    CHECK(document->problem == "the JSON breaks off after byte 18");
  }
  CHECK_FALSE(read(kCut, HealthFormat::kAuto, "text/plain"));
  CHECK_FALSE(read(kCut, HealthFormat::kAuto, "json"));
  CHECK_FALSE(read(kCut));
}

TEST_CASE("health: auto, a body of 256 KiB may be cut off -> no document") {
  std::string body = R"({"status": "pass", "notes": ")" + std::string(262144, 'x');
  CHECK_FALSE(read(body.substr(0, 262144), HealthFormat::kAuto, kJson));
  const auto document = read(body.substr(0, 262144), HealthFormat::kDraft, kJson);
  REQUIRE(document);
  CHECK(document->problem == "the JSON breaks off after byte 262144");
  CHECK(read(body, HealthFormat::kDraft)->problem == "the document is over 256 KiB");
}

TEST_CASE("health: another format than asked for -> invalid, and says what is missing") {
  const auto problem = [](std::string_view body, HealthFormat format) {
    const auto document = read(body, format);
    REQUIRE(document);
    CHECK_FALSE(document->valid);
    CHECK(document->format == format);
    return document->problem;
  };
  CHECK(problem("", HealthFormat::kDraft) == "the answer is empty");
  CHECK(problem("OK", HealthFormat::kDraft) == "not JSON at byte 1");
  CHECK(problem("[]", HealthFormat::kDraft) == "no status and no checks in the document");
  CHECK(problem("{}", HealthFormat::kSpring) == "no status and no components in the document");
  CHECK(problem("{}", HealthFormat::kAspNet) == "no status and no entries in the document");
  CHECK(problem("{}", HealthFormat::kTerminus) == "no status and no details in the document");
  CHECK(problem("{}", HealthFormat::kPocketBase) == "no code in the document");
  CHECK(problem("{}", HealthFormat::kGrafana) == "no database in the document");
  CHECK(problem("{}", HealthFormat::kFlat) == "no status in the document");
  CHECK(problem("\"ok\"", HealthFormat::kVaultwarden) == "no timestamp in the document");
  CHECK(problem("ok", HealthFormat::kKubernetes) == "no line begins with [+] or [-]");
  CHECK(problem("a\nb", HealthFormat::kText) == "the text is more than one word");
  CHECK(problem("<html></html>", HealthFormat::kRails) ==
        "the page has neither a green nor a red background");
}

TEST_CASE("health: the whole says pass, a part fails -> fail where the whole is its parts") {
  CHECK(status_of(R"({"status": "pass", "checks": {"a": {"status": "fail"}}})") ==
        HealthStatus::kFail);
  CHECK(status_of(R"({"status": "UP", "components": {"a": {"status": "DOWN"}}})") ==
        HealthStatus::kFail);
  CHECK(status_of(R"({"status": "Healthy", "entries": {"a": {"status": "Unhealthy"}}})") ==
        HealthStatus::kFail);
  CHECK(status_of(R"({"status": "ok", "info": {}, "details": {"a": {"status": "down"}}})") ==
        HealthStatus::kFail);
  CHECK(status_of(R"({"status": "UP", "checks": [{"name": "a", "status": "DOWN"}]})") ==
        HealthStatus::kFail);
  CHECK(status_of(R"({"status": "ok", "db": "down"})") == HealthStatus::kFail);
  CHECK(status_of("[-]a failed\nlivez check passed\n", HealthFormat::kKubernetes) ==
        HealthStatus::kPass);
}

TEST_CASE("health: the whole says anything but pass -> that is its status") {
  CHECK(status_of(R"({"status": "warn", "checks": {"a": {"status": "fail"}}})") ==
        HealthStatus::kWarn);
  CHECK(status_of(R"({"status": "fail", "checks": {"a": {"status": "pass"}}})") ==
        HealthStatus::kFail);
  CHECK(status_of(R"({"status": "pass", "checks": {"a": {"status": "warn"}}})") ==
        HealthStatus::kPass);
}

TEST_CASE("health: the whole says nothing -> its worst part; unknown hides nothing") {
  CHECK(status_of(R"({"checks": {"a": {"status": "pass"}, "b": {"status": "warn"}}})") ==
        HealthStatus::kWarn);
  CHECK(status_of(R"({"checks": {"a": {"status": "odd"}, "b": {"status": "pass"}}})") ==
        HealthStatus::kPass);
  CHECK(status_of(R"({"checks": {"a": {"status": "odd"}}})", HealthFormat::kDraft) ==
        HealthStatus::kUnknown);
  CHECK(status_of(R"({"status": "odd", "checks": {"a": {"status": "pass"}}})") ==
        HealthStatus::kUnknown);
  CHECK(status_of(R"({"status": "odd", "checks": {"a": {"status": "down"}}})") ==
        HealthStatus::kFail);
}

TEST_CASE("health: statuses that are no words -> bools, 1 and 0, HTTP status codes") {
  CHECK(status_of(R"({"status": true})") == HealthStatus::kPass);
  CHECK(status_of(R"({"healthy": false})") == HealthStatus::kFail);
  CHECK(status_of(R"({"status": 1})", HealthFormat::kFlat) == HealthStatus::kPass);
  CHECK(status_of(R"({"status": 0})", HealthFormat::kFlat) == HealthStatus::kFail);
  CHECK(status_of(R"({"status": 200})") == HealthStatus::kPass);
  CHECK(status_of(R"({"status": 503})") == HealthStatus::kFail);
  CHECK(status_of(R"({"status": 42})", HealthFormat::kFlat) == HealthStatus::kUnknown);
  CHECK(read(R"({"status": 200})")->word == "200");
  CHECK(read(R"({"status": true})")->word == "true");
  // To many an API 0 is success: only where a document is asked for.
  CHECK_FALSE(read(R"({"status": 0})"));
}

TEST_CASE("health: PocketBase with a backup running -> pass, and a number that says so") {
  const auto document = read(R"({"code": 200, "message": "m", "data": {"canBackup": false}})");
  REQUIRE(document);
  CHECK(document->format == HealthFormat::kPocketBase);
  CHECK(document->status == HealthStatus::kPass);
  REQUIRE(document->components.size() == 1);
  CHECK(document->components[0].name == "backup");
  CHECK(document->components[0].status == HealthStatus::kPass);
  REQUIRE(document->components[0].observations.size() == 1);
  CHECK(document->components[0].observations[0].measurement == "running");
  CHECK(document->components[0].observations[0].value == 1);
}

TEST_CASE("health: mismatch -> fail within success, or pass within an error") {
  HealthDocument document;
  document.valid = true;
  document.status = HealthStatus::kFail;
  CHECK(health_mismatch(document, 200));
  CHECK(health_mismatch(document, 302));
  CHECK_FALSE(health_mismatch(document, 503));
  CHECK_FALSE(health_mismatch(document, 0));
  document.status = HealthStatus::kPass;
  CHECK_FALSE(health_mismatch(document, 204));
  CHECK(health_mismatch(document, 424));
  CHECK(health_mismatch(document, 503));
  CHECK_FALSE(health_mismatch(document, 0));
  document.status = HealthStatus::kWarn;
  CHECK_FALSE(health_mismatch(document, 200));
  CHECK_FALSE(health_mismatch(document, 503));
  document.status = HealthStatus::kUnknown;
  CHECK_FALSE(health_mismatch(document, 503));
  document.status = HealthStatus::kFail;
  document.valid = false;
  CHECK_FALSE(health_mismatch(document, 200));
}
