#include <algorithm>
#include <span>

#include "config/map_reader.h"
#include "config/probe_to_yaml.h"
#include "config/probe_words.h"
#include "config/units.h"
#include "probe/secrets.h"

namespace litewatch {
namespace {

std::string masked(const std::string& name, const std::string& value) {
  return is_secret_header(name) ? "<secret>" : value;
}

/// A list of pairs as a map of lists, in the order of the list.
using Grouped = std::vector<std::pair<std::string, std::vector<std::string>>>;

void group(Grouped& groups, const std::string& name, const std::string& value) {
  const auto found = std::ranges::find(groups, name, &Grouped::value_type::first);
  auto& values = found == groups.end()
                     ? groups.emplace_back(name, std::vector<std::string>()).second
                     : found->second;
  values.push_back(value);
}

/// Writes `http_headers:` so that values and files each keep their order.
class ListedHeaders {
 public:
  ListedHeaders(YamlLines lines, std::span<const Grouped::value_type> values, const Grouped& files)
      : lines_(std::move(lines)), values_(values), files_(files) {}

  void write() {
    for (const auto& [name, paths] : files_) {
      const auto row = std::ranges::find(values_, name, &Grouped::value_type::first);
      if (row != values_.end()) {
        write_values(static_cast<std::size_t>(row - values_.begin()) + 1);
      } else {
        lines_.open(yaml_scalar(name)).add_texts("files", paths);
      }
    }
    write_values(values_.size());
  }

 private:
  void write_values(std::size_t end) {
    for (; next_ < end; ++next_) {
      const auto& [name, texts] = values_[next_];
      YamlLines header = lines_.open(yaml_scalar(name));
      header.add_texts("values", texts);
      const auto file = std::ranges::find(files_, name, &Grouped::value_type::first);
      if (file != files_.end()) header.add_texts("files", file->second);
    }
  }

