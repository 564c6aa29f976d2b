#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace litewatch {

/// A sample line, labels unescaped, the value as it is written.
struct ParsedSample {
  std::string name;
  std::map<std::string, std::string> labels;
  std::string value;

  auto key() const { return std::tie(name, labels); }
  bool operator<(const ParsedSample& other) const {
    return std::tie(name, labels, value) < std::tie(other.name, other.labels, other.value);
  }
  bool operator==(const ParsedSample&) const = default;
};

/// The samples of a page in either format. Throws std::runtime_error with the line where a sample
/// is malformed.
std::vector<ParsedSample> parse_page(std::string_view page);

/// All lines, without their newlines; throws where the last one has none.
std::vector<std::string> lines_of(std::string_view page);

/// What a gzip member holds; throws where it is not exactly one.
std::string gunzip(std::string_view compressed);

}  // namespace litewatch
