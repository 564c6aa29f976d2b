#include "deliver/compressed_time.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "config/yaml_tree.h"
#include "deliver/yaml_edits.h"
#include "promql/lexer.h"
#include "promql/number.h"
#include "promql/parser.h"
#include "rules/rule_file.h"

namespace litewatch {
namespace {

constexpr double kLeast_s = 0.001;

/// As both rule files and queries read it: a whole number of the largest unit that divides it.
std::string to_duration(double seconds) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 5> kUnits = {
      {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}}};
  const std::int64_t ms = std::llround(seconds * 1000);
  if (ms == 0) return "0s";
  std::size_t i = 0;
  while (ms % kUnits[i].first != 0) ++i;
  return std::to_string(ms / kUnits[i].first) + kUnits[i].second;
}

/// The durations of a query: those of ranges, of the steps of subqueries and of offsets.
std::vector<PartOfValue> compress_query(const std::string& query, const CompressedTime& time) {
  std::vector<PartOfValue> parts;
  promql::Lexer lexer(query);
  bool is_range = false;
  for (auto token = lexer.next(); token.kind != promql::TokenKind::kEnd; token = lexer.next()) {
    if (token.kind == promql::TokenKind::kError) break;
    if (token.kind == promql::TokenKind::kDuration) {
      const double seconds = *promql::parse_promql_duration(token.text) / time.speed;
      const double least_s = is_range ? std::max(time.least_range_s, kLeast_s) : kLeast_s;
      parts.push_back({token.span.start, token.span.end, to_duration(std::max(seconds, least_s))});
    }
    is_range = token.is("[");
  }
  return parts;
}

std::string with_parts(std::string value, const std::vector<PartOfValue>& parts) {
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    value.replace(part->start, part->end - part->start, part->text);
  }
  return value;
}

class Compression {
 public:
  Compression(std::string_view text, const std::string& path, const CompressedTime& time)
      : path_(path), time_(time), edits_(text) {}

  /// In the order of the file, which YamlEdits asks for.
  bool walk(const YamlNode& node) {
    for (const YamlNode& child : node.children) {
      if (child.key == "labels" || child.key == "annotations") continue;
      if (child.kind == YamlNode::Kind::kScalar ? !edit(child) : !walk(child)) return false;
    }
    return true;
  }

  std::string text() const { return edits_.text(); }
  const Error& error() const { return error_; }
  /// The expressions in the order of the file, as they shall read.
  const std::vector<std::string>& queries() const { return queries_; }

 private:
  bool edit(const YamlNode& node) {
    if (node.key == "expr") return edit_query(node);
    if (node.key == "interval") return edit_duration(node, 1e9);
    if (node.key != "for" && node.key != "keep_firing_for") return true;
    return edit_duration(node, time_.most_for_s);
  }

  /// The strict reading took it: what is no duration of queries is zero.
  bool edit_duration(const YamlNode& node, double most_s) {
    const double seconds = promql::parse_promql_duration(node.text).value_or(0);
    const std::string text = to_duration(std::min(seconds / time_.speed, most_s));
    return replace(node, {{0, node.text.size(), text}});
  }

  bool edit_query(const YamlNode& node) {
    const auto parsed = promql::parse(node.text);
    if (parsed.problem) return fail(node, parsed.problem->what);
    const auto parts = compress_query(node.text, time_);
    queries_.push_back(with_parts(node.text, parts));
    return replace(node, parts);
  }

  bool replace(const YamlNode& node, const std::vector<PartOfValue>& parts) {
    if (edits_.replace(node.key, node.key_line, node.text, parts)) return true;
    return fail(node, "write it without aliases and escapes, so that it can be changed in place");
  }

  bool fail(const YamlNode& node, const std::string& what) {
    error_ = {ErrorKind::kMalformed,
              path_ + ":" + std::to_string(node.line) + ": " + node.key + ": " + what, "", 0};
    return false;
  }

  const std::string& path_;
  const CompressedTime& time_;
  YamlEdits edits_;
  Error error_;
  std::vector<std::string> queries_;
};

std::vector<std::string> queries_of(const RuleFile& file) {
  std::vector<std::string> queries;
  for (const RuleGroup& group : file.groups) {
    for (const Rule& rule : group.rules) queries.push_back(rule.expr);
  }
  return queries;
}

}  // namespace

Result<std::string> with_compressed_time(std::string_view rule_file, const std::string& path,
                                         const CompressedTime& time) {
  if (const auto strict = parse_rule_file(rule_file, path); !strict) return strict.error();
  const auto root = parse_yaml(rule_file, path);
  if (!root) return root.error();
  Compression compression(rule_file, path, time);
  if (!compression.walk(*root)) return compression.error();
  std::string text = compression.text();
  // The text was changed in place: what it reads as now tells whether that went well.
  const auto changed = parse_rule_file(text, path);
  if (changed && queries_of(*changed) == compression.queries()) return text;
  return Error{
      ErrorKind::kMalformed,
      path + ": its queries cannot be changed in place; write them as plain texts or blocks", "",
      0};
}

}  // namespace litewatch
