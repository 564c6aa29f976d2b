#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collect/container/names.h"

namespace litewatch {

/// Counts how often sources of names fail, and logs when one begins to and when it ends.
/// Not thread-safe.
class NameFailureCounts {
 public:
  /// `source` was asked: what failed, at most one error for each path.
  void note(const std::string& source, const std::string& path, const std::optional<Error>& error);

  /// By source and reason.
  std::vector<NameFailures> all() const;

 private:
  std::map<std::pair<std::string, std::string>, ErrorKind> failing_;  ///< by source and path
  std::map<std::pair<std::string, ErrorKind>, std::uint64_t> counts_;
};

}  // namespace litewatch
