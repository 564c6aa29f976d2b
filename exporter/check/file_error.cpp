#include "check/file_error.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/parse.h"

namespace litewatch {
namespace {

constexpr const char* kMend = "nothing else of the file is checked until it is mended";

void add(const std::string& file, int line, std::string what, Findings& findings) {
  findings.push_back({"file/invalid", {file, line}, "", std::move(what), kMend});
}

/// Adds "FILE:LINE: what" as a finding; nothing where the text does not begin so.
void add_located(std::string_view text, const std::string& file, Findings& findings) {
  if (!text.starts_with(file + ":")) return;
  text.remove_prefix(file.size() + 1);
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return;
  const auto line = parse_u64(text.substr(0, colon));
  if (line) add(file, static_cast<int>(*line), std::string(text.substr(colon + 2)), findings);
}

}  // namespace

void add_file_error(const Error& error, const std::string& file, Findings& findings) {
  const std::size_t before = findings.size();
  std::string_view rest = error.what;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    add_located(rest.substr(0, end), file, findings);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (findings.size() > before) return;
  add(file, 1, Error{error.kind, error.what, "", error.errnum}.message(), findings);
}

}  // namespace litewatch
