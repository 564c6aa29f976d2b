#include "config/web_config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "config/map_reader.h"
#include "config/paths.h"
#include "config/problems.h"
#include "config/text_file.h"
#include "config/web_tls.h"
#include "config/yaml_tree.h"

namespace litewatch {
namespace {

using Kind = YamlNode::Kind;

/// Whether `text` is a hash of crypt(3)'s bcrypt: "$2y$", two digits of cost from 04 to 31, "$", 22
/// characters of salt and 31 of hash.
bool is_bcrypt(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  if (text.size() != 60 || text[6] != '$') return false;
  const std::string_view prefix = text.substr(0, 4);
  if (prefix != "$2a$" && prefix != "$2b$" && prefix != "$2y$") return false;
  const std::string_view cost = text.substr(4, 2);
  if (cost.find_first_not_of("0123456789") != cost.npos || cost < "04" || cost > "31") return false;
  return text.find_first_not_of(kAlphabet, 7) == text.npos;
}

void read_users(const YamlNode& node, Problems& problems, WebConfig& out) {
  constexpr const char* kKey = "basic_auth_users";
  if (!expect_map(node, kKey, problems)) return;
  expect_distinct_keys(node, kKey, problems);
  for (const YamlNode& child : node.children) {
    if (child.key.empty() || child.key.find(':') != std::string::npos) {
      problems.add(child.key_line, kKey, "a user name without a colon", in_quotes(child.key));
    } else if (child.kind != Kind::kScalar || !is_bcrypt(child.text)) {
      // What stands there is not shown: it may be a password.
      problems.add(child.line, dotted(kKey, child.key),
                   "a bcrypt hash ($2y$...; htpasswd -nBC 10 USER makes one)", "something else");
    } else {
      out.basic_auth_users[child.key] = child.text;
    }
  }
}

bool is_header_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

void read_headers(const YamlNode& node, Problems& problems, WebConfig& out) {
  static constexpr std::array<const char*, 5> kHeaders = {
      "Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options",
      "X-Frame-Options", "X-XSS-Protection"};
  constexpr const char* kKey = "http_server_config.headers";
  MapReader map(node, kKey, problems);
  for (const char* header : kHeaders) {
    std::string value;
    map.text(header, value, "the header's value");
    if (value.empty()) continue;
    if (is_header_value(value)) {
      out.response_headers[header] = value;
    } else {
      complain(problems, *map.find(header), dotted(kKey, header), "one line of text");
    }
  }
  map.finish();
}

void read_http(const YamlNode& node, Problems& problems, WebConfig& out) {
  MapReader map(node, "http_server_config", problems);
  bool http2 = false;
  map.flag("http2", http2);
  if (http2) out.warnings.push_back("http_server_config.http2 is ignored: HTTP/1.1 is served");
  if (const YamlNode* headers = map.find("headers")) read_headers(*headers, problems, out);
  map.finish();
}

WebConfig read_web_config(const YamlNode& root, const std::string& file, Problems& problems) {
  WebConfig config;
  if (root.kind == Kind::kNothing) return config;
  MapReader map(root, "", problems);
  if (const YamlNode* tls = map.find("tls_server_config")) {
    read_tls_config(*tls, folder_of(file), problems, config);
  }
  if (const YamlNode* http = map.find("http_server_config")) read_http(*http, problems, config);
  if (const YamlNode* users = map.find("basic_auth_users")) read_users(*users, problems, config);
  // Asked for only where it stands, so that no message offers it as a known key.
  if (std::ranges::find(root.children, "rate_limit", &YamlNode::key) != root.children.end()) {
    complain(problems, *map.find("rate_limit"), "rate_limit",
             "nothing (it is not supported; remove it)");
  }
  map.finish();
  return config;
}

}  // namespace

Result<WebConfig> load_web_config(const std::string& file) {
  const auto content = read_text_file(file);
  if (!content) return content.error();
  const auto root = parse_yaml(content->text, file);
  if (!root) return root.error();
  Problems problems(file);
  WebConfig config = read_web_config(*root, file, problems);
  if (!problems.none()) return problems.error();
  return config;
}

}  // namespace litewatch
