#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.h"
#include "health_text.h"
#include "probe/health.h"

// Documents that an app, or whoever speaks in its place, writes to do harm.

using namespace litewatch;

namespace {

HealthDocument read(std::string_view body, HealthFormat format, std::size_t max_components = 32) {
  HealthOptions options;
  options.format = format;
  options.max_components = max_components;
  const auto document = parse_health(body, "application/json", options);
  REQUIRE(document);
  REQUIRE(document->valid);
  return *document;
}

/// {"status": "UP", "components": {"c0": {"status": "UP"}, ...}}, the last one DOWN.
std::string spring_with(std::size_t count) {
  std::string body = R"({"status": "UP", "components": {)";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) body += ", ";
    body +=
        "\"c" + std::to_string(i) + "\": {\"status\": \"" + (i + 1 < count ? "UP" : "DOWN") + "\"}";
  }
  return body + "}}";
}

/// Of processor time, so that it holds on a busy machine.
double micros_per_parse(const std::string& body, int rounds) {
  const std::clock_t start = std::clock();
  for (int i = 0; i < rounds; ++i) {
    if (!parse_health(body, "application/json", HealthOptions{})) std::abort();
  }
  return static_cast<double>(std::clock() - start) * 1e6 / CLOCKS_PER_SEC / rounds;
}

