#include "probe/http/verdict.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "probe/secrets.h"

namespace litewatch {
namespace {

constexpr std::size_t kLongestShown = 200;
constexpr int kMostNamed = 5;

std::string quoted(std::string_view text) { return "\"" + printable(text, kLongestShown) + "\""; }

std::string_view proto_of(double version) {
  return version == 1     ? "HTTP/1.0"
         : version == 1.1 ? "HTTP/1.1"
         : version == 2   ? "HTTP/2.0"
         : version == 3   ? "HTTP/3.0"
                          : "";
}

/// Makes the checks and keeps the first reason.
class Judge {
 public:
  Judge(const PreparedModule& module, const HealthOptions& health, const HttpAnswer& answer)
      : module_(module), http_(module.module->http), options_(health), answer_(answer) {}

  HttpVerdict verdict() {
    if (module_.cel_matches || module_.cel_not_matches) verdict_.failed_due_to_cel = false;
    const bool status_valid = check_status();
    check_version();
    check_tls();
    bool good = status_valid && check_headers();
    if (answer_.broken != ProbeReason::kNone) {
      fail(answer_.broken, std::string(answer_.broken_detail));
      return std::move(verdict_);
    }
    good = good && check_body();
    if (good) check_cel();
    check_health();
    return std::move(verdict_);
  }

 private:
  bool fail(ProbeReason reason, std::string detail) {
    if (verdict_.reason == ProbeReason::kNone) {
      verdict_.reason = reason;
      verdict_.detail = std::move(detail);
    }
    return false;
  }

  bool check_status() {
    if (is_valid_status(http_, answer_.status)) return true;
    return fail(ProbeReason::kHttpStatus,
                "status " + std::to_string(answer_.status) + " is not a valid one");
  }

  void check_version() {
    const auto& valid = http_.valid_http_versions;
    const std::string_view proto = proto_of(answer_.version);
    if (!valid.empty() && std::find(valid.begin(), valid.end(), proto) == valid.end()) {
      fail(ProbeReason::kHttpVersion, std::string(proto) + " is not a valid version");
    }
  }

  void check_tls() {
    if (http_.fail_if_ssl && answer_.ssl) fail(ProbeReason::kTlsPolicy, "the answer came over TLS");
    if (http_.fail_if_not_ssl && !answer_.ssl) {
      fail(ProbeReason::kTlsPolicy, "the answer came without TLS");
    }
  }

  bool check_headers() {
    for (std::size_t i = 0; i < module_.header_matches.size(); ++i) {
      if (!check_header(http_.fail_if_header_matches_regexp[i], module_.header_matches[i], false)) {
        return false;
      }
    }
    for (std::size_t i = 0; i < module_.header_not_matches.size(); ++i) {
      if (!check_header(http_.fail_if_header_not_matches_regexp[i], module_.header_not_matches[i],
                        true)) {
        return false;
      }
    }
    return true;
  }

  bool check_header(const HeaderMatch& rule, const Pattern& pattern, bool must_match) {
    bool present = false;
    bool matched = false;
    for (const auto& [name, value] : *answer_.headers) {
      if (!same_ignoring_case(name, rule.header)) continue;
      present = true;
      matched = matched || pattern.found_in(value);
    }
    if (!present && rule.allow_missing) return true;
    if (present && matched == must_match) return true;
    verdict_.failed_due_to_regex = true;
    const std::string problem = !present  ? " is missing"
                                : matched ? " matches "
                                          : " does not match ";
    return fail(ProbeReason::kHeaderMismatch,
                "header " + rule.header + problem + (present ? quoted(rule.regexp) : ""));
  }

  bool check_body() {
    for (std::size_t i = 0; i < module_.body_matches.size(); ++i) {
      if (!check_pattern(module_.body_matches[i], http_.fail_if_body_matches_regexp[i], false)) {
        return false;
      }
    }
    for (std::size_t i = 0; i < module_.body_not_matches.size(); ++i) {
      if (!check_pattern(module_.body_not_matches[i], http_.fail_if_body_not_matches_regexp[i],
                         true)) {
        return false;
      }
    }
    return true;
  }

  bool check_pattern(const Pattern& pattern, const std::string& regexp, bool must_match) {
    const bool matched = pattern.found_in(answer_.body);
    if (!matched && !answer_.whole) return undecided("the expression " + quoted(regexp));
    if (matched == must_match) return true;
    verdict_.failed_due_to_regex = true;
    return fail(
        ProbeReason::kBodyMismatch,
        std::string("the body ") + (matched ? "matches " : "does not match ") + quoted(regexp));
  }

