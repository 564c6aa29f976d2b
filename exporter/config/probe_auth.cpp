#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"
#include "config/probe_parts.h"
#include "probe/secrets.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

constexpr const char* kInline = "the secret itself";

std::string file_key(std::string_view name) {
  return std::string(name) + "_file with the path of a file that holds it";
}

void refuse_secret(MapReader& map, std::string_view name) {
  map.refuse(name, file_key(name), kInline);
}

std::string check_field(std::string_view text) { return check_header_value(text); }

void read_basic_auth(const YamlNode& node, const std::string& key, const ProbeSource& source,
                     HttpModule& out) {
  if (!expect_secret_map(node, key, source.problems)) return;
  MapReader map(node, key, source.problems);
  BasicAuthOptions auth;
  map.text("username", auth.username, "a user name", [](std::string_view name) {
    return name.find(':') == name.npos ? check_field(name) : "it has a colon";
  });
  map.path("username_file", auth.username_file, source.folder);
  if (!auth.username.empty() && !auth.username_file.empty()) {
    map.complain_at("username_file", "either username or username_file", "both");
  }
  refuse_secret(map, "password");
  map.path("password_file", auth.password_file, source.folder);
  map.finish();
  if (node.children.empty()) {
    map.complain_at("username", "a user name", "nothing");
  }
  out.basic_auth = std::move(auth);
}

void read_authorization(const YamlNode& node, const std::string& key, const ProbeSource& source,
                        HttpModule& out) {
  if (!expect_secret_map(node, key, source.problems)) return;
  MapReader map(node, key, source.problems);
  AuthorizationOptions auth;
  map.text("type", auth.type, "a scheme other than Basic",
           [](std::string_view type) -> std::string {
             if (same_ignoring_case(type, "basic")) return "use basic_auth";
             return check_header_name(type);
           });
  const bool is_inline = map.refuse("credentials", file_key("credentials"), kInline);
  map.path("credentials_file", auth.credentials_file, source.folder);
  map.finish();
  if (!is_inline && map.find("credentials_file") == nullptr) {
    map.complain_at("credentials_file", "the path of a file", "nothing");
  }
  out.authorization = std::move(auth);
}

void read_endpoint_params(MapReader& map, const ProbeSource& source, HeaderList& out) {
  const YamlNode* node = map.find("endpoint_params");
  const std::string key = map.key_of("endpoint_params");
  if (node == nullptr || !expect_secret_map(*node, key, source.problems)) return;
  expect_distinct_keys(*node, key, source.problems);
  for (const YamlNode& child : node->children) {
    if (is_secret_header(child.key)) {
      source.problems.add(
          child.key_line, dotted(key, child.key),
          "no parameter that holds a secret (only client credentials are supported)", kInline);
    } else if (child.kind != YamlNode::Kind::kScalar) {
      complain(source.problems, child, dotted(key, child.key), "a text");
    } else {
      out.emplace_back(child.key, child.text);
    }
  }
}

/// What prometheus/common takes and litewatch does not.
void refuse_foreign_oauth2(MapReader& map) {
  constexpr std::array<std::string_view, 12> kForeign = {"grant_type",
                                                         "client_certificate_key",
                                                         "client_certificate_key_file",
                                                         "client_certificate_key_id",
                                                         "signature_algorithm",
                                                         "iss",
                                                         "audience",
                                                         "claims",
                                                         "proxy_url",
                                                         "no_proxy",
                                                         "proxy_from_environment",
                                                         "proxy_connect_header"};
  for (const std::string_view name : kForeign) {
    map.refuse(name,
               "nothing (only the grant of client credentials, without a proxy, is supported)",
               "a value");
  }
}

void read_oauth2(const YamlNode& node, const std::string& key, const ProbeSource& source,
                 HttpModule& out) {
  if (!expect_secret_map(node, key, source.problems)) return;
  MapReader map(node, key, source.problems);
  OAuth2Options oauth2;
  map.text("client_id", oauth2.client_id, "the client's id", check_field);
  refuse_secret(map, "client_secret");
  map.path("client_secret_file", oauth2.client_secret_file, source.folder);
  read_http_url(map, "token_url", oauth2.token_url);
  map.texts("scopes", oauth2.scopes, "a scope", check_field);
  read_endpoint_params(map, source, oauth2.endpoint_params);
  read_tls_client(map, source, oauth2.tls);
  refuse_foreign_oauth2(map);
  map.finish();
  for (const char* needed : {"client_id", "token_url"}) map.require(needed, "a text");
  out.oauth2 = std::move(oauth2);
}

void read_bearer_token(MapReader& http, const ProbeSource& source, HttpModule& out) {
  refuse_secret(http, "bearer_token");
  std::string file;
  http.path("bearer_token_file", file, source.folder);
  if (!file.empty()) out.authorization = AuthorizationOptions{"Bearer", std::move(file)};
}

}  // namespace

void read_auth(MapReader& http, const ProbeSource& source, HttpModule& out) {
  constexpr std::array<std::string_view, 4> kWays = {"basic_auth", "authorization",
                                                     "bearer_token_file", "oauth2"};
  std::string_view first;
  for (const std::string_view way : kWays) {
    if (http.find(way) == nullptr) continue;
    if (!first.empty()) {
      http.complain_at(way, "one way to log in", std::string(first) + " as well");
    }
    first = way;
  }
  if (const YamlNode* node = http.find("basic_auth")) {
    read_basic_auth(*node, http.key_of("basic_auth"), source, out);
  }
  read_bearer_token(http, source, out);
  if (const YamlNode* node = http.find("authorization")) {
    read_authorization(*node, http.key_of("authorization"), source, out);
  }
  if (const YamlNode* node = http.find("oauth2")) {
    read_oauth2(*node, http.key_of("oauth2"), source, out);
  }
}

}  // namespace litewatch
