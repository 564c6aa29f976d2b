#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/ascii.h"
#include "base/parse.h"
#include "config/probe_parts.h"
#include "config/probe_words.h"
#include "probe/target.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

constexpr WordTable<std::string_view, 4> kCompressions = {
    {{"gzip", "gzip"}, {"br", "br"}, {"deflate", "deflate"}, {"identity", "identity"}}};
constexpr const char* kRegexp = "a regular expression in RE2's syntax";

std::optional<int> parse_status(std::string_view text) {
  const auto code = text.size() == 3 ? parse_u64(text) : std::nullopt;
  if (!code || *code < 100) return std::nullopt;
  return static_cast<int>(*code);
}

/// "204", "200-299", "2xx".
std::optional<StatusRange> parse_status_range(std::string_view text) {
  if (text.size() == 3 && text.ends_with("xx") && text[0] >= '1' && text[0] <= '9') {
    const int first = (text[0] - '0') * 100;
    return StatusRange{first, first + 99};
  }
  const std::size_t dash = text.find('-');
  const auto first = parse_status(text.substr(0, dash));
  const auto last = dash == text.npos ? first : parse_status(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return StatusRange{*first, *last};
}

void read_status_codes(MapReader& http, const ProbeSource& source, HttpModule& out) {
  const YamlNode* node = http.find("valid_status_codes");
  const std::string key = http.key_of("valid_status_codes");
  if (node == nullptr || !expect_list(*node, key, source.problems)) return;
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    const YamlNode& child = node->children[i];
    const auto range =
        child.kind == YamlNode::Kind::kScalar ? parse_status_range(child.text) : std::nullopt;
    if (range) {
      out.valid_status_codes.push_back(*range);
    } else {
      complain(source.problems, child, element(key, i), "a code such as 204, 200-299 or 2xx");
    }
  }
}

std::string check_http_version(std::string_view version) {
  if (version == "HTTP/3.0") return "this build of libcurl has no HTTP/3";
  const bool known = version == "HTTP/1.0" || version == "HTTP/1.1" || version == "HTTP/2.0";
  return known ? "" : "there is no such version";
}

void read_header_matches(MapReader& http, const ProbeSource& source, std::string_view name,
                         std::vector<HeaderMatch>& out) {
  const YamlNode* node = http.find(name);
  if (node == nullptr || !expect_list(*node, http.key_of(name), source.problems)) return;
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    MapReader map(node->children[i], element(http.key_of(name), i), source.problems);
    HeaderMatch match;
    map.text("header", match.header, "the name of a header", check_header_name);
    map.text("regexp", match.regexp, kRegexp, check_regexp);
    map.flag("allow_missing", match.allow_missing);
    for (const char* needed : {"header", "regexp"}) {
      const bool is_map = node->children[i].kind == YamlNode::Kind::kMap;
      if (is_map && map.find(needed) == nullptr) map.complain_at(needed, "a text", "nothing");
    }
    map.finish();
    out.push_back(std::move(match));
  }
}

void read_verdict(MapReader& http, const ProbeSource& source, HttpModule& out) {
  read_status_codes(http, source, out);
  http.texts("valid_http_versions", out.valid_http_versions, "HTTP/1.0, HTTP/1.1 or HTTP/2.0",
             check_http_version);
  http.flag("fail_if_ssl", out.fail_if_ssl);
  http.flag("fail_if_not_ssl", out.fail_if_not_ssl);
  if (out.fail_if_ssl && out.fail_if_not_ssl) {
    http.complain_at("fail_if_not_ssl", "either fail_if_ssl or fail_if_not_ssl", "both");
  }
  http.texts("fail_if_body_matches_regexp", out.fail_if_body_matches_regexp, kRegexp, check_regexp);
  http.texts("fail_if_body_not_matches_regexp", out.fail_if_body_not_matches_regexp, kRegexp,
             check_regexp);
  read_header_matches(http, source, "fail_if_header_matches", out.fail_if_header_matches_regexp);
  read_header_matches(http, source, "fail_if_header_not_matches",
                      out.fail_if_header_not_matches_regexp);
  constexpr const char* kCel = "an expression in CEL over `body`";
  http.text("fail_if_body_json_matches_cel", out.fail_if_body_json_matches_cel, kCel, check_cel);
  http.text("fail_if_body_json_not_matches_cel", out.fail_if_body_json_not_matches_cel, kCel,
            check_cel);
  read_health(http, source, out.health);
}