  bool undecided(const std::string& what) {
    return fail(ProbeReason::kBodyTooLarge, what + " cannot be decided: the body was cut after " +
                                                std::to_string(answer_.body.size()) +
                                                " bytes; raise body_size_limit");
  }

  void check_cel() {
    if (!module_.cel_matches && !module_.cel_not_matches) return;
    if (!answer_.whole) {
      undecided("the CEL expression");
      return;
    }
    if (module_.cel_matches) {
      check_program(*module_.cel_matches, http_.fail_if_body_json_matches_cel, false);
    }
    if (module_.cel_not_matches) {
      check_program(*module_.cel_not_matches, http_.fail_if_body_json_not_matches_cel, true);
    }
  }

  void check_program(const CelProgram& program, const std::string& expression, bool wanted) {
    const auto value = program.evaluate(answer_.body);
    if (value.ok() && *value == wanted) return;
    verdict_.failed_due_to_cel = true;
    if (value.ok()) {
      fail(ProbeReason::kBodyMismatch,
           "the expression " + quoted(expression) + " is " + (*value ? "true" : "false"));
    } else if (value.error().kind == ErrorKind::kMalformed) {
      fail(ProbeReason::kJsonInvalid, "the body is not JSON: " + value.error().what);
    } else {
      fail(ProbeReason::kBodyMismatch,
           "the expression " + quoted(expression) + " has no value: " + value.error().what);
    }
  }

  void check_health() {
    if (options_.format == HealthFormat::kNone) return;
    const bool explicit_format = options_.format != HealthFormat::kAuto;
    if (!answer_.whole) {
      if (explicit_format) undecided("the health document");
      return;
    }
    verdict_.health = parse_health(answer_.body, answer_.content_type, options_);
    if (!verdict_.health) return;
    const HealthDocument& document = *verdict_.health;
    if (!document.valid) {
      if (explicit_format) {
        fail(ProbeReason::kJsonInvalid, "no health document: " + document.problem);
      }
      return;
    }
    verdict_.health_mismatch = litewatch::health_mismatch(document, answer_.status);
    if (is_failing(document.status)) fail_health(document);
  }

  bool is_failing(HealthStatus status) const {
    if (options_.fail_on == HealthOptions::FailOn::kNever) return false;
    return status == HealthStatus::kFail ||
           (status == HealthStatus::kWarn && options_.fail_on == HealthOptions::FailOn::kWarn);
  }

  /// Of a 503 with a document, the document says more.
  void fail_health(const HealthDocument& document) {
    if (verdict_.reason == ProbeReason::kHttpStatus) verdict_.reason = ProbeReason::kNone;
    fail(ProbeReason::kHealthFail, "the health document says " +
                                       std::string(to_string(document.status)) +
                                       failing_components(document));
  }

  std::string failing_components(const HealthDocument& document) const {
    std::string text;
    int named = 0;
    for (const HealthComponent& component : document.components) {
      if (!is_failing(component.status) || named == kMostNamed) continue;
      ++named;
      text += (text.empty() ? ": " : ", ") + component.name;
      if (!component.node.empty()) text += "[" + component.node + "]";
      if (!component.output.empty()) text += " (" + component.output + ")";
    }
    return text;
  }

  const PreparedModule& module_;
  const HttpModule& http_;
  const HealthOptions& options_;
  const HttpAnswer& answer_;
  HttpVerdict verdict_;
};

}  // namespace

HttpVerdict judge(const PreparedModule& module, const HealthOptions& health,
                  const HttpAnswer& answer) {
  return Judge(module, health, answer).verdict();
}

bool needs_body(const PreparedModule& module, const HealthOptions& health) {
  return health.format != HealthFormat::kNone || !module.body_matches.empty() ||
         !module.body_not_matches.empty() || module.cel_matches || module.cel_not_matches;
}

bool needs_headers(const PreparedModule& module) {
  return !module.header_matches.empty() || !module.header_not_matches.empty();
}

bool is_valid_status(const HttpModule& module, int status) {
  if (module.valid_status_codes.empty()) return status >= 200 && status <= 299;
  return std::any_of(
      module.valid_status_codes.begin(), module.valid_status_codes.end(),
      [&](const StatusRange& range) { return status >= range.first && status <= range.last; });
}

}  // namespace litewatch
