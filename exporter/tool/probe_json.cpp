#include <nlohmann/json.hpp>

#include "probe/advice.h"
#include "probe/tls/verify_error.h"
#include "tool/probe_report.h"

namespace litewatch {
namespace {

using Json = nlohmann::ordered_json;

void add(Json& out, const char* key, const std::optional<double>& value) {
  if (value) out[key] = *value;
}

void add(Json& out, const char* key, const std::string& value) {
  if (!value.empty()) out[key] = value;
}

Json http_of(const HttpResult& http) {
  Json out = {{"status_code", http.status_code},
              {"version", http.version},
              {"redirects", http.redirects},
              {"ssl", http.ssl},
              {"body_bytes", http.uncompressed_body_length},
              {"body_truncated", http.body_truncated},
              {"phases_seconds",
               {{"resolve", http.phases.resolve_s},
                {"connect", http.phases.connect_s},
                {"tls", http.phases.tls_s},
                {"processing", http.phases.processing_s},
                {"transfer", http.phases.transfer_s}}}};
  if (http.content_length >= 0) out["content_length_bytes"] = http.content_length;
  add(out, "last_modified_unix_seconds", http.last_modified_unix_s);
  return out;
}

Json tls_of(const TlsResult& tls) {
  Json out = {{"verified", tls.verified}, {"verify_result", tls.verify_result}};
  if (!tls.verified) out["verify_error"] = verify_error(tls.verify_result);
  add(out, "version", tls.version);
  add(out, "cipher", tls.cipher);
  add(out, "subject", tls.subject);
  add(out, "subject_alternative", tls.subject_alternative);
  add(out, "issuer", tls.issuer);
  add(out, "serial_number", tls.serial_number);
  add(out, "fingerprint_sha256", tls.fingerprint_sha256);
  add(out, "not_before_unix_seconds", tls.not_before_unix_s);
  add(out, "not_after_unix_seconds", tls.not_after_unix_s);
  add(out, "earliest_expiry_unix_seconds", tls.earliest_expiry_unix_s);
  return out;
}

const char* word_of(HealthUnit unit) {
  switch (unit) {
    case HealthUnit::kSeconds:
      return "seconds";
    case HealthUnit::kBytes:
      return "bytes";
    case HealthUnit::kRatio:
      return "ratio";
    case HealthUnit::kCount:
      return "count";
  }
  return "";
}

Json component_of(const HealthComponent& component) {
  Json out = {{"component", component.name}, {"status", to_string(component.status)}};
  add(out, "node", component.node);
  add(out, "word", component.word);
  add(out, "output", component.output);
  add(out, "checked_unix_seconds", component.checked_unix_s);
  for (const HealthObservation& observation : component.observations) {
    out["observed"].push_back({{"measurement", observation.measurement},
                               {"unit", word_of(observation.unit)},
                               {"value", observation.value}});
  }
  return out;
}

Json health_of(const ProbeResult& result) {
  const HealthDocument& document = *result.health;
  Json out = {{"format", to_string(document.format)}, {"valid", document.valid}};
  add(out, "problem", document.problem);
  if (!document.valid) return out;
  out["status"] = to_string(document.status);
  out["mismatch"] = result.health_mismatch;
  add(out, "version", document.version);
  add(out, "release_id", document.release_id);
  add(out, "duration_seconds", document.duration_s);
  out["components"] = Json::array();
  for (const HealthComponent* component : worst_first(document)) {
    out["components"].push_back(component_of(*component));
  }
  if (document.dropped > 0) out["dropped"] = document.dropped;
  return out;
}

}  // namespace

std::string to_json(const ProbeReport& report, bool debug) {
  const ProbeResult& result = *report.result;
  Json out = {{"target", report.target},
              {"module", result.module},
              {"success", result.success},
              {"started_unix_seconds", result.started.unix_s},
              {"duration_seconds", result.duration_s},
              {"timeout_seconds", result.timeout_s}};
  if (!result.success) {
    out["reason"] = to_string(result.reason);
    out["state"] = advice(result.reason).meaning;
    out["detail"] = result.detail;
    out["next"] = advice(result.reason).steps;
  }
  out["dns_lookup_seconds"] = result.dns_lookup_s;
  add(out, "address", result.address);
  if (result.ip_protocol != 0) out["ip_protocol"] = result.ip_protocol;
  add(out, "final_url", result.final_url);
  if (result.http) out["http"] = http_of(*result.http);
  if (result.tls) out["tls"] = tls_of(*result.tls);
  if (result.health) out["health"] = health_of(result);
  if (!result.success) add(out, "excerpt", result.excerpt);
  if (debug) out["log"] = result.log;
  // A server may send any bytes; JSON holds UTF-8.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace litewatch
