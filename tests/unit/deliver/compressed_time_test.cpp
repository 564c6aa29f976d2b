#include "deliver/compressed_time.h"

#include <string>

#include "catch.h"
#include "rules/rule_file.h"

namespace litewatch {
namespace {

constexpr CompressedTime kTime{.speed = 100, .least_range_s = 3, .most_for_s = 6};

std::string compressed(const std::string& text, const CompressedTime& time = kTime) {
  const auto result = with_compressed_time(text, "rules.yml", time);
  INFO((result ? "" : result.error().what));
  REQUIRE(result);
  return *result;
}

/// The expression of a rule file of one rule, after its time is compressed.
std::string query(const std::string& expr) {
  const std::string text =
      compressed("groups:\n- name: g\n  rules:\n  - {record: a:b:c, expr: '" + expr + "'}\n");
  return parse_rule_file(text, "")->groups[0].rules[0].expr;
}

TEST_CASE("compressed time: a rule file -> durations are divided, all else stays") {
  CHECK(compressed(R"(# Comments stay: [5m].
groups:
  - name: g
    interval: 5m
    rules:
      - alert: A  # for: 5m
        expr: |
          # every [5m]
          rate(probe_attempts_total{app="[5m]"}[10m])
            > on (app) x offset 1h
        for: 2m
        keep_firing_for: 1h
        labels: {for: 5m}
        annotations:
          summary: For 5m.
)") == R"(# Comments stay: [5m].
groups:
  - name: g
    interval: 3s
    rules:
      - alert: A  # for: 5m
        expr: |
          # every [5m]
          rate(probe_attempts_total{app="[5m]"}[6s])
            > on (app) x offset 36s
        for: 1200ms
        keep_firing_for: 6s
        labels: {for: 5m}
        annotations:
          summary: For 5m.
)");
}

TEST_CASE("compressed time: ranges, steps and offsets -> only ranges have a least length") {
  CHECK(query("rate(a[10m])") == "rate(a[6s])");
  CHECK(query("rate(a[2m])") == "rate(a[3s])");
  CHECK(query("max_over_time(rate(a[2m])[1h:1m])") == "max_over_time(rate(a[3s])[36s:600ms])");
  CHECK(query("max_over_time(a[1h:])") == "max_over_time(a[36s:])");
  CHECK(query("a offset -30s") == "a offset -300ms");
  CHECK(query("a offset 30ms") == "a offset 1ms");
  CHECK(query("a[1w] @ 1700000000 offset 1h30m") == "a[6048s] @ 1700000000 offset 54s");
}

TEST_CASE("compressed time: ways to write a query in YAML -> each is changed in place") {
  const std::string head = "groups:\n- name: g\n  rules:\n  - record: a:b:c\n    expr: ";
  CHECK(compressed(head + "sum(\n      rate(a[10m])\n      )\n") ==
        head + "sum(\n      rate(a[6s])\n      )\n");
  CHECK(compressed(head + ">-\n      rate(a[10m])\n      + b\n") ==
        head + ">-\n      rate(a[6s])\n      + b\n");
  CHECK(compressed(head + "\"a{b=\\\"[5m]\\\"} + rate(a[10m])\"\n") ==
        head + "\"a{b=\\\"[5m]\\\"} + rate(a[6s])\"\n");
  CHECK(compressed(head + "'a{b=''x''} + rate(a[10m])'\n") ==
        head + "'a{b=''x''} + rate(a[6s])'\n");
  CHECK(compressed("{\"groups\": [{\"name\": \"g\", \"rules\": [{\"record\": \"a\", \"expr\": "
                   "\"a[10m]\"}, {\"record\": \"b\", \"expr\": \"b[20m]\"}]}]}") ==
        "{\"groups\": [{\"name\": \"g\", \"rules\": [{\"record\": \"a\", \"expr\": "
        "\"a[6s]\"}, {\"record\": \"b\", \"expr\": \"b[12s]\"}]}]}");
}

TEST_CASE("compressed time: a speed of 1 -> the same durations") {
  const std::string text =
      "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: a[5m] offset 1h\n    for: 15m\n";
  CHECK(compressed(text, {}) == text);
}

TEST_CASE("compressed time: what cannot be changed in place -> an error, never another rule") {
  const std::string head = "groups:\n- name: g\n  rules:\n  - record: a:b:c\n    expr: ";
  const auto error = [&](const std::string& text) {
    const auto result = with_compressed_time(head + text, "rules.yml", kTime);
    return result ? "" : result.error().what;
  };
  CHECK(error("rate(a[5m]\n").find("rules.yml:5: expr: ") == 0);
  CHECK(error("\"a\\x5B10m]\"\n").find("rules.yml") == 0);
  CHECK(error("&x a[10m]\n  - record: d:e:f\n    expr: *x\n").find("rules.yml") == 0);
  CHECK(error("a\n    fro: 5m\n").find("rules.yml:6: ") == 0);
}

}  // namespace
}  // namespace litewatch
