#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace litewatch {
namespace {

constexpr std::size_t kMaxTreeBytes = 64 << 20;

int line_of(const YAML::Mark& mark) { return std::max(mark.line, 0) + 1; }

std::size_t tree_bytes(const YamlNode& node) {
  std::size_t bytes = sizeof node + node.key.size() + node.text.size();
  for (const YamlNode& child : node.children) bytes += tree_bytes(child);
  return bytes;
}

int last_line(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return static_cast<int>(std::ranges::count(text, '\n')) + 1;
}

Error not_yaml(const std::string& file, int line, std::string_view why) {
  return Error{ErrorKind::kMalformed,
               file + ":" + std::to_string(line) + ": expected YAML, got " + std::string(why), "",
               0};
}

/// Builds the tree from yaml-cpp's events. After the first failure it ignores the rest.
class TreeBuilder : public YAML::EventHandler {
 public:
  YamlNode take_root() { return std::move(root_); }
  const std::optional<std::pair<int, std::string>>& failure() const { return failure_; }
  void fail(const YAML::Mark& mark, std::string why) {
    if (!failure_) failure_.emplace(line_of(mark), std::move(why));
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) fail(mark, "a second document; one file holds one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, node_at(mark, YamlNode::Kind::kNothing), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    YamlNode node = node_at(mark, YamlNode::Kind::kScalar);
    node.quoted = tag == "!";  // how yaml-cpp marks a scalar that is not plain
    node.text = value;
    add(mark, std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (failure_) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return fail(mark, "an alias within its own anchor");
    charge(mark, tree_bytes(found->second));
    if (!failure_) add(mark, found->second, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YamlNode node;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    std::optional<std::pair<int, std::string>> key;  ///< read, and waiting for its value
  };

  static YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = node.key_line = line_of(mark);
    return node;
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") fail(mark, "a tag; write the value without it");
  }

  void charge(const YAML::Mark& mark, std::size_t bytes) {
    bytes_ += bytes;
    if (bytes_ > kMaxTreeBytes) fail(mark, "too much: more than 64 MiB with aliases expanded");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    refuse_tag(mark, tag);
    if (!failure_) open_.push_back({node_at(mark, kind), mark, anchor, std::nullopt});
  }

  void close() {
    if (failure_) return;
    Frame frame = std::move(open_.back());
    open_.pop_back();
    add(frame.mark, std::move(frame.node), frame.anchor);
  }

  void add(const YAML::Mark& mark, YamlNode node, YAML::anchor_t anchor) {
    charge(mark, sizeof node + node.text.size());
    if (failure_) return;
    if (anchor != 0) {
      charge(mark, tree_bytes(node));
      if (failure_) return;
      anchors_[anchor] = node;
    }
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.kind == YamlNode::Kind::kList) {
      open_.back().node.children.push_back(std::move(node));
    } else {
      add_to_map(mark, open_.back(), std::move(node));
    }
  }

  void add_to_map(const YAML::Mark& mark, Frame& frame, YamlNode node) {
    if (!frame.key) {
      if (node.kind != YamlNode::Kind::kScalar) return fail(mark, "a key that is not a plain word");
      frame.key.emplace(line_of(mark), std::move(node.text));
      return;
    }
    node.key_line = frame.key->first;
    // yaml-cpp marks a value that is not there by what comes next.
    if (node.kind == YamlNode::Kind::kNothing) node.line = node.key_line;
    node.key = std::move(frame.key->second);
    frame.key.reset();
    frame.node.children.push_back(std::move(node));
  }

  YamlNode root_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t bytes_ = 0;
  int documents_ = 0;
  std::optional<std::pair<int, std::string>> failure_;
};

/// yaml-cpp takes byte 0x04 for the end of the file and a NUL for UTF-16: neither may cut a
/// configuration short in silence.
std::optional<Error> find_control_byte(std::string_view text, const std::string& file) {
  int line = 1;
  for (const char c : text) {
    if (c == '\n') ++line;
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\r' || c == '\t') continue;
    return not_yaml(file, line, "a control byte; save the file as UTF-8 text");
  }
  return std::nullopt;
}

}  // namespace

Result<YamlNode> parse_yaml(std::string_view text, const std::string& file) {
  if (auto error = find_control_byte(text, file)) return *std::move(error);
  TreeBuilder builder;
  try {
    // yaml-cpp takes a quoted text without its end for a whole one, unless the document ends first.
    std::istringstream stream(std::string(text) + "\n...\n");
    YAML::Parser parser(stream);
    while (!builder.failure() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& exception) {
    const bool unended = exception.msg == YAML::ErrorMsg::DOC_IN_SCALAR;
    builder.fail(exception.mark, unended ? "a quoted text without its end"
                                         : "a mistake in its syntax: " + exception.msg);
  }
  if (const auto& failure = builder.failure()) {
    return not_yaml(file, std::min(failure->first, last_line(text)), failure->second);
  }
  return builder.take_root();
}

}  // namespace litewatch
