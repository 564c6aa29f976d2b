// What the fixtures do not show: values that to_yaml writes in another form, and edges.
#include "catch.h"
#include "config/load.h"

namespace litewatch {
namespace {

ProbeModule module_of(const std::string& text) {
  auto config = parse_config("modules:\n  m: " + text + "\n", "/etc/lw/litewatch.yml");
  if (!config) FAIL(config.error().what);
  return config->probes.modules.at(0);
}

HttpModule http_of(const std::string& text) {
  return module_of("{prober: http, http: {" + text + "}}").http;
}

std::string refusal(const std::string& text) {
  const auto config =
      parse_config("modules: {m: {prober: http, http: {" + text + "}}}", "/etc/lw/litewatch.yml");
  return config ? "accepted" : config.error().what;
}

TEST_CASE("modules: nothing said -> the defaults of the prober") {
  ProbeModule expected;
  expected.name = "m";
  CHECK(module_of("{prober: http}") == expected);
  CHECK(module_of("{prober: http, http: }") == expected);
  CHECK(module_of("{prober: http, http: {}}") == expected);
  expected.prober = ProberKind::kTcp;
  CHECK(module_of("{prober: tcp, tcp: }") == expected);
}

TEST_CASE("modules: headers -> in order, values and files of one name together") {
  const HttpModule http = http_of(
      "headers: {X-B: '1', X-A: ''}, "
      "http_headers: {X-C: {values: [c, d], files: [e]}, X-D: {files: [/f, g]}}");
  CHECK(http.headers == HeaderList{{"X-B", "1"}, {"X-A", ""}, {"X-C", "c"}, {"X-C", "d"}});
  CHECK(http.header_files == HeaderList{{"X-C", "/etc/lw/e"}, {"X-D", "/f"}, {"X-D", "/etc/lw/g"}});
}

TEST_CASE("modules: every way to write a status code -> its range") {
  const auto codes = http_of("valid_status_codes: [204, '404', 2xx, 5xx, 300-399, 999]");
  CHECK(codes.valid_status_codes ==
        std::vector<StatusRange>{
            {204, 204}, {404, 404}, {200, 299}, {500, 599}, {300, 399}, {999, 999}});
  for (const char* bad : {"0xx", "xxx", "2XX", "99", "0200", "200-", "-299", "200-2xx", "''"}) {
    INFO(bad);
    CHECK(refusal("valid_status_codes: [" + std::string(bad) + "]") != "accepted");
  }
}

TEST_CASE("modules: redirects in every form -> mode, limit and hosts") {
  CHECK(http_of("method: GET").redirects == RedirectOptions{});
  CHECK(http_of("follow_redirects: true").redirects == RedirectOptions{});
  CHECK(http_of("follow_redirects: false").redirects.mode == RedirectMode::kNone);
  CHECK(http_of("follow_redirects: false, redirects: none").redirects.mode == RedirectMode::kNone);
  CHECK(http_of("redirects: any").redirects == RedirectOptions{RedirectMode::kAny, 3, {}, false});
  CHECK(http_of("redirects: {mode: any, max: 10, allow_downgrade: true}").redirects ==
        RedirectOptions{RedirectMode::kAny, 10, {}, true});
  CHECK(http_of("redirects: {hosts: [a]}").redirects ==
        RedirectOptions{RedirectMode::kList, 3, {"a"}, false});
  CHECK(http_of("redirects: {max: 0}").redirects.max == 0);
}

TEST_CASE("modules: health in every form -> format, verdict and pointer") {
  CHECK(http_of("health: grafana").health.format == HealthFormat::kGrafana);
  CHECK(http_of("health: {fail_on: never}").health.format == HealthFormat::kAuto);
  CHECK(http_of("health: {pointer: {status: /s}}").health.format == HealthFormat::kPointer);
  const auto words = http_of("health: {pointer: {words: {green: pass}}}").health;
  CHECK(words.format == HealthFormat::kAuto);
  CHECK(words.pointer.words ==
        std::vector<std::pair<std::string, HealthStatus>>{{"green", HealthStatus::kPass}});
  CHECK(refusal("health: {format: spring, pointer: {status: /s}}") != "accepted");
  CHECK(refusal("health: [spring]") != "accepted");
  for (const char* bad : {"s", "/~", "/~2", "'/a~'"}) {
    INFO(bad);
    CHECK(refusal("health: {pointer: {status: " + std::string(bad) + "}}") != "accepted");
  }
}

TEST_CASE("modules: body_size_limit -> absent, none at all, or bytes") {
  CHECK_FALSE(http_of("method: GET").body_size_limit.has_value());
  CHECK(http_of("body_size_limit: 0").body_size_limit == 0u);
  CHECK(http_of("body_size_limit: 16MiB").body_size_limit == 16u << 20);
  CHECK(refusal("body_size_limit: 16777217") != "accepted");
}

TEST_CASE("modules: compression beside Accept-Encoding -> only what it takes") {
  const auto with = [](const std::string& field) {
    return refusal("compression: gzip, headers: {accept-encoding: \"" + field + "\"}");
  };
  for (const char* field : {"gzip", "br, gzip;q=0.1", "*", "br;q=1.0 , gzip", "gzip;q=1,*;q=0"}) {
    INFO(field);
    CHECK(with(field) == "accepted");
  }
  for (const char* field : {"br", "gzip;q=0", "*;q=0", "gzip;q=0.0, *", "", "gzip;q=x"}) {
    INFO(field);
    CHECK(with(field) != "accepted");
  }
}

TEST_CASE("modules: logins without a password -> allowed where blackbox_exporter allows them") {
  CHECK(http_of("basic_auth: {username: key}").basic_auth == BasicAuthOptions{"key", "", ""});
  const auto bearer = http_of("bearer_token_file: t").authorization;
  CHECK(bearer == AuthorizationOptions{"Bearer", "/etc/lw/t"});
}

TEST_CASE("modules: a secret in the wrong place -> in no message") {
  for (const char* text : {
           "basic_auth: {password: hunter2}",
           "basic_auth: {password: [hunter2]}",
           "authorization: {credentials: hunter2}",
           "bearer_token: hunter2",
           "oauth2: {client_secret: hunter2}",
           "http_headers: {A: {secrets: [hunter2]}}",
           "headers: {Cookie: \"hunter2\\n\"}",
           "headers: {Cookie: {a: hunter2}}",
           "proxy_url: 'http://a:hunter2@b'",
           "proxy_url: [hunter2]",
           "oauth2: {endpoint_params: {password: hunter2}}",
           "tls_config: {key: hunter2}",
           "proxy_connect_header: {Proxy-Authorization: [\"hunter2\\r\"]}",
           "oauth2: {client_certificate_key: hunter2}",
           "basic_auth: 'me:hunter2'",
           "authorization: hunter2",
           "oauth2: hunter2",
           "headers: hunter2",
           "http_headers: hunter2",
           "http_headers: {Cookie: hunter2}",
           "http_headers: {Cookie: {values: hunter2}}",
           "proxy_connect_header: hunter2",
           "proxy_connect_header: {Proxy-Authorization: hunter2}",
           "oauth2: {endpoint_params: hunter2}",
           "oauth2: {token_url: 'http://a:hunter2@b'}",
       }) {
    INFO(text);
    const std::string message = refusal(text);
    CHECK(message != "accepted");
    CHECK(message.find("hunter2") == message.npos);
  }
}

}  // namespace
}  // namespace litewatch
