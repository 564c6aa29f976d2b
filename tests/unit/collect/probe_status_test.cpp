#include <cmath>
#include <string>

#include "catch.h"
#include "probe/advice.h"
#include "probe_scene.h"

namespace litewatch {
namespace {

StatusRow row_of_result(const ProbeResult& result) { return row_of(view_of(result)); }

double cell(const StatusRow& row, std::string_view title) {
  for (std::size_t i = 0; i < row.cell_count; ++i) {
    if (row.cells[i].title == title) return row.cells[i].value;
  }
  FAIL("there is no cell " << title);
  return 0;
}

ProbeResult reporting(HealthStatus status) {
  ProbeResult result = plain_success();
  result.health = health_document(status);
  return result;
}

}  // namespace

TEST_CASE("probe status: healthy -> nothing to say; phases, certificate and uptime in the cells") {
  TargetView view = view_of(tls_success());
  view.marks[1] = {ProbeReason::kHttpStatus, HealthStatus::kUnknown, 0.1F};
  view.marks[2] = {ProbeReason::kNone, HealthStatus::kWarn, 0.1F};
  view.marks[3] = {ProbeReason::kNone, HealthStatus::kPass, 0.1F};
  view.mark_count = 4;
  const StatusRow row = row_of(view);
  CHECK(row.kind == "target");
  CHECK(row.app == "shop");
  CHECK(row.name == "shop-api");
  CHECK(row.detail == "https://shop.example/healthz");
  CHECK(row.health == Health::kOk);
  CHECK(row.state == "healthy");
  CHECK(row.why.empty());
  CHECK(row.next.empty());
  CHECK(cell(row, "uptime %") == 75);
  CHECK(cell(row, "took") == 0.25);
  CHECK(cell(row, "TLS") == 0.5);
  CHECK(cell(row, "connect") == 0.125);
  CHECK(cell(row, "certificate ends") == kNow_s + 90 * 86'400);
  CHECK(cell(row, "last probe") == kNow_s - 10);
  REQUIRE(row.mark_count == 4);
  CHECK(row.marks[0].health == Health::kOk);
  CHECK(row.marks[1].health == Health::kCritical);
  CHECK(row.marks[2].health == Health::kWarning);
  CHECK(row.marks[3].health == Health::kOk);
  CHECK(row.marks[0].value == 0.25F);
}

TEST_CASE("probe status: failing -> a warning until it is confirmed; why and what to do") {
  TargetView view = view_of(refused());
  StatusRow row = row_of(view);
  CHECK(row.health == Health::kWarning);
  CHECK(row.state == "connection refused");
  CHECK(row.why == "127.0.0.1:3000 refused the connection");
  CHECK(row.next == "Start the app, or correct host and port of the target.");
  CHECK(std::isnan(cell(row, "certificate ends")));
  CHECK(std::isnan(cell(row, "TLS")));
  view.confirmed_success = false;
  CHECK(row_of(view).health == Health::kCritical);
}

TEST_CASE("probe status: every reason -> words and advice") {
  for (std::size_t i = 1; i < kProbeReasonCount; ++i) {
    ProbeResult result = refused();
    result.reason = static_cast<ProbeReason>(i);
    const StatusRow row = row_of_result(result);
    CAPTURE(to_string(result.reason));
    CHECK_FALSE(row.state.empty());
    CHECK(row.state.size() < 40);
    CHECK(row.next.ends_with('.'));
  }
  CHECK(advice(ProbeReason::kNone).state.empty());
  ProbeResult result = refused();
  result.reason = ProbeReason::kHttpStatus;
  result.http->status_code = 503;
  CHECK(row_of_result(result).state == "answers 503");
}

TEST_CASE("probe status: a health document that fails -> names the components and what they say") {
  ProbeResult result = reporting(HealthStatus::kFail);
  result.success = false;
  result.reason = ProbeReason::kHealthFail;
  result.detail = "the document says fail";
  CHECK(row_of_result(result).state == "database fails");
  CHECK(row_of_result(result).why == "database: disk is full");
  auto& components = result.health->components;
  components.push_back(components[0]);
  components[2].name = "queue";
  components[2].output.clear();
  CHECK(row_of_result(result).state == "database and queue fail");
  for (const char* name : {"mail", "search"}) {
    components.push_back(components[2]);
    components.back().name = name;
  }
  CHECK(row_of_result(result).state == "database, queue and 2 more fail");
  components.pop_back();
  CHECK(row_of_result(result).state == "database, queue and mail fail");
  components.clear();
  CHECK(row_of_result(result).state == "reports failure");
  CHECK(row_of_result(result).why == "the document says fail");
}

TEST_CASE("probe status: a success with a flaw -> the worst flaw is named") {
  CHECK(row_of_result(reporting(HealthStatus::kPass)).health == Health::kOk);
  StatusRow row = row_of_result(reporting(HealthStatus::kWarn));
  CHECK(row.health == Health::kWarning);
  CHECK(row.state == "database warns");
  CHECK(row.why == "database: disk is full");

  ProbeResult result = reporting(HealthStatus::kFail);  // fail_on: never
  CHECK(row_of_result(result).state == "database fails");
  CHECK(row_of_result(result).health == Health::kWarning);
  result.health_mismatch = true;
  CHECK(row_of_result(result).state == "document and HTTP status disagree");

  result = tls_success();
  result.tls->earliest_expiry_unix_s = kNow_s + 20 * 86'400;
  CHECK(row_of_result(result).state == "certificate expires soon");
  CHECK(row_of_result(result).health == Health::kNotice);
  result.tls->earliest_expiry_unix_s = kNow_s + 2 * 86'400;
  CHECK(row_of_result(result).health == Health::kWarning);
  result.tls->earliest_expiry_unix_s = kNow_s - 1;
  CHECK(row_of_result(result).state == "certificate expired");

  result = plain_success();
  result.duration_s = 0.75;
  CHECK(row_of_result(result).state == "slower than its objective");
}

TEST_CASE("probe status: no result, or an old one -> unknown, and why") {
  TargetView view = unprobed();
  StatusRow row = row_of(view);
  CHECK(row.health == Health::kUnknown);
  CHECK(row.state == "not probed yet");
  CHECK(std::isnan(cell(row, "uptime %")));
  auto on_demand = std::make_shared<ProbeTarget>(*view.target);
  on_demand->interval_s = 0;
  view.target = on_demand;
  CHECK(row_of(view).state == "probed on demand only");

  view = view_of(plain_success());
  view.last_run_unix_s = kNow_s - 60;
  CHECK(row_of(view).health == Health::kUnknown);
  CHECK(row_of(view).state == "not probed lately");
  view.target = on_demand;
  CHECK(row_of(view).state == "healthy");
}

}  // namespace litewatch
