#include "probe/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/ascii.h"
#include "base/free.h"
#include "base/parse.h"
#include "probe/target.h"

namespace litewatch {
namespace {

constexpr std::size_t kLongest = 8 << 10;

using Parser = std::unique_ptr<CURLU, Free<curl_url_cleanup>>;

std::optional<std::string> part(const Parser& parser, CURLUPart what, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(parser.get(), what, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// What curl takes but others read differently: control characters, backslashes ("//a\@b"), more
/// than two slashes before the host.
bool is_ambiguous(std::string_view text) {
  const std::string start = ascii_lower(text.substr(0, 9));
  return has_control(text) || text.find('\\') != std::string_view::npos ||
         start.starts_with("http:///") || start.starts_with("https:///") ||
         start.starts_with("///");
}

bool set_url(const Parser& parser, std::string_view text) {
  if (parser == nullptr || text.empty() || text.size() > kLongest || is_ambiguous(text)) {
    return false;
  }
  const std::string copy(text);
  return curl_url_set(parser.get(), CURLUPART_URL, copy.c_str(), CURLU_URLENCODE) == CURLUE_OK;
}

std::string without_brackets(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

/// International names only as "xn--...": curl's own conversion leaks the name where it fails
/// (libcurl 7.88).
bool is_ascii_host(std::string_view host) {
  return !host.empty() &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) { return c < 0x80; });
}

constexpr std::string_view kWantedPort = "the port must be 1 to 65535";

bool is_port(std::string_view text) {
  const auto number = parse_u64(text);
  return number && *number >= 1 && *number <= 65535;
}

std::optional<Url> taken_apart(const Parser& parser) {
  const auto scheme = part(parser, CURLUPART_SCHEME);
  if (!scheme || (*scheme != "http" && *scheme != "https")) return std::nullopt;
  const auto host = part(parser, CURLUPART_HOST);
  const auto port = part(parser, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto path = part(parser, CURLUPART_PATH);
  const std::uint64_t number = port ? parse_u64(*port).value_or(0) : 0;
  if (!host || !is_ascii_host(*host) || number == 0 || number > 65535) return std::nullopt;
  Url url{*scheme == "https", ascii_lower(without_brackets(*host)), static_cast<int>(number),
          path.value_or("/")};
  if (const auto zone = part(parser, CURLUPART_ZONEID)) url.host += "%" + *zone;
  if (const auto query = part(parser, CURLUPART_QUERY)) url.path += "?" + *query;
  return url;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

/// What is likely wrong with the host and port of what is no URL; empty where that is elsewhere.
std::string problem_of_authority(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != authority.npos && authority.find(']', colon) == authority.npos;
  if (has_port && !is_port(authority.substr(colon + 1))) return std::string(kWantedPort);
  if (authority.starts_with('[')) return "what stands in brackets must be an IPv6 address";
  const bool ascii = authority.empty() || is_ascii_host(authority);
  return ascii ? "" : "international names must be written as xn--...";
}

std::string problem_of_http(std::string_view url) {
  if (has_control(url)) return "it holds a control character";
  if (!ascii_lower(url).starts_with("http://") && !ascii_lower(url).starts_with("https://")) {
    return "it must start with http:// or https://";
  }
  if (url.find('#') != std::string_view::npos) return "it must have no fragment (#...)";
  const std::string_view authority = url.substr(url.find("://") + 3);
  if (authority.substr(0, authority.find_first_of("/?")).find('@') != std::string_view::npos) {
    return "it must hold no user name or password; use basic_auth of the module";
  }
  if (parse_url(url)) return {};
  const std::string why = problem_of_authority(authority.substr(0, authority.find_first_of("/?")));
  return why.empty() ? "it is not a valid URL" : why;
}

std::string problem_of_host_port(std::string_view text) {
  constexpr std::string_view kWanted = "it must be host:port";
  if (text.find_first_of("/?#@ ") != std::string_view::npos || has_control(text)) {
    return std::string(kWanted);
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::string(kWanted);
  if (!is_port(text.substr(colon + 1))) return std::string(kWantedPort);
  const std::string_view host = text.substr(0, colon);
  if (!host.starts_with('[') && host.find(':') != std::string_view::npos) {
    return "an IPv6 address must stand in brackets";
  }
  if (parse_url("http://" + std::string(text))) return {};
  const std::string why = problem_of_authority(text);
  return why.empty() ? std::string(kWanted) : why;
}

std::string problem_of_path(std::string_view path) {
  constexpr std::size_t kLongestSocket = 107;  // sockaddr_un
  if (!path.starts_with('/')) return "it must be an absolute path";
  if (path.size() > kLongestSocket) return "a socket's path has at most 107 bytes";
  if (has_control(path)) return "it holds a control character";
  return {};
}

/// "a=1&b" as "a=...&b": the names tell which query it is, the values may be tokens.
std::string masked_query(std::string_view query) {
  std::string text;
  while (true) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    text += pair.substr(0, equals);
    if (equals != std::string_view::npos) text += "=...";
    if (end == std::string_view::npos) return text;
    text += '&';
    query.remove_prefix(end + 1);
  }
}

}  // namespace

std::string Url::text() const { return (https ? "https://" : "http://") + host_field() + path; }

std::string Url::authority() const { return bracketed(host) + ":" + std::to_string(port); }

std::string Url::host_field() const {
  return port == (https ? 443 : 80) ? bracketed(host) : authority();
}

std::optional<Url> parse_url(std::string_view text) {
  const Parser parser(curl_url());
  if (text.find("://") == std::string_view::npos || !set_url(parser, text)) return std::nullopt;
  return taken_apart(parser);
}

std::optional<Url> join_url(const Url& base, std::string_view location) {
  const Parser parser(curl_url());
  if (!set_url(parser, base.text()) || !set_url(parser, location)) return std::nullopt;
  return taken_apart(parser);
}

bool same_origin(const Url& a, const Url& b) {
  return a.https == b.https && a.host == b.host && a.port == b.port;
}

bool fits_glob(std::string_view glob, std::string_view host) {
  const std::string pattern = ascii_lower(glob);
  const std::string text = ascii_lower(host);
  std::size_t at = 0;
  std::size_t next = 0;
  std::size_t star = std::string::npos;  // the last one seen, and where its text ends so far
  std::size_t star_end = 0;
  while (next < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_end = next;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[next])) {
      ++at;
      ++next;
    } else if (star != std::string::npos) {
      at = star + 1;
      next = ++star_end;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string::npos;
}

std::string check_target_url(std::string_view url, bool http, bool unix_path) {
  if (url.empty()) return "it is empty";
  if (url.size() > kLongest) return "it is longer than 8 KiB";
  if (unix_path) return problem_of_path(url);
  return http ? problem_of_http(url) : problem_of_host_port(url);
}

std::string shown_url(std::string_view url) {
  std::string_view rest = url.substr(0, url.find('#'));
  std::string text;
  if (const std::size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    text = rest.substr(0, scheme + 3);
    rest.remove_prefix(scheme + 3);
  }
  // As curl: the last '@' before the path ends the user information.
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    rest.remove_prefix(at + 1);
  }
  const std::size_t query = rest.find('?');
  text += rest.substr(0, query);
  if (query != std::string_view::npos) text += "?" + masked_query(rest.substr(query + 1));
  return text;
}

}  // namespace litewatch
