#include "collect/probe_metrics.h"

#include <map>
#include <set>
#include <string>

#include "catalogue/catalogue.h"
#include "catch.h"
#include "probe_scene.h"

namespace litewatch {
namespace {

using Lines = std::set<std::string>;

bool has_family(const Lines& lines, const std::string& family) {
  return !starting_with(lines, family + " ").empty() || !starting_with(lines, family + "{").empty();
}

/// Adds the families of a page, and of each the names of the labels that its series had.
void look(const Lines& lines, std::map<std::string, std::set<std::string>>& seen) {
  for (const std::string& line : lines) {
    auto& labels = seen[line.substr(0, line.find_first_of("{ "))];
    std::size_t at = line.find('{');
    while (at != std::string::npos && line[at] != '}') {
      const std::size_t equals = line.find("=\"", at);
      labels.insert(line.substr(at + 1, equals - at - 1));
      at = equals + 1;
      do at = line.find('"', at + 1);
      while (line[at - 1] == '\\');
      ++at;
    }
  }
}

}  // namespace

TEST_CASE("probe metrics: a plain success -> what blackbox_exporter shows, and ours") {
  CHECK(lines_of(plain_success()) ==
        Lines{"probe_dns_lookup_time_seconds 0.0625",
              "probe_duration_seconds 0.25",
              "probe_failed_due_to_regex 0",
              "probe_http_body_truncated 0",
              "probe_http_content_length -1",
              "probe_http_duration_seconds{phase=\"connect\"} 0.125",
              "probe_http_duration_seconds{phase=\"processing\"} 0.03125",
              "probe_http_duration_seconds{phase=\"resolve\"} 0.0625",
              "probe_http_duration_seconds{phase=\"tls\"} 0",
              "probe_http_duration_seconds{phase=\"transfer\"} 0.015625",
              "probe_http_new_connections 1",
              "probe_http_redirects 0",
              "probe_http_ssl 0",
              "probe_http_status_code 200",
              "probe_http_uncompressed_body_length 12",
              "probe_http_version 1.1",
              "probe_ip_addr_hash 4000000000",
              "probe_ip_protocol 4",
              "probe_queue_seconds 0",
              "probe_success 1",
              "probe_timeout_seconds 10"});
}

TEST_CASE("probe metrics: a refused connection -> the same families at 0, and the reason") {
  const Lines lines = lines_of(refused());
  CHECK(lines.contains("probe_success 0"));
  CHECK(lines.contains("probe_failure_reason{reason=\"connect_refused\"} 1"));
  CHECK(lines.contains("probe_http_status_code 0"));
  CHECK(lines.contains("probe_http_version 0"));
  CHECK(lines.contains("probe_http_duration_seconds{phase=\"processing\"} 0"));
  CHECK_FALSE(has_family(lines, "probe_http_last_modified_timestamp_seconds"));
  CHECK_FALSE(has_family(lines, "probe_failed_due_to_cel"));
  CHECK(starting_with(lines, "probe_ssl").empty());
  CHECK(starting_with(lines, "probe_tls").empty());
  CHECK(starting_with(lines, "probe_health").empty());
}

TEST_CASE("probe metrics: TLS -> certificate families; without a verified chain no expiry of it") {
  ProbeResult result = tls_success();
  Lines lines = lines_of(result);
  CHECK(lines.contains("probe_http_ssl 1"));
  CHECK(lines.contains("probe_ssl_earliest_cert_expiry 1807776000"));
  CHECK(lines.contains("probe_ssl_last_chain_expiry_timestamp_seconds 1808208000"));
  CHECK(lines.contains("probe_tls_version_info{version=\"TLS 1.3\"} 1"));
  CHECK(lines.contains("probe_tls_cipher_info{cipher=\"TLS_AES_128_GCM_SHA256\"} 1"));
  CHECK(
      lines.contains("probe_ssl_last_chain_info{fingerprint_sha256=\"00ff\","
                     "subject=\"CN=shop.example\",issuer=\"CN=A \\\"quoted\\\" authority\","
                     "subjectalternative=\"shop.example,www.shop.example\","
                     "serialnumber=\"1a2b\"} 1"));
  CHECK(lines.contains("probe_ssl_verify_ok 1"));
  CHECK(lines.contains("probe_ssl_verify_result 0"));

  // The handshake was ended by an expired certificate: all of it stays but what there is not.
  result.success = false;
  result.reason = ProbeReason::kTlsExpired;
  result.tls->verified = false;
  result.tls->verify_result = 10;
  result.tls->last_chain_expiry_unix_s.reset();
  result.tls->version.clear();
  result.tls->cipher.clear();
  lines = lines_of(result);
  CHECK(lines.contains("probe_ssl_earliest_cert_expiry 1807776000"));
  CHECK(lines.contains("probe_ssl_verify_ok 0"));
  CHECK(lines.contains("probe_ssl_verify_result 10"));
  CHECK_FALSE(has_family(lines, "probe_ssl_last_chain_expiry_timestamp_seconds"));
  CHECK(has_family(lines, "probe_ssl_last_chain_info"));
  CHECK(starting_with(lines, "probe_tls").empty());
}

TEST_CASE("probe metrics: TCP -> no HTTP families, but the verdict on what was expected") {
  ProbeResult result;
  result.prober = ProberKind::kTcp;
  result.reason = ProbeReason::kExpectMismatch;
  result.failed_due_to_expect = true;
  const Lines lines = lines_of(result);
  CHECK(lines.contains("probe_failed_due_to_regex 1"));
  CHECK(starting_with(lines, "probe_http").empty());
  CHECK(has_family(lines, "probe_dns_lookup_time_seconds"));
}

TEST_CASE("probe metrics: optional HTTP values -> only where there are any") {
  ProbeResult result = plain_success();
  result.http->last_modified_unix_s = 1234;
  result.http->failed_due_to_cel = true;
  result.http->failed_due_to_regex = true;
  const Lines lines = lines_of(result);
  CHECK(lines.contains("probe_http_last_modified_timestamp_seconds 1234"));
  CHECK(lines.contains("probe_failed_due_to_cel 1"));
  CHECK(lines.contains("probe_failed_due_to_regex 1"));
}

TEST_CASE("probe metrics: a health document -> one state of four, observations in base units") {
  ProbeResult result = plain_success();
  result.health = health_document(HealthStatus::kWarn);
  result.health_mismatch = true;
  const Lines lines = lines_of(result);
  CHECK(starting_with(lines, "probe_health_status") ==
        Lines{"probe_health_status{status=\"fail\"} 0", "probe_health_status{status=\"pass\"} 0",
              "probe_health_status{status=\"unknown\"} 0",
              "probe_health_status{status=\"warn\"} 1"});
  const std::string database = "{component=\"database\",node=\"0\"";
  CHECK(lines.contains("probe_health_component_status" + database + ",status=\"warn\"} 1"));
  CHECK(lines.contains("probe_health_component_status" + database + ",status=\"pass\"} 0"));
  CHECK(lines.contains("probe_health_component_status{component=\"cache\",status=\"pass\"} 1"));
  CHECK(lines.contains("probe_health_component_observed_seconds" + database +
                       ",measurement=\"responseTime\"} 0.25"));
  CHECK(lines.contains("probe_health_component_observed_bytes" + database +
                       ",measurement=\"size\"} 4096"));
  CHECK(lines.contains("probe_health_component_observed_ratio" + database +
                       ",measurement=\"utilization\"} 0.5"));
  CHECK(lines.contains("probe_health_component_observed_value" + database +
                       ",measurement=\"connections\"} 7"));
  CHECK(lines.contains("probe_health_component_check_age_seconds" + database + "} 30"));
  CHECK(lines.contains("probe_health_check_duration_seconds 0.125"));
  CHECK(lines.contains("probe_health_components 2"));
  CHECK(lines.contains("probe_health_document_valid 1"));
  CHECK(lines.contains("probe_health_mismatch 1"));
  CHECK(lines.contains("probe_health_info{version=\"1.2\",format=\"draft\"} 1"));

  result.health->valid = false;
  CHECK(starting_with(lines_of(result), "probe_health") == Lines{"probe_health_document_valid 0"});
}

TEST_CASE("probe metrics: free text of a document -> never a label") {
  ProbeResult result = plain_success();
  result.health = health_document(HealthStatus::kFail);
  result.health->word = "SECRETWORD";
  result.health->components[0].word = "SECRETWORD";
  result.health->components[0].output = "SECRETWORD";
  result.detail = result.excerpt = result.final_url = result.address = "SECRETWORD";
  for (const auto& line : lines_of(view_of(result))) {
    CHECK(line.find("SECRETWORD") == std::string::npos);
  }
}

TEST_CASE("probe history: before the first probe -> counters at 0, no results, no timestamps") {
  const Lines lines = lines_of(unprobed());
  const std::string labels = "{app=\"shop\",target=\"shop-api\",module=\"http_2xx\"";
  CHECK(lines.contains("probe_attempts_total" + labels + "} 0"));
  CHECK(lines.contains("probe_failures_total" + labels + ",reason=\"connect_refused\"} 0"));
  CHECK(starting_with(lines, "probe_failures_total").size() == 2);
  CHECK(lines.contains("probe_all_duration_seconds_count" + labels + "} 0"));
  CHECK(lines.contains("probe_interval_seconds" + labels + "} 15"));
  CHECK(lines.contains("probe_next_run_timestamp_seconds" + labels + "} 1800000005"));
  CHECK(lines.contains("probe_latency_objective_seconds" + labels + "} 0.5"));
  CHECK(lines.contains("probe_availability_objective_ratio" + labels + "} 0.999"));
  CHECK_FALSE(has_family(lines, "probe_success"));
  CHECK_FALSE(has_family(lines, "probe_confirmed_success"));
  CHECK_FALSE(has_family(lines, "probe_last_run_timestamp_seconds"));
}

TEST_CASE("probe history: the last probe spoke TLS -> the certificate's objective is there") {
  const std::string line =
      "probe_certificate_objective_seconds{app=\"shop\",target=\"shop-api\",module=\"http_2xx\"} "
      "1814400";
  CHECK(lines_of(view_of(tls_success())).contains(line));
  CHECK_FALSE(has_family(lines_of(view_of(refused())), "probe_certificate_objective_seconds"));
}

TEST_CASE("probe history: a reason that was not foreseen -> published once it occurred") {
  TargetView view = view_of(refused());
  view.failures[static_cast<std::size_t>(ProbeReason::kInternal)] = 2;
  const Lines lines = lines_of(view);
  const std::string labels = "{app=\"shop\",target=\"shop-api\",module=\"http_2xx\"";
  CHECK(lines.contains("probe_failures_total" + labels + ",reason=\"internal\"} 2"));
  CHECK(lines.contains("probe_failures_total" + labels + ",reason=\"connect_refused\"} 1"));
  CHECK(lines.contains("probe_success" + labels + "} 0"));
  CHECK(lines.contains("probe_consecutive_failures" + labels + "} 1"));
  CHECK(lines.contains("probe_confirmed_success" + labels + "} 1"));
  CHECK(lines.contains("probe_last_run_timestamp_seconds" + labels + "} 1799999990"));
}

TEST_CASE("probe history: probed on demand only -> no interval, no next run") {
  TargetView view = unprobed();
  auto target = std::make_shared<ProbeTarget>(*view.target);
  target->interval_s = 0;
  target->objectives = {};
  view.target = target;
  view.next_run_unix_s.reset();
  const Lines lines = lines_of(view);
  CHECK_FALSE(has_family(lines, "probe_interval_seconds"));
  CHECK_FALSE(has_family(lines, "probe_next_run_timestamp_seconds"));
  CHECK_FALSE(has_family(lines, "probe_latency_objective_seconds"));
}

TEST_CASE("probe metrics: everything at once -> every family of the catalogue, with its labels") {
  ProbeResult good = tls_success();
  good.http->last_modified_unix_s = 1;
  good.http->failed_due_to_cel = false;
  good.health = health_document(HealthStatus::kPass);
  good.health->release_id = "3";
  std::map<std::string, std::set<std::string>> seen;
  look(lines_of(view_of(good)), seen);
  look(lines_of(view_of(refused())), seen);
  for (const MetricDesc& desc : kCatalogue) {
    if (desc.owner != Owner::kProbe || !desc.name.starts_with("probe_")) continue;
    std::string name(desc.name);
    std::set<std::string> labels;
    for (const Label label : desc.labels) labels.emplace(to_string(label));
    if (desc.type == MetricType::kHistogram) name += "_count";
    CAPTURE(name);
    REQUIRE(seen.contains(name));
    CHECK(seen[name] == labels);
  }
}

}  // namespace litewatch
