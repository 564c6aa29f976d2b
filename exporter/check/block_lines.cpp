#include "check/block_lines.h"

#include <algorithm>

namespace litewatch {
namespace {

/// Whether a line ends as the head of a block does: " |", " >-", " |2+ # why".
bool opens_block(std::string_view line) {
  line = line.substr(0, line.find(" #"));
  const std::size_t last = line.find_last_not_of("-+0123456789 \t\r");
  return last != std::string_view::npos && (line[last] == '|' || line[last] == '>');
}

}  // namespace

BlockLines::BlockLines(std::string_view document) {
  for (int line = 1; !document.empty(); ++line) {
    const std::size_t end = std::min(document.find('\n'), document.size());
    if (opens_block(document.substr(0, end))) headers_.insert(line);
    document.remove_prefix(std::min(end + 1, document.size()));
  }
}

}  // namespace litewatch
