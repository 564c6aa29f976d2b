#include "deliver/yaml_edits.h"

#include <algorithm>
#include <cctype>

namespace litewatch {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Where something can be put in between two bytes of a value, given where its bytes stand.
std::size_t gap(const std::vector<std::size_t>& places, std::size_t before) {
  if (before > 0 && places[before - 1] != kNowhere) return places[before - 1] + 1;
  return before < places.size() ? places[before] : kNowhere;
}

}  // namespace

YamlEdits::YamlEdits(std::string_view text) : text_(text), line_starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::size_t YamlEdits::after_key(std::string_view key, int line) const {
  const auto index = static_cast<std::size_t>(std::max(line, 1) - 1);
  if (index >= line_starts_.size()) return kNowhere;
  std::size_t at = std::max(done_, line_starts_[index]);
  for (; (at = text_.find(key, at)) != kNowhere; at += key.size()) {
    if (at > 0 && is_of_name(text_[at - 1])) continue;
    const std::size_t colon = text_.find_first_not_of("\"' ", at + key.size());
    if (colon != kNowhere && text_[colon] == ':') return colon + 1;
  }
  return kNowhere;
}

/// Where the bytes of `value` stand; blanks, which YAML folds, stand nowhere.
std::vector<std::size_t> YamlEdits::places(std::string_view value, std::size_t from) const {
  std::vector<std::size_t> found;
  for (const char c : value) {
    if (is_blank(c)) {
      found.push_back(kNowhere);
      continue;
    }
    const std::size_t at = text_.find(c, from);
    if (at == kNowhere) return {};
    found.push_back(at);
    from = at + 1;
  }
  return found;
}

bool YamlEdits::replace(std::string_view key, int line, std::string_view value,
                        const std::vector<PartOfValue>& parts) {
  if (parts.empty()) return true;
  const std::size_t from = after_key(key, line);
  if (from == kNowhere) return false;
  const auto at = places(value, from);
  if (at.empty()) return false;
  for (const PartOfValue& part : parts) {
    const std::size_t size = part.end - part.start;
    const std::size_t start = size == 0 ? gap(at, part.start) : at[part.start];
    if (start == kNowhere || text_.substr(start, size) != value.substr(part.start, size)) {
      return false;
    }
    edits_.push_back({start, size, part.text});
    done_ = start + size;
  }
  return true;
}

std::string YamlEdits::text() const {
  std::string result;
  std::size_t at = 0;
  for (const Edit& edit : edits_) {
    result.append(text_, at, edit.at - at).append(edit.text);
    at = edit.at + edit.size;
  }
  return result.append(text_, at);
}

}  // namespace litewatch
