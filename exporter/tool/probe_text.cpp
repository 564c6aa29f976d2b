#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "base/parse.h"
#include "probe/advice.h"
#include "probe/tls/verify_error.h"
#include "tool/probe_report.h"
#include "tool/report.h"

namespace litewatch {
namespace {

constexpr const char* kGood = "1;32";
constexpr const char* kBad = "1;31";
constexpr const char* kDoubtful = "1;33";

std::string ms(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", seconds * 1000);
  return text;
}

std::string date(double unix_s) {
  const auto time = static_cast<std::time_t>(unix_s);
  std::tm utc{};
  char text[32];
  if (::gmtime_r(&time, &utc) == nullptr) return "?";
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc);
  return text;
}

void row(Report& report, const char* name, const std::string& text) {
  report.paragraph("  " + std::string(name) + std::string(13 - std::string_view(name).size(), ' '),
                   text);
}

const char* style_of(HealthStatus status) {
  switch (status) {
    case HealthStatus::kPass:
      return kGood;
    case HealthStatus::kFail:
      return kBad;
    default:
      return kDoubtful;
  }
}

/// What came back, in a few words: "HTTP 200 in 84.0 ms".
std::string answer_of(const ProbeResult& result) {
  const bool answered = result.http && result.http->status_code != 0;
  std::string text = "given up after ";
  if (answered) {
    text = "HTTP " + std::to_string(result.http->status_code) + " in ";
  } else if (result.success) {
    text = "connected in ";
  }
  text += ms(result.duration_s);
  if (!result.address.empty()) text += ", " + result.address;
  return text;
}

void add_head(const ProbeReport& probe, Report& report) {
  const ProbeResult& result = *probe.result;
  const ProbeAdvice& row = advice(result.reason);
  std::string verdict = report.paint(kGood, "well");
  if (!result.success) {
    verdict = report.paint(kBad, "FAILING") + ", " + std::string(row.meaning) + " (" +
              std::string(to_string(result.reason)) + ")";
  } else if (result.health && result.health->status == HealthStatus::kFail) {
    verdict = report.paint(kDoubtful, "answers") + ", but says that it is not well";
  } else if (result.health && result.health->status == HealthStatus::kWarn) {
    verdict = report.paint(kDoubtful, "well, with a warning");
  }
  report.line("%s: %s", printable(probe.target).c_str(), verdict.c_str());
  report.line("%s", printable(answer_of(result)).c_str());
  if (result.success) return;
  report.line("%s", "");
  report.paragraph("  ", printable(result.detail));
  report.paragraph("  -> ", row.steps);
}

struct Phase {
  const char* name;
  double seconds;
};

/// Without those that the probe did not come to.
std::vector<Phase> phases_of(const ProbeResult& result) {
  std::vector<Phase> phases;
  double rest_s = result.duration_s;
  const auto add = [&](const char* name, double seconds) {
    if (seconds > 0) phases.push_back({name, seconds});
    rest_s -= std::max(seconds, 0.0);
  };
  if (!result.http) {
    add("resolve", result.dns_lookup_s);
    add("connection", rest_s);
    return phases;
  }
  const HttpPhases& phase = result.http->phases;
  add("resolve", phase.resolve_s);
  add("connect", phase.connect_s);
  add("tls", phase.tls_s);
  add("processing", phase.processing_s);
  add("transfer", phase.transfer_s);
  // What no phase has: the time a failed probe stood still before one of them ended.
  if (rest_s > 0.05 * result.duration_s) add("waiting", rest_s);
  return phases;
}

void add_phases(const ProbeResult& result, Report& report) {
  constexpr double kWidth = 48;
  const std::vector<Phase> phases = phases_of(result);
  report.title("Where the time went: " + ms(result.duration_s) + " of " +
               human_duration(result.timeout_s) + " allowed");
  double longest_s = 0;
  for (const Phase& phase : phases) longest_s = std::max(longest_s, phase.seconds);
  for (const Phase& phase : phases) {
    const auto cells = static_cast<std::size_t>(std::lround(kWidth * phase.seconds / longest_s));
    report.line("  %-10s %11s%s", phase.name, ms(phase.seconds).c_str(),
                cells == 0 ? "" : ("  " + std::string(cells, '#')).c_str());
  }
}

std::string http_version(double version) {
  char text[16];
  std::snprintf(text, sizeof text, version == 2 ? "HTTP/%.0f" : "HTTP/%.1f", version);
  return text;
}

std::string redirects_of(const ProbeResult& result) {
  const bool stayed = result.reason == ProbeReason::kRedirectBlocked ||
                      result.reason == ProbeReason::kRedirectLimit;
  return std::to_string(result.http->redirects) +
         (stayed ? ", the last one not followed" : ", to " + printable(result.final_url));
}

std::string body_of(const ProbeResult& result) {
  const HttpResult& http = *result.http;
  const bool broken_off =
      result.reason == ProbeReason::kConnectReset || result.reason == ProbeReason::kResponseTimeout;
  std::string text = human_bytes(http.uncompressed_body_length);
  if (http.content_length >= 0 && http.content_length != http.uncompressed_body_length) {
    text += (broken_off ? " of " : ", sent as ") + human_bytes(http.content_length);
  }
  if (http.body_truncated) text += "; more was not read";
  return text;
}

void add_answer(const ProbeReport& probe, Report& report) {
  const ProbeResult& result = *probe.result;
  report.title("Answer");
  std::string address = printable(result.address);
  if (address.empty()) address = "none";
  if (result.ip_protocol != 0) address += " (IPv" + std::to_string(result.ip_protocol) + ")";
  row(report, "address", address);
  if (!result.http || result.http->status_code == 0) return;
  const HttpResult& http = *result.http;
  row(report, "status", std::to_string(http.status_code) + ", " + http_version(http.version));
  if (http.redirects > 0) row(report, "redirects", redirects_of(result));
  row(report, "body", body_of(result));
}

std::string validity(const TlsResult& tls, double now_s, const Report& report) {
  constexpr double kSoon_s = 21 * 86400;
  if (tls.not_before_unix_s && *tls.not_before_unix_s > now_s) {
    return report.paint(kBad, "not before " + date(*tls.not_before_unix_s));
  }
  const double left_s = *tls.not_after_unix_s - now_s;
  const std::string when = ", " + date(*tls.not_after_unix_s);
  if (left_s <= 0) return report.paint(kBad, "expired " + human_duration(-left_s) + " ago") + when;
  return report.paint(left_s < kSoon_s ? kDoubtful : kGood, human_duration(left_s) + " left") +
         when;
}

void add_certificate(const ProbeResult& result, Report& report) {
  if (!result.tls) return;
  const TlsResult& tls = *result.tls;
  const double now_s = result.started.unix_s;
  report.title("Certificate");
  row(report, "subject", printable(tls.subject));
  if (!tls.subject_alternative.empty()) row(report, "names", printable(tls.subject_alternative));
  row(report, "issuer", printable(tls.issuer));
  if (tls.not_after_unix_s) row(report, "valid", validity(tls, now_s, report));
  if (tls.earliest_expiry_unix_s && tls.earliest_expiry_unix_s != tls.not_after_unix_s) {
    row(report, "chain", "another one of it expires " + date(*tls.earliest_expiry_unix_s));
  }
  const std::string failure = "no: " + verify_error(tls.verify_result);
  row(report, "verified", tls.verified ? "yes" : report.paint(kBad, printable(failure)));
  if (!tls.version.empty()) row(report, "session", tls.version + ", " + tls.cipher);
}

std::string observed(const HealthObservation& observation) {
  char number[32];
  switch (observation.unit) {
    case HealthUnit::kSeconds:
      return observation.measurement + " " + human_duration(observation.value);
    case HealthUnit::kBytes:
      return observation.measurement + " " + human_bytes(observation.value);
    case HealthUnit::kRatio:
      std::snprintf(number, sizeof number, "%.1f %%", observation.value * 100);
      break;
    case HealthUnit::kCount:
      std::snprintf(number, sizeof number, "%.10g", observation.value);
      break;
  }
  return observation.measurement + " " + number;
}

std::string observed(const HealthComponent& component) {
  std::string text;
  for (const HealthObservation& observation : component.observations) {
    text += (text.empty() ? "" : ", ") + observed(observation);
  }
  return text;
}

std::string name_of(const HealthComponent& component) {
  return component.node.empty() ? component.name : component.name + " [" + component.node + "]";
}

void add_component(const HealthComponent& component, int width, double now_s, Report& report) {
  std::string status(to_string(component.status));
  status.resize(8, ' ');
  std::string text = observed(component);
  if (component.checked_unix_s) {
    const double age_s = now_s - *component.checked_unix_s;
    text += text.empty() ? "" : "; ";
    text += age_s >= 0 ? "looked " + human_duration(age_s) + " ago" : "looked in the future";
  }
  const std::string said = to_string(component.status) == component.word ? "" : component.word;
  if (!said.empty()) text += (text.empty() ? "\"" : "; \"") + said + "\"";
  const std::string lead = "  " + report.paint(style_of(component.status), status);
  const std::string name = printable(name_of(component));
  if (text.empty()) {
    report.line("%s%s", lead.c_str(), name.c_str());
  } else {
    report.line("%s%-*s  %s", lead.c_str(), width, name.c_str(), printable(text).c_str());
  }
  if (!component.output.empty()) {
    report.paragraph(std::string(12, ' '), printable(component.output));
  }
}

void add_health_head(const HealthDocument& document, Report& report) {
  std::string about = "read as " + std::string(to_string(document.format));
  if (!document.version.empty()) about += ", version " + document.version;
  if (!document.release_id.empty()) about += ", release " + document.release_id;
  if (document.duration_s) about += ", its checks took " + human_duration(*document.duration_s);
  report.line(
      "  %s (%s)",
      report.paint(style_of(document.status), std::string(to_string(document.status))).c_str(),
      printable(about).c_str());
}

void add_health(const ProbeResult& result, Report& report) {
  if (!result.health) return;
  const HealthDocument& document = *result.health;
  report.title("What the app says");
  if (!document.valid) {
    report.paragraph("  ", "not readable: " + printable(document.problem));
    return;
  }
  add_health_head(document, report);
  if (result.health_mismatch) {
    report.paragraph("  ",
                     "It contradicts the HTTP status, which is all that load balancers and "
                     "container platforms look at.");
  }
  std::size_t width = 0;
  for (const HealthComponent& component : document.components) {
    width = std::max(width, name_of(component).size());
  }
  for (const HealthComponent* component : worst_first(document)) {
    add_component(*component, static_cast<int>(std::min<std::size_t>(width, 40)),
                  result.started.unix_s, report);
  }
  if (document.dropped > 0) report.line("  %zu more left out", document.dropped);
}

/// The first lines of the body of a failed probe: mostly they say it all. A health document is
/// shown already.
void add_excerpt(const ProbeResult& result, Report& report) {
  constexpr int kMostLines = 12;
  constexpr std::size_t kWidth = 160;
  if (result.success || result.excerpt.empty()) return;
  if (result.health && result.health->valid) return;
  report.title("What came");
  std::string_view rest = result.excerpt;
  for (int line = 0; line < kMostLines && !rest.empty(); ++line) {
    std::string_view text = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(text.size() + 1, rest.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    report.line("  %s", printable(text.substr(0, kWidth)).c_str());
  }
}

}  // namespace

std::string to_text(const ProbeReport& probe, bool debug, bool color) {
  Report report(color);
  const ProbeResult& result = *probe.result;
  add_head(probe, report);
  add_health(result, report);
  add_excerpt(result, report);
  add_phases(result, report);
  add_answer(probe, report);
  add_certificate(result, report);
  if (debug) {
    report.title("Log");
    for (const std::string& line : result.log) report.line("  %s", printable(line).c_str());
  }
  return report.take();
}

}  // namespace litewatch
