#include "probe/pattern.h"

#include <re2/re2.h>

#include "probe/cel/utf8_view.h"

namespace litewatch {
namespace {

constexpr std::int64_t kMaxAutomatonBytes = 1 << 20;

RE2::Options options() {
  RE2::Options options(RE2::DefaultOptions);
  options.set_max_mem(kMaxAutomatonBytes);
  options.set_log_errors(false);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Pattern::Compiled {
  explicit Compiled(std::string_view regexp) : expression(piece(regexp), options()) {}
  RE2 expression;
};

Result<Pattern> Pattern::compile(std::string_view regexp) {
  auto compiled = std::make_shared<const Compiled>(regexp);
  if (!compiled->expression.ok()) {
    return Error{ErrorKind::kMalformed, compiled->expression.error(), "", 0};
  }
  Pattern pattern;
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

std::size_t Pattern::size() const {
  return static_cast<std::size_t>(compiled_->expression.ProgramSize());
}

bool Pattern::found_in(std::string_view text) const {
  const Utf8View view(text);
  return RE2::PartialMatch(piece(view.text()), compiled_->expression);
}

bool Pattern::match(std::string_view text, std::vector<std::string>& groups) const {
  const RE2& expression = compiled_->expression;
  const Utf8View view(text);
  const re2::StringPiece subject = piece(view.text());
  std::vector<re2::StringPiece> found(
      static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  if (!expression.Match(subject, 0, subject.size(), RE2::UNANCHORED, found.data(),
                        static_cast<int>(found.size()))) {
    return false;
  }
  groups.clear();
  for (const re2::StringPiece& group : found) {
    if (group.data() == nullptr) {
      groups.emplace_back();
      continue;
    }
    const auto begin = static_cast<std::size_t>(group.data() - subject.data());
    const std::size_t from = view.origin(begin);
    groups.emplace_back(text.substr(from, view.origin(begin + group.size()) - from));
  }
  return true;
}

}  // namespace litewatch