std::string fixture(const std::string& name) {
  std::ifstream file(LITEWATCH_SOURCE_DIR "/tests/fixtures/health/" + name, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

TEST_CASE("health limits: more components than allowed -> the first stay, the whole is as bad") {
  const HealthDocument document = read(spring_with(40), HealthFormat::kSpring);
  CHECK(document.components.size() == 32);
  CHECK(document.components.back().name == "c31");
  CHECK(document.dropped == 8);
  CHECK(document.status == HealthStatus::kFail);
}

TEST_CASE("health limits: max_components -> 1 to 256, whatever is configured") {
  CHECK(read(spring_with(3), HealthFormat::kSpring, 1).components.size() == 1);
  CHECK(read(spring_with(3), HealthFormat::kSpring, 0).components.size() == 1);
  CHECK(read(spring_with(300), HealthFormat::kSpring, 100'000).components.size() == 256);
}

TEST_CASE("health limits: names that are the same once repaired -> the first stays") {
  const HealthDocument document =
      read(R"({"checks": {"a b": "pass", "a?b": "fail", "a b:x": {"status": "warn"}}})",
           HealthFormat::kDraft);
  REQUIRE(document.components.size() == 1);
  CHECK(document.components[0].name == "a_b");
  CHECK(document.components[0].status == HealthStatus::kWarn);
  CHECK(document.dropped == 1);
  CHECK(document.status == HealthStatus::kFail);
}

TEST_CASE("health limits: more than 16 observations of a component -> the first ones") {
  std::string body = R"({"status": "pass", "checks": {)";
  for (int i = 0; i < 20; ++i) {
    body += "\"a:m" + std::to_string(i) + "\": [{\"observedValue\": " + std::to_string(i) + "}],";
  }
  body += R"("a:m3": [{"observedValue": 99}], "b": "pass"}})";
  const HealthDocument document = read(body, HealthFormat::kDraft);
  REQUIRE(document.components.size() == 2);
  CHECK(document.components[0].observations.size() == 16);
  CHECK(document.components[0].observations[3].value == 3);
  CHECK(document.dropped == 5);
}

TEST_CASE("health limits: more than 16 nodes of a component -> the first ones") {
  std::string body = R"({"status": "pass", "checks": {"disk": [)";
  for (int i = 0; i < 20; ++i) {
    if (i > 0) body += ",";
    body += R"({"componentId": "d)" + std::to_string(i) + R"(", "status": "pass"})";
  }
  const HealthDocument document = read(body + "]}}", HealthFormat::kDraft);
  CHECK(document.components.size() == 16);
  CHECK(document.components[15].node == "d15");
  CHECK(document.dropped == 4);
}

TEST_CASE("health limits: observations that overflow in their base unit -> none") {
  const HealthDocument document = read(
      R"({"checks": {"a": [{"status": "pass", "observedValue": 1e308, "observedUnit": "TiB"}]}})",
      HealthFormat::kDraft);
  CHECK(document.components.at(0).observations.empty());
}

TEST_CASE("health limits: long texts -> cut, names 64, words 64, outputs 256") {
  const std::string x(5000, 'x');
  const HealthDocument document =
      read("{\"status\": \"" + x + "\", \"version\": \"" + x + "\", \"releaseId\": \"" + x +
               "\", \"checks\": {\"" + x + ":" + x + "\": {\"status\": \"" + x +
               "\", \"output\": \"" + x + "\", \"observedValue\": 1}}}",
           HealthFormat::kDraft);
  CHECK(document.word.size() == 64);
  CHECK(document.version.size() == 64);
  CHECK(document.release_id.size() == 64);
  REQUIRE(document.components.size() == 1);
  CHECK(document.components[0].name.size() == 64);
  CHECK(document.components[0].word.size() == 64);
  CHECK(document.components[0].output.size() == 256);
  CHECK(document.components[0].observations.at(0).measurement.size() == 64);
}

TEST_CASE("health limits: nested without end -> read, and counted") {
  std::string body = R"({"status": "UP", "components": {"a": )";
  for (int i = 0; i < 5000; ++i) body += R"({"status": "UP", "components": {"b": )";
  body += "1";
  for (int i = 0; i < 5000; ++i) body += "}}";
  const HealthDocument document = read(body + "}}", HealthFormat::kSpring);
  CHECK(document.components.size() == 3);
  CHECK(document.components.back().name == "a/b/b");
  CHECK(document.dropped == 2);  // the fourth level, and what is deeper than 32
}

TEST_CASE("health limits: any part of a document -> no crash, and a reason where it is invalid") {
  const std::string whole =
      "{\"status\": \"pass\", \"checks\": {\"a:b\": [{\"status\": \"fail\", \"observedValue\": "
      "-1.5e3, \"observedUnit\": \"\\u00b5s\", \"time\": \"2026-11-22T21:00:00Z\"}, null]}}";
  for (int i = 0; i <= static_cast<int>(HealthFormat::kPointer); ++i) {
    HealthOptions options;
    options.format = static_cast<HealthFormat>(i);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto document = parse_health(whole.substr(0, size), "application/json", options);
      if (!document || document->valid) continue;
      INFO(to_string(options.format) << " " << size);
      REQUIRE_FALSE(document->problem.empty());
    }
  }
}

TEST_CASE("health bench: time to parse", "[.bench]") {
  const std::string typical = fixture("draft-example.json");
  std::string components = R"({"status": "UP", "components": {)";
  while (components.size() < (255 << 10)) {
    components += "\"" + std::to_string(components.size()) + "\":{\"status\":\"UP\"},";
  }
  components += "\"z\":{}}}";
  std::string values = R"({"status": "UP", "checks": [)";
  while (values.size() < (255 << 10)) values += "[],";
  values += "[]]}";
  const std::string nested =
      R"({"status":"UP","checks":)" + std::string(130'000, '[') + std::string(130'000, ']') + "}";
  std::string bad = R"({"status": "UP", "checks": {"a": ")";
  while (bad.size() < (255 << 10)) bad += "\xff";
  bad += "\"}}";
  std::printf("%zu bytes, the draft's example: %.1f us\n", typical.size(),
              micros_per_parse(typical, 2000));
  std::printf("%zu bytes of components: %.0f us\n", components.size(),
              micros_per_parse(components, 20));
  std::printf("%zu bytes of empty arrays: %.0f us\n", values.size(), micros_per_parse(values, 20));
  std::printf("%zu bytes of nesting: %.0f us\n", nested.size(), micros_per_parse(nested, 20));
  std::printf("%zu bytes not UTF-8: %.0f us\n", bad.size(), micros_per_parse(bad, 20));
}
