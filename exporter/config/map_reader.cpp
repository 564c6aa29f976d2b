#include "config/map_reader.h"

#include <algorithm>
#include <map>

#include "base/parse.h"
#include "config/names.h"
#include "config/paths.h"
#include "config/suggest.h"
#include "config/units.h"

namespace litewatch {
namespace {

using Kind = YamlNode::Kind;

bool is_word(const YamlNode& node) { return node.kind == Kind::kScalar && !node.quoted; }

std::string join(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::optional<std::uint64_t> parse_size(const YamlNode& node) {
  constexpr std::uint64_t kEnd = 1ull << 63;
  if (node.kind != Kind::kScalar) return std::nullopt;
  // Plain bytes are read as an integer: parse_size_bytes rounds beyond 2^53.
  const auto bytes = parse_u64(node.text);
  if (bytes) return *bytes < kEnd ? bytes : std::nullopt;
  return parse_size_bytes(node.text);
}

std::optional<double> parse_duration(const YamlNode& node, double min_s, double max_s) {
  if (node.kind != Kind::kScalar) return std::nullopt;
  const auto seconds = parse_duration_s(node.text);
  return seconds && *seconds >= min_s && *seconds <= max_s ? seconds : std::nullopt;
}

bool expect_unshown(const YamlNode& node, Kind kind, std::string_view key,
                    std::string_view expected, Problems& problems) {
  if (node.kind == kind) return true;
  const bool is_text = node.kind == Kind::kScalar;
  problems.add(node.line, key, expected, is_text ? "a text" : describe(node));
  return false;
}

/// What was expected instead of `node`; empty where it is a text that is right.
std::string wrong_text(const YamlNode& node, std::string_view expected, Check check) {
  if (node.kind != Kind::kScalar || node.text.empty()) return std::string(expected);
  const std::string wrong = check == nullptr ? "" : check(node.text);
  return wrong.empty() ? "" : std::string(expected) + " (" + wrong + ")";
}

std::string a_duration(double min_s, double max_s) {
  return "a duration with its unit from " + exact_duration(min_s) + " to " + exact_duration(max_s);
}

}  // namespace

std::string describe(const YamlNode& node) {
  if (node.kind == Kind::kScalar) return in_quotes(node.text);
  if (node.kind == Kind::kList) return "a list";
  return node.kind == Kind::kMap ? "a map" : "nothing";
}

void complain(Problems& problems, const YamlNode& node, std::string_view key,
              std::string_view expected) {
  problems.add(node.line, key, expected, describe(node));
}

bool expect_list(const YamlNode& node, std::string_view key, Problems& problems) {
  if (node.kind == Kind::kList) return true;
  complain(problems, node, key, "a list");
  return false;
}

bool expect_map(const YamlNode& node, std::string_view key, Problems& problems) {
  if (node.kind == Kind::kMap) return true;
  complain(problems, node, key, "a map");
  return false;
}

bool expect_secret_list(const YamlNode& node, std::string_view key, Problems& problems) {
  return expect_unshown(node, Kind::kList, key, "a list", problems);
}

bool expect_secret_map(const YamlNode& node, std::string_view key, Problems& problems) {
  return expect_unshown(node, Kind::kMap, key, "a map", problems);
}

std::string dotted(std::string_view key, std::string_view name) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const bool plain = !name.empty() && name.find_first_not_of(kPlain) == name.npos;
  const std::string shown = plain && name.size() <= 60 ? std::string(name) : in_quotes(name);
  return key.empty() ? shown : std::string(key) + "." + shown;
}

void expect_distinct_keys(const YamlNode& map, std::string_view key, Problems& problems) {
  std::map<std::string_view, int> lines;
  for (const YamlNode& child : map.children) {
    const auto [first, is_new] = lines.emplace(child.key, child.key_line);
    if (is_new) continue;
    problems.add(child.key_line, dotted(key, child.key), "each key once",
                 "it again after line " + std::to_string(first->second));
  }
}

std::string element(std::string_view key, std::size_t i) {
  return std::string(key) + "[" + std::to_string(i) + "]";
}

std::vector<std::string> read_texts(const YamlNode& node, std::string_view key,
                                    std::string_view expected, Problems& problems, Check check) {
  std::vector<std::string> texts;
  if (!expect_list(node, key, problems)) return texts;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const YamlNode& child = node.children[i];
    const std::string wrong = wrong_text(child, expected, check);
    if (wrong.empty()) {
      texts.push_back(child.text);
    } else {
      complain(problems, child, element(key, i), wrong);
    }
  }
  return texts;
}

MapReader::MapReader(const YamlNode& node, std::string key, Problems& problems)
    : node_(node), key_(std::move(key)), problems_(problems) {
  expect_map(node_, key_, problems_);
}

const YamlNode* MapReader::find(std::string_view name) {
  if (std::ranges::find(known_, name) == known_.end()) known_.emplace_back(name);
  return child(name);
}

const YamlNode* MapReader::require(std::string_view name, std::string_view expected) {
  const YamlNode* node = find(name);
  if (node == nullptr) complain_at(name, expected, "nothing");
  return node;
}

const YamlNode* MapReader::child(std::string_view name) const {
  if (node_.kind != Kind::kMap) return nullptr;
  for (const YamlNode& child : node_.children) {
    if (child.key == name) return &child;
  }
  return nullptr;
}

void MapReader::flag(std::string_view name, bool& out) {
  const YamlNode* node = find(name);
  if (node == nullptr) return;
  if (is_word(*node) && (node->text == "true" || node->text == "false")) {
    out = node->text == "true";
  } else {
    complain_of_word(*node, name, "true or false");
  }
}