  YamlLines lines_;
  std::span<const Grouped::value_type> values_;
  const Grouped& files_;
  std::size_t next_ = 0;
};

/// `headers:` takes each name once: those with more values, or with files, are `http_headers:`.
void add_headers(YamlLines& http, const HttpModule& module) {
  Grouped values;
  Grouped files;
  for (const auto& [name, value] : module.headers) group(values, name, masked(name, value));
  for (const auto& [name, file] : module.header_files) group(files, name, file);
  const auto is_listed = [&](const auto& row) {
    return row.second.size() > 1 ||
           std::ranges::find(files, row.first, &Grouped::value_type::first) != files.end();
  };
  // All from the first listed one on, so that their order stays.
  const auto first_listed = std::ranges::find_if(values, is_listed);
  if (first_listed != values.begin()) {
    YamlLines lines = http.open("headers");
    for (auto row = values.begin(); row != first_listed; ++row) {
      lines.add(yaml_scalar(row->first), yaml_scalar(row->second[0]));
    }
  }
  if (first_listed == values.end() && files.empty()) return;
  ListedHeaders(http.open("http_headers"), {first_listed, values.end()}, files).write();
}

void add_header_matches(YamlLines& http, std::string_view key,
                        const std::vector<HeaderMatch>& matches) {
  if (matches.empty()) return http.add(key, "[]");
  YamlLines list = http.open(key);
  for (const HeaderMatch& match : matches) {
    YamlLines lines = list.element();
    lines.add("header", yaml_scalar(match.header));
    lines.add("regexp", yaml_scalar(match.regexp));
    lines.add_flag("allow_missing", match.allow_missing);
  }
}

void add_health(YamlLines lines, const HealthOptions& health) {
  lines.add("format", to_string(health.format));
  lines.add("fail_on", word_of(kFailOn, health.fail_on));
  lines.add("max_components", std::to_string(health.max_components));
  if (health.pointer == HealthPointer()) return;
  YamlLines pointer = lines.open("pointer");
  pointer.add_text("status", health.pointer.status);
  pointer.add_text("components", health.pointer.components);
  if (health.pointer.words.empty()) return;
  YamlLines words = pointer.open("words");
  for (const auto& [word, status] : health.pointer.words) {
    words.add(yaml_scalar(word), word_of(kHealthStatuses, status));
  }
}

void add_verdict(YamlLines& lines, const HttpModule& http) {
  std::string codes;
  for (const StatusRange& range : http.valid_status_codes) {
    codes.append(codes.empty() ? "" : ", ").append(std::to_string(range.first));
    if (range.last != range.first) codes.append("-").append(std::to_string(range.last));
  }
  lines.add("valid_status_codes", "[" + codes + "]");
  lines.add_texts("valid_http_versions", http.valid_http_versions);
  lines.add_flag("fail_if_ssl", http.fail_if_ssl);
  lines.add_flag("fail_if_not_ssl", http.fail_if_not_ssl);
  lines.add_texts("fail_if_body_matches_regexp", http.fail_if_body_matches_regexp);
  lines.add_texts("fail_if_body_not_matches_regexp", http.fail_if_body_not_matches_regexp);
  add_header_matches(lines, "fail_if_header_matches", http.fail_if_header_matches_regexp);
  add_header_matches(lines, "fail_if_header_not_matches", http.fail_if_header_not_matches_regexp);
  lines.add_text("fail_if_body_json_matches_cel", http.fail_if_body_json_matches_cel);
  lines.add_text("fail_if_body_json_not_matches_cel", http.fail_if_body_json_not_matches_cel);
  add_health(lines.open("health"), http.health);
}

void add_redirects(YamlLines lines, const RedirectOptions& redirects) {
  lines.add("mode", word_of(kRedirectModes, redirects.mode));
  lines.add("max", std::to_string(redirects.max));
  if (!redirects.hosts.empty()) lines.add_texts("hosts", redirects.hosts);
  lines.add_flag("allow_downgrade", redirects.allow_downgrade);
}

void add_network(YamlLines& lines, const HttpModule& http) {
  lines.add("preferred_ip_protocol", word_of(kIpProtocols, http.preferred_ip_protocol));
  lines.add_flag("ip_protocol_fallback", http.ip_protocol_fallback);
  lines.add_text("proxy_url", url_without_secrets(http.proxy_url));
  lines.add_text("no_proxy", http.no_proxy);
  lines.add_flag("proxy_from_environment", http.proxy_from_environment);
  Grouped headers;
  for (const auto& [name, value] : http.proxy_connect_headers) {
    group(headers, name, masked(name, value));
  }
  if (!headers.empty()) {
    YamlLines connect = lines.open("proxy_connect_header");
    for (const auto& [name, values] : headers) connect.add_texts(yaml_scalar(name), values);
  }
  lines.add_flag("skip_resolve_phase_with_proxy", http.skip_resolve_phase_with_proxy);
  lines.add_flag("enable_http2", http.enable_http2);
}

void add_oauth2(YamlLines lines, const OAuth2Options& oauth2) {
  lines.add_text("client_id", oauth2.client_id);
  lines.add_text("client_secret_file", oauth2.client_secret_file);
  lines.add_text("token_url", url_without_secrets(oauth2.token_url));
  lines.add_texts("scopes", oauth2.scopes);
  if (!oauth2.endpoint_params.empty()) {
    YamlLines params = lines.open("endpoint_params");
    for (const auto& [name, value] : oauth2.endpoint_params) {
      params.add(yaml_scalar(name), yaml_scalar(masked(name, value)));
    }
  }
  add_tls_client(lines, oauth2.tls);
}

void add_auth(YamlLines& lines, const HttpModule& http) {
  if (http.basic_auth) {
    YamlLines auth = lines.open("basic_auth");
    auth.add_text("username", http.basic_auth->username);
    auth.add_text("username_file", http.basic_auth->username_file);
    auth.add_text("password_file", http.basic_auth->password_file);
  }
  if (http.authorization) {
    YamlLines auth = lines.open("authorization");
    auth.add_text("type", http.authorization->type);
    auth.add_text("credentials_file", http.authorization->credentials_file);
  }
  if (http.oauth2) add_oauth2(lines.open("oauth2"), *http.oauth2);
}

}  // namespace

void add_http(YamlLines lines, const HttpModule& http) {
  lines.add("method", yaml_scalar(http.method));
  add_headers(lines, http);
  lines.add_text("body", http.body);
  lines.add_text("body_file", http.body_file);
  lines.add_text("compression", http.compression);
  if (http.body_size_limit) lines.add("body_size_limit", exact_size(*http.body_size_limit));
  add_verdict(lines, http);
  add_redirects(lines.open("redirects"), http.redirects);
  add_network(lines, http);
  add_auth(lines, http);
  add_tls_client(lines, http.tls);
}

}  // namespace litewatch
