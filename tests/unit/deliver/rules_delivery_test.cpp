#include <string>

#include "catch.h"
#include "config/yaml_tree.h"
#include "deliver/deliver.h"

namespace litewatch {
namespace {

constexpr const char* kAlerts = R"(groups:
  - name: litewatch-availability
    rules:
      # When nothing answers.
      - alert: AppDown
        expr: max by (app) (probe_success) == 0
        for: 2m
        labels: {severity: critical, component: probe}
        annotations:
          summary: The app is down.
          description: "{{ $labels.app }} is down: see /d/litewatch-app."
          runbook_url: /rules/runbooks/AppDown.md
          dashboard_url: /d/litewatch-app?var-app={{ $labels.app }}
      - alert: AppSlow
        expr: |
          max by (app) (probe_duration_seconds) > 1
        labels: {severity: warning, component: probe}
        annotations:
          runbook_url: https://wiki.example.org/AppSlow
          dashboard_url: '/d/litewatch-app?var-app={{ $labels.app }}'
)";

constexpr const char* kRecording =
    "---\ngroups:\n  - name: litewatch-probe\n    rules:\n      - record: app:up:min\n"
    "        expr: min by (app) (probe_success)\n";

RuleSet rules() {
  RuleSet set;
  set.alerts.push_back(*parse_rule_file(kAlerts, "rules/alerts/availability.yml"));
  set.recording.push_back(*parse_rule_file(kRecording, "rules/recording/probe.yml"));
  return set;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST_CASE("plain rules: no URLs are set -> the files as they are, under their names") {
  const Delivery delivery = plain_rules(rules(), {});
  REQUIRE(delivery.size() == 2);
  CHECK(delivery.at("rules/alerts/availability.yml") == kAlerts);
  CHECK(delivery.at("rules/recording/probe.yml") == kRecording);
}

TEST_CASE("plain rules: URLs are set -> relative links become absolute, others and all else stay") {
  DeliveryOptions options;
  options.grafana_url = "https://grafana.example.org/";
  options.runbooks_url = "https://git.example.org/runbooks/";
  std::string expected = replaced(kAlerts, "_url: /d/", "_url: https://grafana.example.org/d/");
  expected = replaced(expected, "'/d/", "'https://grafana.example.org/d/");
  expected = replaced(expected, "/rules/runbooks/", "https://git.example.org/runbooks/");
  CHECK(plain_rules(rules(), options).at("rules/alerts/availability.yml") == expected);
}

TEST_CASE("PrometheusRule: a rule file -> one manifest with labels, whose spec is the file") {
  DeliveryOptions options;
  options.labels = {{"release", "prometheus"}, {"sharded", "true"}};
  const Delivery delivery = prometheus_rules(rules(), options);
  REQUIRE(delivery.size() == 2);
  const std::string& text = delivery.at("prometheus-rules/litewatch-alerts-availability.yaml");
  CHECK(
      text.starts_with("apiVersion: monitoring.coreos.com/v1\n"
                       "kind: PrometheusRule\n"
                       "metadata:\n"
                       "  name: litewatch-alerts-availability\n"
                       "  labels:\n"
                       "    release: \"prometheus\"\n"
                       "    sharded: \"true\"\n"
                       "spec:\n"
                       "  groups:\n"));
  const auto manifest = parse_yaml(text, "manifest");
  REQUIRE(manifest);
  const YamlNode& spec = manifest->children.back();
  CHECK(spec.key == "spec");
  const YamlNode& rule = spec.children[0].children[0].children[1].children[1];
  CHECK(rule.children[1].text == "max by (app) (probe_duration_seconds) > 1\n");
}

TEST_CASE("PrometheusRule: a file with a document's marker -> still one document") {
  const Delivery delivery = prometheus_rules(rules(), {});
  const std::string& text = delivery.at("prometheus-rules/litewatch-recording-probe.yaml");
  CHECK(text.find("---") == std::string::npos);
  CHECK(parse_yaml(text, "manifest"));
}

}  // namespace
}  // namespace litewatch
