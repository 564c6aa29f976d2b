#include "collect/probe_page.h"

#include <string>

#include "catch.h"
#include "probe_scene.h"

namespace litewatch {
namespace {

std::string body(const Page& page) { return std::string(page.body(Format::kText)); }

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TargetView named(const std::string& name, const std::string& shown_url) {
  TargetView view = unprobed();
  auto target = std::make_shared<ProbeTarget>(*view.target);
  target->name = name;
  target->app = "shop";
  view.target = target;
  view.shown_url = shown_url;
  return view;
}

}  // namespace

TEST_CASE("probe page: one result after another -> only its own series, no labels of the target") {
  ProbePages pages;
  const auto secure = pages.page(tls_success());
  const auto failed = pages.page(refused());
  CHECK(holds(body(*secure), "\nprobe_success 1\n"));
  CHECK(holds(body(*secure), "probe_ssl_earliest_cert_expiry"));
  CHECK(holds(body(*failed), "\nprobe_success 0\n"));
  CHECK_FALSE(holds(body(*failed), "probe_ssl"));
  CHECK_FALSE(holds(body(*failed), "target="));
  CHECK_FALSE(holds(body(*failed), "probe_attempts_total"));
  CHECK(holds(body(*secure), "\nprobe_success 1\n"));  // pages stay as they were
}

TEST_CASE("probe page: the largest health document -> fits the budget") {
  ProbeResult result = plain_success();
  result.health = health_document(HealthStatus::kPass);
  HealthComponent component = result.health->components[0];
  component.observations.resize(16);
  for (std::size_t i = 0; i < 16; ++i) component.observations[i].measurement = std::to_string(i);
  result.health->components.clear();
  for (int i = 0; i < 256; ++i) {
    component.name = "c" + std::to_string(i);
    result.health->components.push_back(component);
  }
  ProbePages pages;
  const std::string text = body(*pages.page(result));
  CHECK(holds(text, "component=\"c255\",node=\"0\",measurement=\"15\""));
  CHECK(holds(text, "\nprobe_success 1\n"));
}

TEST_CASE("probe debug: log, verdict, document, metrics and module -> each under its title") {
  ProbePages pages;
  ProbeResult result = tls_success();
  result.success = false;
  result.reason = ProbeReason::kHealthFail;
  result.detail = "database fails";
  result.module = "http_2xx";
  result.final_url = "https://shop.example/healthz";
  result.log = {"resolved shop.example", "connected to 192.0.2.1"};
  result.excerpt = "{\"status\":\"fail\"}\x1b[2J";
  result.health = health_document(HealthStatus::kFail);
  const std::string text = probe_debug_text(result, *pages.page(result), "http_2xx:\n  x: y\n");
  CHECK(text.starts_with("Log of the probe:\nresolved shop.example\nconnected to 192.0.2.1\n"));
  CHECK(holds(text, "\nVerdict:\nfailure\nreason: health_fail\ndetail: database fails\n"));
  CHECK(holds(text, "\nHealth document:\nformat: draft\nstatus: fail\n"));
  CHECK(holds(text, "\ndatabase [0]: fail, disk is full\n"));
  CHECK(holds(text, "\nBeginning of the answer:\n{\"status\":\"fail\"}?[2J\n"));
  CHECK(holds(text, "\nMetrics that would have been returned:\n# HELP probe_dns"));
  CHECK(text.ends_with("\nModule configuration:\nhttp_2xx:\n  x: y\n"));
}

TEST_CASE("sd: targets -> groups that make a scrape job probe them through us") {
  CHECK(sd_targets_json({}, "127.0.0.1:9871", "http") == "[]\n");
  CHECK(sd_targets_json({named("shop", "http://127.0.0.1:3000/")}, "127.0.0.1:9871", "http") ==
        R"([{"targets":["127.0.0.1:9871"],"labels":{"__metrics_path__":"/probe",)"
        R"("__param_module":"http_2xx","__param_target":"shop","app":"shop",)"
        R"("instance":"http://127.0.0.1:3000/"}}])"
        "\n");
  const std::string two = sd_targets_json({named("a", "x"), named("b", "y")}, "h:1", "https");
  CHECK(holds(two, R"("__param_target":"a","__scheme__":"https","app")"));
  CHECK(holds(two, "}},\n{"));
}

TEST_CASE("sd: any bytes in names, URLs and the Host field -> valid UTF-8, valid JSON strings") {
  const std::string json = sd_targets_json(
      {named("q\"b\\c\n\x01\xff\xc3\xa9", "http://x/\xed\xa0\x80")}, "h\"1", "http");
  CHECK(holds(json, R"("__param_target":"q\"b\\c\u000a\u0001)"
                    "\xEF\xBF\xBD\xc3\xa9\""));
  CHECK(holds(json, R"("targets":["h\"1"])"));
  CHECK_FALSE(holds(json, "\xff"));
  CHECK_FALSE(holds(json, "\xed\xa0"));
}

}  // namespace litewatch
