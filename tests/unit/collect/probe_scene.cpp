#include "probe_scene.h"

#include <functional>
#include <sstream>
#include <vector>

namespace litewatch {
namespace {

std::shared_ptr<const Fragment> fragment_of(const std::function<void(SeriesTable&)>& set) {
  SeriesBudget budget(10'000);
  SeriesTable table(budget);
  table.begin();
  set(table);
  return table.commit();
}

std::set<std::string> lines_of(const std::function<void(SeriesTable&)>& set) {
  PageFactory factory;
  const auto page = factory.make(std::vector{fragment_of(set)});
  std::istringstream text{std::string(page->body(Format::kText))};
  std::set<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with('#')) lines.insert(line);
  }
  return lines;
}

}  // namespace

ProbeResult plain_success() {
  ProbeResult result;
  result.success = true;
  result.reason = ProbeReason::kNone;
  result.module = "http_2xx";
  result.duration_s = 0.25;
  result.timeout_s = 10;
  result.dns_lookup_s = 0.0625;
  result.ip_protocol = 4;
  result.ip_addr_hash = 4'000'000'000;
  result.http = HttpResult();
  result.http->phases = {0.0625, 0.125, 0, 0.03125, 0.015625};
  result.http->status_code = 200;
  result.http->content_length = -1;
  result.http->uncompressed_body_length = 12;
  result.http->version = 1.1;
  result.http->new_connections = 1;
  return result;
}

ProbeResult tls_success() {
  ProbeResult result = plain_success();
  result.http->ssl = true;
  result.http->phases.tls_s = 0.5;
  result.tls = TlsResult();
  result.tls->version = "TLS 1.3";
  result.tls->cipher = "TLS_AES_128_GCM_SHA256";
  result.tls->verified = true;
  result.tls->earliest_expiry_unix_s = kNow_s + 90 * 86'400;
  result.tls->last_chain_expiry_unix_s = kNow_s + 95 * 86'400;
  result.tls->fingerprint_sha256 = "00ff";
  result.tls->subject = "CN=shop.example";
  result.tls->issuer = "CN=A \"quoted\" authority";
  result.tls->subject_alternative = "shop.example,www.shop.example";
  result.tls->serial_number = "1a2b";
  return result;
}

ProbeResult refused() {
  ProbeResult result;
  result.reason = ProbeReason::kConnectRefused;
  result.detail = "127.0.0.1:3000 refused the connection";
  result.duration_s = 0.001;
  result.timeout_s = 10;
  result.ip_protocol = 4;
  result.http = HttpResult();
  return result;
}

HealthDocument health_document(HealthStatus status) {
  HealthDocument health;
  health.format = HealthFormat::kDraft;
  health.valid = true;
  health.status = status;
  health.version = "1.2";
  HealthComponent database;
  database.name = "database";
  database.node = "0";
  database.status = status;
  database.output = "disk is full";
  database.checked_unix_s = kNow_s - 30;
  database.observations = {{"responseTime", HealthUnit::kSeconds, 0.25},
                           {"size", HealthUnit::kBytes, 4096},
                           {"utilization", HealthUnit::kRatio, 0.5},
                           {"connections", HealthUnit::kCount, 7}};
  HealthComponent cache;
  cache.name = "cache";
  cache.status = HealthStatus::kPass;
  health.components = {database, cache};
  health.duration_s = 0.125;
  return health;
}

TargetView unprobed() {
  auto target = std::make_shared<ProbeTarget>();
  target->name = "shop-api";
  target->app = "shop";
  target->url = "https://shop.example/healthz";
  target->objectives = {0.5, 0.999};
  TargetView view;
  view.target = target;
  view.shown_url = target->url;
  view.possible[static_cast<std::size_t>(ProbeReason::kConnectRefused)] = true;
  view.possible[static_cast<std::size_t>(ProbeReason::kHttpStatus)] = true;
  view.next_run_unix_s = kNow_s + 5;
  return view;
}

TargetView view_of(ProbeResult result) {
  TargetView view = unprobed();
  view.attempts = 1;
  view.last_run_unix_s = kNow_s - 10;
  view.confirmed_success = true;
  view.durations.fill(1);
  view.duration_sum_s = result.duration_s;
  view.marks[0] = {result.reason, HealthStatus::kUnknown, 0.25F};
  view.mark_count = 1;
  if (!result.success) {
    view.consecutive_failures = 1;
    view.failures[static_cast<std::size_t>(result.reason)] = 1;
  }
  view.result = std::make_shared<const ProbeResult>(std::move(result));
  return view;
}

std::set<std::string> lines_of(const ProbeResult& result) {
  return lines_of([&](SeriesTable& table) { set_probe_result(table, {}, result, kNow_s); });
}

std::set<std::string> lines_of(const TargetView& view) {
  return lines_of([&](SeriesTable& table) {
    const ProbeLabels labels{view.target->app, view.target->name, view.target->module};
    if (view.result) set_probe_result(table, labels, *view.result, kNow_s);
    set_probe_history(table, labels, view);
  });
}

StatusRow row_of(const TargetView& view) {
  const auto fragment =
      fragment_of([&](SeriesTable& table) { add_probe_status(table, view, kNow_s); });
  return fragment->status.at(0);
}

std::set<std::string> starting_with(const std::set<std::string>& lines, const std::string& prefix) {
  std::set<std::string> found;
  for (const auto& line : lines) {
    if (line.starts_with(prefix)) found.insert(line);
  }
  return found;
}

}  // namespace litewatch
