#include "check/file_error.h"

#include <optional>
#include <string_view>
#include <utility>

#include "base/parse.h"

namespace litewatch {
namespace {

constexpr const char* kMend = "nothing else of the file is checked until it is mended";

Finding finding_at(const std::string& file, int line, std::string what) {
  return {"file/invalid", {file, line}, "", std::move(what), kMend};
}

/// "FILE:LINE: what" as a finding; nullopt where the text does not begin so.
std::optional<Finding> located(std::string_view text, const std::string& file) {
  if (!text.starts_with(file + ":")) return std::nullopt;
  text.remove_prefix(file.size() + 1);
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return std::nullopt;
  const auto line = parse_u64(text.substr(0, colon));
  if (!line) return std::nullopt;
  return finding_at(file, static_cast<int>(*line), std::string(text.substr(colon + 2)));
}

}  // namespace

void add_file_error(const Error& error, const std::string& file, Findings& findings) {
  const std::size_t before = findings.size();
  std::string_view rest = error.what;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (auto finding = located(rest.substr(0, end), file)) findings.push_back(*std::move(finding));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (findings.size() > before) return;
  findings.push_back(
      finding_at(file, 1, Error{error.kind, error.what, "", error.errnum}.message()));
}

}  // namespace litewatch
