#include "rules/template_text.h"

#include <algorithm>
#include <array>

namespace litewatch {
namespace {

constexpr auto kFunctions = std::to_array<std::string_view>({"and",
                                                             "args",
                                                             "call",
                                                             "define",
                                                             "else",
                                                             "end",
                                                             "eq",
                                                             "externalURL",
                                                             "first",
                                                             "ge",
                                                             "graphLink",
                                                             "gt",
                                                             "html",
                                                             "humanize",
                                                             "humanize1024",
                                                             "humanizeDuration",
                                                             "humanizePercentage",
                                                             "humanizeTimestamp",
                                                             "if",
                                                             "index",
                                                             "js",
                                                             "label",
                                                             "le",
                                                             "len",
                                                             "lt",
                                                             "match",
                                                             "ne",
                                                             "not",
                                                             "or",
                                                             "parseDuration",
                                                             "pathPrefix",
                                                             "print",
                                                             "printf",
                                                             "println",
                                                             "query",
                                                             "range",
                                                             "reReplaceAll",
                                                             "safeHtml",
                                                             "slice",
                                                             "sortByLabel",
                                                             "stripDomain",
                                                             "stripPort",
                                                             "strvalue",
                                                             "tableLink",
                                                             "template",
                                                             "title",
                                                             "toLower",
                                                             "toTime",
                                                             "toUpper",
                                                             "urlquery",
                                                             "value",
                                                             "with"});

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// One action, between `{{` and `}}`.
class Action {
 public:
  Action(std::string_view text, TemplateText& out) : text_(text), out_(out) {}

  void read() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '`') {
        string(c);
      } else if (c == '$' || c == '.') {
        variable();
      } else if (is_word(c)) {
        function();
      } else {
        ++at_;
      }
    }
    out_.value_is_raw |= prints_value_ && !formatted_;
  }

 private:
  std::string_view word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  void string(char quote) {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    ++at_;
    if (last_ == "query") out_.queries.push_back(value);
    if (last_ == "labels") out_.labels.push_back(value);  // index $labels "x"
    last_ = "";
  }

  /// `$labels.x`, `.Labels.x`, `$value`, `.Value`, and others, which are not ours to judge.
  void variable() {
    ++at_;
    const std::string_view name = word();
    if (name == "value" || name == "Value") {
      out_.uses_value = true;
      prints_value_ = true;
    }
    last_ = "";
    if (name != "labels" && name != "Labels") return;
    last_ = "labels";
    if (at_ >= text_.size() || text_[at_] != '.') return;
    ++at_;
    out_.labels.emplace_back(word());
    last_ = "";
  }

  void function() {
    const std::string_view name = word();
    if (name.front() >= '0' && name.front() <= '9') return;
    if (name == "true" || name == "false" || name == "nil") return;
    if (std::find(kFunctions.begin(), kFunctions.end(), name) == kFunctions.end()) {
      out_.problem = "there is no function \"" + std::string(name) + "\"";
    }
    formatted_ |= name.starts_with("humanize") || name == "printf" || name == "if" ||
                  name == "gt" || name == "lt" || name == "eq";
    if (name != "index") last_ = name;
  }

  std::string_view text_;
  TemplateText& out_;
  std::size_t at_ = 0;
  std::string_view last_;
  bool prints_value_ = false;
  bool formatted_ = false;
};

}  // namespace

TemplateText read_template(std::string_view text) {
  TemplateText out;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const std::size_t end = text.find("}}", at);
    if (end == std::string_view::npos) {
      out.problem = "an action is not closed";
      break;
    }
    out.has_actions = true;
    Action(text.substr(at + 2, end - at - 2), out).read();
    at = end + 2;
  }
  return out;
}

}  // namespace litewatch