void read_network(MapReader& http, const ProbeSource& source, HttpModule& out) {
  http.word<IpProtocol>("preferred_ip_protocol", kIpProtocols, out.preferred_ip_protocol);
  http.flag("ip_protocol_fallback", out.ip_protocol_fallback);
  read_http_url(http, "proxy_url", out.proxy_url);
  http.text("no_proxy", out.no_proxy, "a comma-separated list of hosts", check_header_value);
  http.flag("proxy_from_environment", out.proxy_from_environment);
  http.flag("skip_resolve_phase_with_proxy", out.skip_resolve_phase_with_proxy);
  if (out.proxy_from_environment && !out.proxy_url.empty()) {
    http.complain_at("proxy_from_environment", "either proxy_url or proxy_from_environment",
                     "both");
  }
  if (!out.no_proxy.empty() && out.proxy_url.empty()) {
    http.complain_at("no_proxy", "proxy_url beside it", "nothing");
  }
  http.flag("enable_http2", out.enable_http2);
  bool http3 = false;
  http.flag("enable_http3", http3);
  if (http3)
    http.complain_at("enable_http3", "false (this build of libcurl has no HTTP/3)", "true");
  read_tls_client(http, source, out.tls);
}

/// Whether an Accept-Encoding field (RFC 9110, section 12.5.3) takes a coding.
bool accepts(std::string_view field, std::string_view coding) {
  bool any = false;
  while (!field.empty()) {
    std::string item(field.substr(0, field.find(',')));
    field.remove_prefix(std::min(field.size(), item.size() + 1));
    std::erase(item, ' ');
    const std::size_t semicolon = item.find(';');
    const std::string name = item.substr(0, semicolon);
    const auto quality = semicolon == item.npos || !item.substr(semicolon).starts_with(";q=")
                             ? std::optional(1.0)
                             : parse_double(std::string_view(item).substr(semicolon + 3));
    const bool taken = quality.value_or(0) > 0;
    if (name == coding) return taken;
    if (name == "*") any = taken;
  }
  return any;
}

bool is_accept_encoding(std::string_view name) {
  return same_ignoring_case(name, "accept-encoding");
}

void read_request(MapReader& http, const ProbeSource& source, HttpModule& out) {
  http.text("method", out.method, "an HTTP method", [](std::string_view method) -> std::string {
    return check_header_name(method).empty() ? "" : "one word, such as HEAD";
  });
  read_headers(http, source, out);
  http.text("body", out.body, "a text");
  http.path("body_file", out.body_file, source.folder);
  std::string_view compression;
  if (!out.body.empty() && !out.body_file.empty()) {
    http.complain_at("body_file", "either body or body_file", "both");
  }
  http.word<std::string_view>("compression", kCompressions, compression);
  out.compression = compression;
  for (const auto& [name, value] : out.headers) {
    if (out.compression.empty() || !is_accept_encoding(name)) continue;
    if (accepts(value, out.compression)) continue;
    http.complain_at("compression", "one that the header Accept-Encoding takes",
                     in_quotes(out.compression));
  }
  http.size("body_size_limit", out.body_size_limit, HttpModule::kMostBody);
}

}  // namespace

void read_http_url(MapReader& map, std::string_view name, std::string& out) {
  const YamlNode* node = map.find(name);
  if (node == nullptr) return;
  const bool is_text = node->kind == YamlNode::Kind::kScalar;
  if (is_text && check_target_url(node->text, true, false).empty()) {
    out = node->text;
  } else {
    map.complain_at(name, "an http or https URL without a user name, password or fragment",
                    "something else");
  }
}

void read_http(const YamlNode& node, const std::string& key, const ProbeSource& source,
               HttpModule& out) {
  MapReader http(node, key, source.problems);
  read_request(http, source, out);
  read_verdict(http, source, out);
  read_redirects(http, source, out.redirects);
  read_network(http, source, out);
  read_auth(http, source, out);
  http.finish();
}

}  // namespace litewatch
