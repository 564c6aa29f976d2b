#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ascii.h"
#include "base/parse.h"
#include "config/units.h"
#include "probe/module.h"
#include "tool/import_module.h"

namespace litewatch {
namespace {

using Kind = YamlNode::Kind;

constexpr std::array<std::string_view, 14> kFlags = {"fail_if_ssl",
                                                     "fail_if_not_ssl",
                                                     "follow_redirects",
                                                     "no_follow_redirects",
                                                     "ip_protocol_fallback",
                                                     "proxy_from_environment",
                                                     "enable_http2",
                                                     "enable_http3",
                                                     "insecure_skip_verify",
                                                     "skip_resolve_phase_with_proxy",
                                                     "tls",
                                                     "starttls",
                                                     "allow_missing",
                                                     "allow_downgrade"};

/// Maps whose keys are not ours to understand.
constexpr std::array<std::string_view, 5> kForeign = {"headers", "http_headers", "words",
                                                      "proxy_connect_header", "endpoint_params"};

constexpr std::array<std::string_view, 8> kPaths = {
    "ca_file",       "cert_file",        "key_file",          "username_file",
    "password_file", "credentials_file", "bearer_token_file", "client_secret_file"};

template <std::size_t kSize>
bool is_one_of(std::string_view word, const std::array<std::string_view, kSize>& words) {
  return std::ranges::find(words, word) != words.end();
}

/// yaml.v3 takes YAML 1.1's words where a boolean is wanted.
void import_flag(ImportNode& node) {
  const std::string word = ascii_lower(node.text);
  if (word == "yes" || word == "on" || word == "y" || word == "true") node.text = "true";
  if (word == "no" || word == "off" || word == "n" || word == "false") node.text = "false";
}

/// A number at the beginning of `text`, which it is taken off of.
std::optional<double> take_number(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = parse_double(text.substr(0, end));
  text.remove_prefix(end);
  return number;
}

std::string_view take_unit(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("0123456789."), text.size());
  const std::string_view unit = text.substr(0, end);
  text.remove_prefix(end);
  return unit;
}

template <std::size_t kSize>
using Units = std::array<std::pair<std::string_view, double>, kSize>;

/// "1h30m", "10MB512KB": numbers with units, added up. nullopt where anything else stands there.
template <std::size_t kSize>
std::optional<double> parse_sum(std::string_view text, const Units<kSize>& units) {
  double sum = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    const auto unit = std::ranges::find(units, take_unit(text), &Units<kSize>::value_type::first);
    if (!number || unit == units.end()) return std::nullopt;
    sum += *number * unit->second;
  }
  return sum;
}

/// time.ParseDuration.
std::optional<double> parse_go_duration(std::string_view text) {
  static constexpr Units<8> kUnits = {{{"ns", 1e-9},
                                       {"us", 1e-6},
                                       {"\xc2\xb5s", 1e-6},
                                       {"\xce\xbcs", 1e-6},
                                       {"ms", 1e-3},
                                       {"s", 1},
                                       {"m", 60},
                                       {"h", 3600}}};
  return text == "0" ? 0 : parse_sum(text, kUnits);
}

/// Base2Bytes of alecthomas/units: MB is 1024 KB there.
std::optional<double> parse_go_size(std::string_view text) {
  static constexpr double kK = 1024;
  static constexpr Units<9> kUnits = {{{"B", 1},
                                       {"KB", kK},
                                       {"KiB", kK},
                                       {"MB", kK * kK},
                                       {"MiB", kK * kK},
                                       {"GB", kK * kK * kK},
                                       {"GiB", kK * kK * kK},
                                       {"TB", kK * kK * kK * kK},
                                       {"TiB", kK * kK * kK * kK}}};
  const auto plain = parse_u64(text);
  return plain ? static_cast<double>(*plain) : parse_sum(text, kUnits);
}

void import_duration(ImportNode& node) {
  // What is in our form already stays as people wrote it.
  if (parse_duration_s(node.text)) return;
  if (const auto seconds = parse_go_duration(node.text)) node.text = exact_duration(*seconds);
}

void import_size(ImportNode& node) {
  const auto bytes = parse_go_size(node.text);
  if (!bytes) return;
  const bool too_large = *bytes > static_cast<double>(HttpModule::kMostBody);
  if (too_large) node.comment = "was " + node.text + "; 0 stands for 16 MiB, the most that is read";
  node.text = too_large ? "0" : exact_size(static_cast<std::uint64_t>(*bytes));
  node.quoted = false;
}

void note_relative_path(ImportNode& node) {
  if (node.text.empty() || node.text.starts_with('/')) return;
  node.comment = "from this file's folder; blackbox_exporter started at its own working directory";
}

bool means_nothing(const ImportNode& node) {
  const bool empty_text = node.kind == Kind::kScalar && node.text.empty();
  const bool no_timeout = node.key == "timeout" && parse_go_duration(node.text) == 0;
  return node.kind == Kind::kNothing || empty_text || no_timeout;
}

void import_value(ImportNode& node) {
  if (is_one_of(node.key, kFlags) && !node.quoted) import_flag(node);
  if (node.key == "timeout") import_duration(node);
  if (node.key == "body_size_limit") import_size(node);
  if (is_one_of(node.key, kPaths) || node.key == "body_file") note_relative_path(node);
  // In Go, an empty expression is one that matches any line.
  if (node.key == "expect" && node.text.empty()) node.text = "^";
}

}  // namespace

void import_values(ImportNode& map) {
  for (ImportNode& child : map.children) {
    if (child.kind == Kind::kScalar) import_value(child);
    if (!is_one_of(child.key, kForeign)) import_values(child);
  }
  if (map.is_map()) std::erase_if(map.children, means_nothing);
}

}  // namespace litewatch
