#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collect/sqlite_search.h"

namespace litewatch {

/// Adds what one mount's search came to to what the others' did.
void add(const SearchOutcome& from, SearchOutcome& to);

/// The patterns and folders of the configuration under which databases may be that nobody sees: a
/// folder cannot be listed, a file not be read, or nothing at all is found. Says so in the log,
/// with what to do, when it begins, changes and ends. Not thread-safe.
class SqlitePlaces {
 public:
  struct Place {
    std::string group;
    std::uint64_t count = 0;  ///< folders and files that cannot be seen; 1 where nothing is found
  };

  /// Takes what a search for all targets, on all mounts, came to.
  void take(const SqliteSearch::Targets& targets, const SearchOutcome& outcome);

  const std::vector<Place>& unseen() const { return unseen_; }

 private:
  void log_seen_again(const std::vector<SqliteTarget>& targets);

  std::vector<Place> unseen_;
  std::map<std::string, std::string> logged_;  ///< what was said last, by the target's path
  std::map<std::string, std::string> to_log_;  ///< the same of the search at hand
};

}  // namespace litewatch
