#include <string>

#include "catch.h"
#include "health_text.h"
#include "probe/health.h"

using namespace litewatch;

namespace {

constexpr std::string_view kBody = R"({
  "app": {"state/now": "RUNNING", "m~n": 2, "list": ["a", true]},
  "parts": {"queue": "STALLED", "db": {"status": "up"}, "disk": 7, "odd": "PURPLE"}
})";

HealthOptions pointing_at(std::string status, std::string components = "") {
  HealthOptions options;
  options.format = HealthFormat::kPointer;
  options.pointer.status = std::move(status);
  options.pointer.components = std::move(components);
  options.pointer.words = {{"running", HealthStatus::kPass},
                           {"stalled", HealthStatus::kWarn},
                           {"7", HealthStatus::kFail},
                           {"2", HealthStatus::kPass}};
  return options;
}

std::string read(const HealthOptions& options, std::string_view body = kBody) {
  return health_text(parse_health(body, "", options));
}

}  // namespace

TEST_CASE("health pointer: words of the configuration -> statuses, in any case") {
  CHECK(read(pointing_at("/app/state~1now")) == "format: pointer\nstatus: pass \"RUNNING\"\n");
  CHECK(read(pointing_at("/app/m~0n")) == "format: pointer\nstatus: pass \"2\"\n");
  CHECK(read(pointing_at("/app/list/1")) == "format: pointer\nstatus: pass \"true\"\n");
  CHECK(read(pointing_at("/parts/odd")) == "format: pointer\nstatus: unknown \"PURPLE\"\n");
  CHECK(read(pointing_at(""), "\"running\"") == "format: pointer\nstatus: pass \"running\"\n");
}

TEST_CASE("health pointer: components -> all that stands there, numbers and odd words too") {
  CHECK(read(pointing_at("/app/state~1now", "/parts")) ==
        "format: pointer\nstatus: pass \"RUNNING\"\ncomponents:\n  queue: warn \"STALLED\"\n"
        "  db: pass \"up\"\n  disk: fail \"7\"\n  odd: unknown \"PURPLE\"\n");
  CHECK(read(pointing_at("/app/state~1now", "/nothing")) ==
        "format: pointer\nstatus: pass \"RUNNING\"\n");
}

TEST_CASE("health pointer: the status is not there -> invalid, and says where it looked") {
  CHECK(read(pointing_at("/app/missing")) ==
        "format: pointer\nproblem: nothing stands at \"/app/missing\"\n");
  CHECK(read(pointing_at("/app/list/2")).find("nothing stands") != std::string::npos);
  CHECK(read(pointing_at("/app/list/01")).find("nothing stands") != std::string::npos);
  CHECK(read(pointing_at("/app/list/-1")).find("nothing stands") != std::string::npos);
  CHECK(read(pointing_at("app")).find("nothing stands") != std::string::npos);
  CHECK(read(pointing_at("/app")) ==
        "format: pointer\nproblem: what stands at \"/app\" is no text, number or bool\n");
}

TEST_CASE("health pointer: words of the configuration -> known to the other formats too") {
  HealthOptions options;
  options.pointer.words = {{"connected", HealthStatus::kPass}, {"gone", HealthStatus::kFail}};
  const std::string text =
      read(options, R"({"status": "connected", "db": "connected", "cache": "gone"})");
  CHECK(text ==
        "format: flat\nstatus: fail \"connected\"\ncomponents:\n  db: pass \"connected\"\n"
        "  cache: fail \"gone\"\n");
  CHECK(read(options, "gone") == "format: text\nstatus: fail \"gone\"\n");
}
