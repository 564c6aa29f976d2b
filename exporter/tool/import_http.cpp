#include "probe/secrets.h"
#include "tool/import_module.h"

namespace litewatch {
namespace {

const std::vector<std::string_view> kHttpKeys = {
    "valid_status_codes", "valid_http_versions", "preferred_ip_protocol", "ip_protocol_fallback",
    "skip_resolve_phase_with_proxy", "fail_if_ssl", "fail_if_not_ssl", "method", "headers",
    "fail_if_body_matches_regexp", "fail_if_body_not_matches_regexp",
    "fail_if_body_json_matches_cel", "fail_if_body_json_not_matches_cel", "fail_if_header_matches",
    "fail_if_header_not_matches", "body", "body_file", "compression", "body_size_limit",
    "basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file", "tls_config",
    "follow_redirects", "no_follow_redirects", "enable_http2", "enable_http3", "proxy_url",
    "no_proxy", "proxy_from_environment", "proxy_connect_header", "http_headers",
    // Ours: a file that was imported before passes unchanged.
    "redirects", "health"};

bool is_true(const ImportNode& map, std::string_view name) { return map.text_of(name) == "true"; }

void import_redirects(ImportNode& http) {
  const bool followed = http.find("no_follow_redirects") != nullptr
                            ? !is_true(http, "no_follow_redirects")
                            : http.text_of("follow_redirects") != "false";
  http.erase("no_follow_redirects");
  http.erase("follow_redirects");
  if (http.find("redirects") != nullptr) return;
  if (!followed) {
    http.children.push_back(ImportNode::scalar("follow_redirects", "false"));
    return;
  }
  ImportNode redirects = ImportNode::map(
      "redirects", {ImportNode::scalar("mode", "any"), ImportNode::scalar("max", "10")});
  redirects.comment = "as blackbox_exporter; redirects: same-host is safer";
  http.children.push_back(std::move(redirects));
}

void import_health(ImportNode& http) {
  if (http.find("health") != nullptr) return;
  ImportNode health = ImportNode::map("health", {ImportNode::scalar("fail_on", "never")});
  health.comment =
      "as blackbox_exporter; without it, a health document that says fail fails the probe";
  http.children.push_back(std::move(health));
}

/// A body that logs in holds a password, and the words for it are those of headers.
void import_body(ImportNode& http, ImportContext& context) {
  if (is_secret_header(http.text_of("body"))) context.move_to_file(http, "body", "body_file");
}

void import_proxy(ImportNode& http, ImportContext& context) {
  if (http.text_of("proxy_url").find('@') != std::string::npos) {
    context.leave_out("proxy_url holds a user name or password, which litewatch does not take");
  }
}

void import_http3(ImportNode& http, ImportContext& context) {
  if (is_true(http, "enable_http3")) {
    context.leave_out("it probes with HTTP/3, which this build of libcurl has not");
  }
  http.erase("enable_http3");
}

}  // namespace

void import_http(ImportNode& http, ImportContext& context) {
  context.drop_unknown(http, kHttpKeys);
  import_http3(http, context);
  import_body(http, context);
  import_headers(http, context);
  import_proxy(http, context);
  import_logins(http, context);
  import_tls(http, context);
  import_redirects(http);
  import_health(http);
}

}  // namespace litewatch
