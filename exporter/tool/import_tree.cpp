#include "tool/import_tree.h"

#include <algorithm>
#include <optional>
#include <set>

#include "config/yaml_writer.h"

namespace litewatch {
namespace {

using Kind = YamlNode::Kind;

constexpr std::string_view kMergeKey = "<<";

std::optional<Error> key_twice(const YamlNode& map, const std::string& file) {
  std::set<std::string_view> keys;
  for (const YamlNode& child : map.children) {
    if (map.kind != Kind::kMap || keys.insert(child.key).second) continue;
    return Error{ErrorKind::kMalformed,
                 file + ":" + std::to_string(child.key_line) + ": " + child.key + ": a key twice",
                 "", 0};
  }
  return std::nullopt;
}

/// Adds what a merge key brings: only keys that are not there yet.
void merge(ImportNode& map, const ImportNode& merged) {
  if (merged.kind == Kind::kList) {
    for (const ImportNode& element : merged.children) merge(map, element);
    return;
  }
  for (const ImportNode& child : merged.children) {
    if (map.find(child.key) == nullptr) map.children.push_back(child);
  }
}

/// Words and numbers may stand as they are, which is how people write them.
std::string scalar_text(const ImportNode& node) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./";
  const bool plain = !node.quoted && !node.text.empty() &&
                     node.text.find_first_not_of(kPlain) == std::string::npos;
  return plain ? node.text : yaml_scalar(node.text);
}

bool is_scalar(const ImportNode& node) { return node.kind == Kind::kScalar; }

std::string flow_list(const ImportNode& list) {
  std::string out;
  for (const ImportNode& child : list.children) {
    out.append(out.empty() ? "" : ", ").append(scalar_text(child));
  }
  return "[" + out + "]";
}

/// What stands on the line of the key or the dash; nullopt where the value takes lines of its own.
std::optional<std::string> one_line(const ImportNode& node) {
  if (node.kind == Kind::kNothing) return "";
  if (is_scalar(node)) return scalar_text(node);
  if (node.is_map()) return node.children.empty() ? std::optional("{}") : std::nullopt;
  const bool flat = std::ranges::all_of(node.children, is_scalar);
  return flat ? std::optional(flow_list(node)) : std::nullopt;
}

void print_value(const ImportNode& node, std::size_t indent, std::string& out) {
  if (const auto line = one_line(node)) {
    out.append(line->empty() ? "" : " ").append(*line).append("\n");
  } else {
    out += '\n';
    print_children(node, indent + 2, out);
  }
}

/// An element whose first line takes the dash.
void print_element(const ImportNode& node, std::size_t indent, std::string& out) {
  std::string lines;
  if (const auto line = one_line(node)) {
    lines.append(indent + 2, ' ').append(*line).append("\n");
  } else {
    print_children(node, indent + 2, lines);
  }
  lines[indent] = '-';
  out += lines;
}

}  // namespace

ImportNode ImportNode::scalar(std::string key, std::string text) {
  return {Kind::kScalar, false, std::move(key), std::move(text), "", {}};
}

ImportNode ImportNode::map(std::string key, std::vector<ImportNode> children) {
  return {Kind::kMap, false, std::move(key), "", "", std::move(children)};
}

ImportNode ImportNode::list(std::string key, std::vector<ImportNode> children) {
  return {Kind::kList, false, std::move(key), "", "", std::move(children)};
}

const ImportNode* ImportNode::find(std::string_view name) const {
  const auto found = std::ranges::find(children, name, &ImportNode::key);
  return is_map() && found != children.end() ? &*found : nullptr;
}

ImportNode* ImportNode::find(std::string_view name) {
  const auto found = std::ranges::find(children, name, &ImportNode::key);
  return is_map() && found != children.end() ? &*found : nullptr;
}

std::string ImportNode::text_of(std::string_view name) const {
  const ImportNode* node = find(name);
  return node == nullptr ? "" : node->text;
}

void ImportNode::erase(std::string_view name) {
  std::erase_if(children, [&](const ImportNode& child) { return child.key == name; });
}

Result<ImportNode> import_tree(const YamlNode& node, const std::string& file) {
  if (auto error = key_twice(node, file)) return *std::move(error);
  ImportNode out{node.kind, node.quoted, node.key, node.text, "", {}};
  std::vector<ImportNode> merged;
  for (const YamlNode& child : node.children) {
    auto copy = import_tree(child, file);
    if (!copy) return copy.error();
    const bool is_merge = node.kind == Kind::kMap && child.key == kMergeKey;
    (is_merge ? merged : out.children).push_back(*std::move(copy));
  }
  for (const ImportNode& template_map : merged) merge(out, template_map);
  return out;
}

void print_children(const ImportNode& node, std::size_t indent, std::string& out) {
  for (const ImportNode& child : node.children) {
    print_comment(child.comment, indent, out);
    if (node.kind == Kind::kList) {
      print_element(child, indent, out);
      continue;
    }
    out.append(indent, ' ').append(yaml_scalar(child.key)).append(":");
    print_value(child, indent, out);
  }
}

void print_comment(std::string_view text, std::size_t indent, std::string& out) {
  constexpr std::size_t kWidth = 100;
  std::string line;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find_first_of(" \n"), text.size());
    if (!line.empty() && indent + 3 + line.size() + size > kWidth) {
      out.append(indent, ' ').append("# ").append(line).append("\n");
      line.clear();
    }
    line.append(line.empty() ? "" : " ").append(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  if (!line.empty()) out.append(indent, ' ').append("# ").append(line).append("\n");
}

}  // namespace litewatch
