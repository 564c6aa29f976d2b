#include "collect/sqlite_places.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace litewatch {
namespace {

std::string_view mend(int errnum) {
  switch (errnum) {
    case EACCES:
    case EPERM:
      return "let litewatch run as the app's user or group, or exclude what holds no databases";
    case ENOENT:
    case ENOTDIR:
      return "check the path and that the volume is mounted";
    default:
      return "check the file system, and litewatch's limit on open files";
  }
}

std::string explain(const SearchFailures& failures) {
  return failures.path + ": " + std::strerror(failures.errnum) + "; " +
         std::string(mend(failures.errnum));
}

std::string explain_barren(const SqliteTarget& target) {
  return std::string("there is no database; check the path, that the volume is mounted") +
         (target.finds_by_content() ? ", and max_depth and exclude" : "");
}

void add(const SearchFailures& from, SearchFailures& to) {
  if (to.count == 0 || from.path < to.path) {
    to.path = from.path;
    to.errnum = from.errnum;
  }
  to.count += from.count;
}

}  // namespace

void add(const SearchOutcome& from, SearchOutcome& to) {
  to.fruitful.insert(from.fruitful.begin(), from.fruitful.end());
  for (const auto& [target, failures] : from.failures) add(failures, to.failures[target]);
}

void SqlitePlaces::take(const SqliteSearch::Targets& targets, const SearchOutcome& outcome) {
  unseen_.clear();
  to_log_.clear();
  for (std::size_t i = 0; i < targets->size(); ++i) {
    const SqliteTarget& target = (*targets)[i];
    const auto failing = outcome.failures.find(i);
    const bool failed = failing != outcome.failures.end();
    if (target.is_single_file() || (!failed && outcome.fruitful.contains(i))) continue;
    unseen_.push_back({target.group, failed ? failing->second.count : 1});
    const std::string& what = to_log_[target.path] =
        failed ? explain(failing->second) : explain_barren(target);
    // The count is not part of what is compared: it may change with each search.
    if (const auto said = logged_.find(target.path);
        said != logged_.end() && said->second == what) {
      continue;
    }
    spdlog::warn("databases {}: {}{}", target.path,
                 failed && failing->second.count > 1
                     ? std::to_string(failing->second.count) + " places cannot be searched, first "
                     : "",
                 what);
  }
  log_seen_again(*targets);
  std::swap(logged_, to_log_);
}

void SqlitePlaces::log_seen_again(const std::vector<SqliteTarget>& targets) {
  for (const auto& [path, what] : logged_) {
    if (to_log_.contains(path)) continue;
    const bool still_named =
        std::any_of(targets.begin(), targets.end(),
                    [&path = path](const auto& target) { return target.path == path; });
    if (still_named) spdlog::info("databases {}: all of it can be searched again", path);
  }
}

}  // namespace litewatch
