#include "rules/template_text.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "rules/template_functions.h"

namespace litewatch {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// What a dot stands for: the alert, an element of a query's result, or what nobody follows.
struct Dot {
  enum class Kind : unsigned char { kAlert, kQuery, kOther };
  Kind kind = Kind::kAlert;
  std::size_t query = 0;
};

/// A format of printf with something in the place of each verb.
std::string filled(std::string_view format) {
  std::string text;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') {
      text += format[at];
      continue;
    }
    const std::size_t verb = format.find_first_not_of("0123456789.+-# ", at + 1);
    if (verb == std::string_view::npos) break;
    const char c = format[verb];
    text += c == '%' ? "%" : c == 'q' ? "\"x\"" : c == 's' || c == 'v' ? "x" : "1";
    at = verb;
  }
  return text;
}

/// One action, between `{{` and `}}`. `dots` are the blocks around it, the innermost last.
class Action {
 public:
  Action(std::string_view text, std::vector<Dot>& dots, TemplateText& out)
      : text_(text), dots_(dots), out_(out) {}

  void read() {
    while (at_ < text_.size()) step();
    if (has_query_ && !query_ && format_) add_query(filled(*format_));
    out_.value_is_raw |= prints_value_ && !formatted_;
    enter_block();
  }

 private:
  void step() {
    const char c = text_[at_];
    if (text_.substr(at_).starts_with("/*")) {
      at_ = std::min(text_.find("*/", at_), text_.size() - 2) + 2;
    } else if (c == '"' || c == '`') {
      string(c);
    } else if (c == '$' || c == '.') {
      variable();
    } else if (is_word(c)) {
      function();
    } else {
      ++at_;
    }
  }

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
    if (last_ == "query") {
      add_query(std::move(value));
    } else if (last_ == "printf") {
      format_ = std::move(value);
    } else if (last_ == "labels") {  // index $labels "x"
      out_.labels.push_back(std::move(value));
    } else if (last_ == "label") {
      ask_query(std::move(value));
    }
    last_ = "";
  }

  void add_query(std::string text) {
    query_ = out_.queries.size();
    out_.queries.push_back({std::move(text), {}});
  }

  /// `label "x"` is of the query in the same action, or of the block's.
  void ask_query(std::string label) {
    if (query_) {
      out_.queries[*query_].labels.push_back(std::move(label));
    } else if (dots_.back().kind == Dot::Kind::kQuery) {
      out_.queries[dots_.back().query].labels.push_back(std::move(label));
    }
  }

  /// `$labels.x`, `.Labels.x`, `$value`, `.Value`, and others, which are not ours to judge.
  void variable() {
    const bool dot = text_[at_] == '.';
    const bool field = dot && at_ > 0 && (is_word(text_[at_ - 1]) || text_[at_ - 1] == ')');
    ++at_;
    const std::string_view name = word();
    last_ = "";
    if (name == (dot ? "Value" : "value")) {
      out_.uses_value = true;
      prints_value_ = true;
    }
    if (field || name != (dot ? "Labels" : "labels")) return;
    last_ = dot ? "" : "labels";
    if (at_ >= text_.size() || text_[at_] != '.') return;
    ++at_;
    last_ = "";
    add_label(std::string(word()), dot ? dots_.back() : Dot{});
  }

  void add_label(std::string label, const Dot& of) {
    if (of.kind == Dot::Kind::kAlert) {
      out_.labels.push_back(std::move(label));
    } else if (of.kind == Dot::Kind::kQuery) {
      out_.queries[of.query].labels.push_back(std::move(label));
    }
  }

  void function() {
    const std::string_view name = word();
    if (name.front() >= '0' && name.front() <= '9') return;
    if (name == "true" || name == "false" || name == "nil") return;
    if (!is_template_function(name)) {
      out_.problem = "there is no function \"" + std::string(name) + "\"";
    }
    if (first_.empty()) first_ = name;
    has_query_ |= name == "query";
    formatted_ |= name.starts_with("humanize") || name == "printf" || name == "if" ||
                  name == "gt" || name == "lt" || name == "eq";
    if (name != "index") last_ = name;
  }

  void enter_block() {
    if (first_ == "end" && dots_.size() > 1) dots_.pop_back();
    if (first_ == "if") dots_.push_back(dots_.back());
    if (first_ == "define" || first_ == "block") dots_.push_back({Dot::Kind::kOther, 0});
    if (first_ != "range" && first_ != "with") return;
    dots_.push_back(query_ ? Dot{Dot::Kind::kQuery, *query_} : Dot{Dot::Kind::kOther, 0});
  }

  std::string_view text_;
  std::vector<Dot>& dots_;
  TemplateText& out_;
  std::size_t at_ = 0;
  std::string_view first_;
  std::string_view last_;
  bool has_query_ = false;
  std::optional<std::size_t> query_;
  std::optional<std::string> format_;
  bool prints_value_ = false;
  bool formatted_ = false;
};

}  // namespace

TemplateText read_template(std::string_view text) {
  TemplateText out;
  std::vector<Dot> dots = {Dot{}};
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const std::size_t end = text.find("}}", at);
    if (end == std::string_view::npos) {
      out.problem = "an action is not closed";
      return out;
    }
    out.has_actions = true;
    Action(text.substr(at + 2, end - at - 2), dots, out).read();
    at = end + 2;
  }
  if (dots.size() > 1 && !out.problem) out.problem = "a block has no end";
  return out;
}

}  // namespace litewatch