void MapReader::count(std::string_view name, std::size_t& out, std::size_t min, std::size_t max) {
  const YamlNode* node = find(name);
  if (node == nullptr) return;
  const auto value = is_word(*node) ? parse_u64(node->text) : std::nullopt;
  if (value && *value >= min && *value <= max) {
    out = *value;
  } else {
    complain_of_word(*node, name,
                     "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }
}

void MapReader::number(std::string_view name, double& out, double min, double max) {
  const YamlNode* node = find(name);
  if (node == nullptr) return;
  const auto value = is_word(*node) ? parse_double(node->text) : std::nullopt;
  if (value && *value >= min && *value <= max) {
    out = *value;
  } else {
    complain_of_word(*node, name,
                     "a number from " + exact_number(min) + " to " + exact_number(max));
  }
}

void MapReader::size(std::string_view name, std::uint64_t& out) {
  const YamlNode* node = find(name);
  if (node == nullptr) return;
  if (const auto bytes = parse_size(*node)) {
    out = *bytes;
  } else {
    complain_of(*node, name, "a size such as 4096, 64KiB or 256MiB");
  }
}

void MapReader::size(std::string_view name, std::optional<std::uint64_t>& out, std::uint64_t max) {
  const YamlNode* node = find(name);
  if (node == nullptr) return;
  const auto bytes = parse_size(*node);
  if (bytes && *bytes <= max) {
    out = bytes;
  } else {
    complain_of(*node, name, "a size of at most " + exact_size(max));
  }
}

void MapReader::duration(std::string_view name, double& out, double min_s, double max_s) {
  const YamlNode* node = find(name);
  if (node == nullptr) return;
  if (const auto seconds = parse_duration(*node, min_s, max_s)) {
    out = *seconds;
  } else {
    complain_of(*node, name, a_duration(min_s, max_s));
  }
}

void MapReader::duration(std::string_view name, std::optional<double>& out, double min_s,
                         double max_s) {
  double seconds = -1;
  duration(name, seconds, min_s, max_s);
  if (seconds >= 0) out = seconds;
}

void MapReader::duration_or_none(std::string_view name, std::optional<double>& out, double min_s,
                                 double max_s) {
  const YamlNode* node = find(name);
  if (node == nullptr) return;
  if (node->kind == Kind::kScalar && node->text == "none") {
    out.reset();
  } else if (const auto seconds = parse_duration(*node, min_s, max_s)) {
    out = seconds;
  } else {
    complain_of(*node, name, a_duration(min_s, max_s) + ", or none");
  }
}

void MapReader::text(std::string_view name, std::string& out, std::string_view expected) {
  text(name, out, expected, nullptr);
}

void MapReader::text(std::string_view name, std::string& out, std::string_view expected,
                     Check check) {
  const YamlNode* node = find(name);
  if (node == nullptr) return;
  const std::string wrong = wrong_text(*node, expected, check);
  if (wrong.empty()) {
    out = node->text;
  } else {
    complain_of(*node, name, wrong);
  }
}

void MapReader::texts(std::string_view name, std::vector<std::string>& out,
                      std::string_view expected, Check check) {
  const YamlNode* node = find(name);
  if (node != nullptr) out = read_texts(*node, key_of(name), expected, problems_, check);
}

void MapReader::path(std::string_view name, std::string& out, const std::filesystem::path& folder) {
  std::string given;
  text(name, given, "a path");
  if (given.empty()) return;
  const auto path = absolute_path(given, folder);
  if (path) {
    out = *path;
  } else {
    complain_of(*child(name), name, path.error().what);
  }
}

std::optional<std::size_t> MapReader::find_word(std::string_view name,
                                                std::span<const std::string_view> words) {
  const YamlNode* node = find(name);
  if (node == nullptr) return std::nullopt;
  const auto found = node->kind == Kind::kScalar
                         ? std::ranges::find(words, std::string_view(node->text))
                         : words.end();
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  complain_of(*node, name, "one of " + join(words));
  return std::nullopt;
}

bool MapReader::refuse(std::string_view name, std::string_view expected, std::string_view got) {
  refused_.emplace_back(name);
  const YamlNode* node = child(name);
  if (node == nullptr) return false;
  problems_.add(node->key_line, key_of(name), expected, got);
  return true;
}

void MapReader::complain_at(std::string_view name, std::string_view expected,
                            std::string_view got) {
  const YamlNode* node = child(name);
  problems_.add(node != nullptr ? node->line : node_.line, key_of(name), expected, got);
}

void MapReader::name(std::string_view name, std::string& out) {
  const YamlNode* node = find(name);
  if (node == nullptr) return;
  if (node->kind == Kind::kScalar && is_name(node->text)) {
    out = node->text;
  } else {
    complain_of(*node, name, "1 to 128 bytes without control characters");
  }
}

void MapReader::finish() {
  if (node_.kind != Kind::kMap) return;
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const YamlNode& child : node_.children) {
    if (std::ranges::find(known, child.key) != known.end()) continue;
    if (std::ranges::find(refused_, child.key) != refused_.end()) continue;
    std::string got = "an unknown key";
    if (const auto meant = closest(child.key, known))
      got.append("; did you mean ").append(*meant).append("?");
    problems_.add(child.key_line, dotted(key_, child.key), "one of " + join(known), got);
  }
  expect_distinct_keys(node_, key_, problems_);
}

void MapReader::complain_of(const YamlNode& node, std::string_view name,
                            std::string_view expected) {
  complain(problems_, node, dotted(key_, name), expected);
}

void MapReader::complain_of_word(const YamlNode& node, std::string_view name,
                                 std::string expected) {
  if (node.quoted) expected += " without quotes";
  complain_of(node, name, expected);
}

}  // namespace litewatch
