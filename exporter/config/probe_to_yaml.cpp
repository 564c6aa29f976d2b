#include "config/probe_to_yaml.h"

#include "config/map_reader.h"
#include "config/probe_words.h"
#include "config/units.h"
#include "probe/secrets.h"

namespace litewatch {
namespace {

void add_objectives(YamlLines& target, const ProbeObjectives& objectives) {
  if (objectives == ProbeObjectives()) return;
  YamlLines lines = target.open("objectives");
  if (objectives.latency_s) lines.add("latency", exact_duration(*objectives.latency_s));
  if (objectives.availability_ratio) {
    lines.add("availability", exact_number(*objectives.availability_ratio));
  }
  lines.add("certificate", exact_duration(objectives.certificate_s));
}

void add_dialogue(YamlLines& section, const std::vector<QueryResponse>& steps) {
  if (steps.empty()) return section.add("query_response", "[]");
  YamlLines list = section.open("query_response");
  for (const QueryResponse& step : steps) {
    YamlLines lines = list.element();
    lines.add_text("expect", step.expect);
    lines.add_text("expect_bytes", step.expect_bytes);
    lines.add_text("send", step.send);
    lines.add_text("send_bytes", step.send_bytes);
    lines.add_flag("starttls", step.starttls);
  }
}

void add_tcp(YamlLines lines, const TcpModule& tcp, ProberKind prober) {
  if (prober == ProberKind::kTcp) {
    lines.add("preferred_ip_protocol", word_of(kIpProtocols, tcp.preferred_ip_protocol));
    lines.add_flag("ip_protocol_fallback", tcp.ip_protocol_fallback);
    lines.add_text("source_ip_address", tcp.source_ip_address);
  }
  add_dialogue(lines, tcp.query_response);
  lines.add_flag("tls", tcp.tls);
  add_tls_client(lines, tcp.tls_config);
}

void add_raw_targets(YamlLines lines, const RawTargetRules& rules) {
  lines.add_texts("schemes", rules.schemes);
  lines.add_texts("hosts", rules.hosts);
  std::string ports;
  for (const int port : rules.ports) {
    ports.append(ports.empty() ? "" : ", ").append(std::to_string(port));
  }
  lines.add("ports", "[" + ports + "]");
  lines.add_texts("networks", rules.networks);
}

}  // namespace

std::string url_without_secrets(std::string_view url) {
  const std::size_t query = url.find('?');
  if (query == url.npos) return std::string(url);
  std::string out(url.substr(0, query + 1));
  std::string_view rest = url.substr(query + 1);
  while (true) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    const std::size_t equals = pair.find('=');
    const bool is_secret = equals != pair.npos && is_secret_header(pair.substr(0, equals));
    out += is_secret ? std::string(pair.substr(0, equals + 1)) + "***" : std::string(pair);
    if (pair.size() == rest.size()) return out;
    out += '&';
    rest.remove_prefix(pair.size() + 1);
  }
}

void add_target(YamlLines lines, const ProbeTarget& target) {
  const bool on_demand_only = target.interval_s == 0;
  lines.add("name", yaml_scalar(target.name));
  lines.add_text("app", target.app);
  lines.add_text("module", target.module);
  lines.add("url", yaml_scalar(url_without_secrets(target.url)));
  lines.add_text("unix_socket", target.unix_socket);
  lines.add_text("hostname", target.hostname);
  lines.add("interval", on_demand_only ? "none" : exact_duration(target.interval_s));
  if (!on_demand_only) lines.add("failing_interval", exact_duration(target.failing_interval_s));
  if (target.timeout_s) lines.add("timeout", exact_duration(*target.timeout_s));
  lines.add("confirm_failures", std::to_string(target.confirm_failures));
  // Only HTTP has a choice, and its default needs no line beside another prober's module.
  if (target.reuse_connection) lines.add("connection", "reuse");
  if (target.health_format) lines.add("health", to_string(*target.health_format));
  add_objectives(lines, target.objectives);
}

void add_module(YamlLines& modules, const ProbeModule& module) {
  YamlLines lines = modules.open(yaml_scalar(module.name));
  lines.add("prober", word_of(kProbers, module.prober));
  if (module.timeout_s) lines.add("timeout", exact_duration(*module.timeout_s));
  if (module.prober == ProberKind::kHttp) {
    add_http(lines.open("http"), module.http);
  } else {
    add_tcp(lines.open(word_of(kProbers, module.prober)), module.tcp, module.prober);
  }
}

void add_probe_options(YamlLines lines, const ProberOptions& options) {
  lines.add("max_in_flight", std::to_string(options.max_in_flight));
  lines.add("max_in_flight_per_host", std::to_string(options.max_in_flight_per_host));
  lines.add("max_on_demand", std::to_string(options.max_on_demand));
  lines.add_texts("allow_link_local", options.allow_link_local);
  lines.add_texts("dns_servers", options.dns_servers);
  if (options.raw_targets.enabled) {
    add_raw_targets(lines.open("raw_targets"), options.raw_targets);
  }
}

void add_tls_client(YamlLines& section, const TlsClientOptions& tls) {
  YamlLines lines = section.open("tls_config");
  lines.add_text("ca_file", tls.ca_file);
  lines.add_text("cert_file", tls.cert_file);
  lines.add_text("key_file", tls.key_file);
  lines.add_text("server_name", tls.server_name);
  lines.add_flag("insecure_skip_verify", tls.insecure_skip_verify);
  lines.add("min_version", word_of(kTlsVersions, tls.min_version));
  lines.add("max_version", word_of(kTlsVersions, tls.max_version));
  // In quotes: digits alone would be a number.
  if (!tls.pinned_key_sha256.empty()) {
    lines.add("pinned_key_sha256", "\"" + tls.pinned_key_sha256 + "\"");
  }
}

}  // namespace litewatch
