#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/objectives.h"
#include "read/mountinfo.h"

namespace litewatch {

/// Where to look for databases, and what to call those found there.
struct SqliteTarget {
  std::string path;      ///< absolute; a file, a pattern with *, ?, [...] and **, or a folder
  bool literal = false;  ///< *, ? and [ in the path stand for themselves
  bool folder = false;   ///< search the folder for every file that is a SQLite database
  std::string name;      ///< label `db` of a single file; empty: from the path found
  std::string app;       ///< label `app`; empty: the name
  std::string group;
  std::size_t max_depth = 4;         ///< folders below `path`, where it is a folder
  std::vector<std::string> exclude;  ///< globs on the path relative to a folder
  SqliteObjectives objectives;
  bool locks_on_remote = false;

  bool is_pattern() const;
  bool is_single_file() const { return !folder && !is_pattern(); }
  /// A folder, or a pattern that leaves the file's name wholly open, leads to what turns out to be
  /// a database; any other names databases, which are such whatever they hold.
  bool finds_by_content() const;
  /// A pattern whose last component is a name, as of an app's own database in each of many folders.
  bool names_its_files() const;
};

/// A step of a search: from the real folder `base`, follow the components `rest`.
struct SearchStep {
  std::size_t target = 0;         ///< index of the SqliteTarget
  std::string base;               ///< real path reached so far; "" for the root
  std::string matched;            ///< the same as the configuration spells it, links unresolved
  std::vector<std::string> rest;  ///< components still to follow
  unsigned links = 0;             ///< symbolic links followed
  std::size_t link_parts = 0;     ///< leading components of `rest` that come from a link's target
  bool named = false;             ///< the first of `rest` is a name that was found, not a pattern
};

/// What a search has found.
struct FoundDatabase {
  std::size_t target = 0;
  std::string real_path;
  std::string name;  ///< the path relative to the pattern's fixed folders; empty for a single file
};

/// What one target's search could not see: folders that cannot be listed, and files that could be
/// databases and cannot be read. That nothing is there is no failure, except for a folder target.
struct SearchFailures {
  std::uint64_t count = 0;
  std::string path;  ///< the first one in the order of paths
  int errnum = 0;    ///< why, for that one

  bool operator==(const SearchFailures&) const = default;
};

/// What a search came to, by the index of the target; what has nothing to say is not there.
struct SearchOutcome {
  std::set<std::size_t> fruitful;  ///< patterns and folders that led to a database
  std::map<std::size_t, SearchFailures> failures;
};

/// A search that runs in slices and never leaves its mount: a component that lies on another mount
/// is handed over before it is touched, so that a dead file system hangs only its own search.
/// Symbolic links are resolved as SQLite does, since the sidecars lie beside the real file. Where a
/// target finds by content, a file counts as a database by its magic, or by a -wal or -shm beside
/// it (encrypted ones), never by its extension. What is known is found as long as it is there.
/// Sidecars, journals, set-aside corrupt copies and Litestream's folders are left out.
class SqliteSearch {
 public:
  using Targets = std::shared_ptr<const std::vector<SqliteTarget>>;
  using Mounts = std::shared_ptr<const std::vector<Mount>>;
  /// Whether a real path is that of a database found before. Called by run_until() only.
  using Known = std::function<bool(const std::string& real_path)>;

  SqliteSearch(Targets targets, Mounts mounts, std::string mount_point, Known known = {});

  void add(SearchStep step) { steps_.push_back(std::move(step)); }
  bool finished() const { return steps_.empty(); }

  /// Works until `deadline_s` (monotonic clock) or until finished.
  void run_until(double deadline_s);

  /// What was found, and what belongs to other mounts, since the last call.
  std::vector<FoundDatabase> take_found() { return std::exchange(found_, {}); }
  std::vector<SearchStep> take_handed_over() { return std::exchange(handed_over_, {}); }

  const SearchOutcome& outcome() const { return outcome_; }

 private:
  void follow(SearchStep step);
  void follow_literal(SearchStep step);
  void expand(const SearchStep& step);
  void visit(const SearchStep& step, const std::string& name, unsigned char type);
  void enter(const SearchStep& from, const std::string& name, unsigned char type,
             std::vector<std::string> rest);
  void consider(const SearchStep& step);
  bool leads_to_database(const SearchStep& step);
  void note_failure(const SearchStep& step, int errnum);
  bool excluded(const SqliteTarget& target, const SearchStep& step) const;
  bool elsewhere(std::string_view path) const;

  Targets targets_;
  Mounts mounts_;
  std::string mount_point_;
  Known known_;
  std::deque<SearchStep> steps_;
  std::vector<FoundDatabase> found_;
  std::vector<SearchStep> handed_over_;
  SearchOutcome outcome_;
};

/// The first step towards a target.
SearchStep first_step(std::size_t index, const SqliteTarget& target);

/// True for names that SQLite and its tools give to files beside a database: -wal, -shm, -journal,
/// -mj..., .corrupt...; and for Litestream's folders.
bool is_sidecar_name(std::string_view name);

/// The names of set-aside corrupt copies (NAME.corrupt...) in a folder; none where it cannot be
/// read.
std::vector<std::string> corrupt_copies_in(const std::string& folder);

}  // namespace litewatch
