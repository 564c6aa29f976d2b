#include "collect/sqlite_search.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/wildcard.h"
#include "read/sqlite_header.h"

namespace litewatch {
namespace {

constexpr unsigned kMaxLinks = 40;  // as many as the kernel follows
constexpr std::string_view kAnyDepth = "**";

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using Dir = std::unique_ptr<DIR, CloseDir>;

/// Null at the end, with errno 0, and at an error.
const dirent* next_entry(DIR* dir) {
  errno = 0;
  return ::readdir(dir);
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) parts.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

/// nullopt where `path` is not a symbolic link (or is gone).
std::optional<std::string> read_link(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  if (size <= 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(size));
}

/// The step with its next component replaced by where a symbolic link points.
SearchStep through_link(SearchStep step, const std::string& target) {
  ++step.links;
  if (target.front() == '/') step.base.clear();
  std::vector<std::string> rest = split_path(target);
  step.link_parts = rest.size() + (step.link_parts > 0 ? step.link_parts - 1 : 0);
  rest.insert(rest.end(), step.rest.begin() + 1, step.rest.end());
  step.rest = std::move(rest);
  return step;
}

/// Some file systems do not tell the type in readdir.
unsigned char file_type(const std::string& folder, const dirent& entry) {
  struct stat st;
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  if (::lstat((folder + "/" + entry.d_name).c_str(), &st) != 0) return DT_UNKNOWN;
  return IFTODT(st.st_mode);
}

Result<bool> has_magic(const std::string& path) {
  const auto file = open_regular_file(path.c_str());
  if (!file) return file.error();
  if (!*file) return false;
  std::array<std::byte, 16> start;
  const auto size = read_at((*file)->get(), start, 0);
  if (!size) return size.error();
  return has_sqlite_magic(std::span(start).first(*size));
}

/// Whether a file that is not empty is a database by what it holds; an error where neither that nor
/// its neighbours tell.
Result<bool> holds_database(const std::string& path) {
  const auto magic = has_magic(path);
  if (magic && *magic) return true;
  if (::access((path + "-wal").c_str(), F_OK) == 0) return true;
  if (::access((path + "-shm").c_str(), F_OK) == 0) return true;
  return magic;
}

/// Whether an error says that something is not there, rather than that it cannot be seen.
bool says_absent(int errnum) {
  return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP || errnum == ENAMETOOLONG;
}

/// The folders before the first wildcard; for a folder target, the folder itself.
std::string fixed_prefix(const SqliteTarget& target) {
  if (target.folder) return target.path;
  std::string prefix;
  for (const std::string& part : split_path(target.path)) {
    if (has_wildcard(part)) break;
    prefix += "/" + part;
  }
  return prefix;
}

std::string relative_to(const std::string& path, const std::string& prefix) {
  const bool below = path.starts_with(prefix) && path.size() > prefix.size() + 1;
  return below ? path.substr(prefix.size() + (prefix.empty() || prefix.back() != '/' ? 1 : 0))
               : path;
}

std::size_t depth_below(const std::string& path, const std::string& prefix) {
  std::size_t depth = 0;
  for (const char c : relative_to(path, prefix)) depth += c == '/' ? 1 : 0;
  return depth;
}

}  // namespace

namespace {

bool is_litestream_folder(std::string_view name) {
  return name.starts_with(".") && name.ends_with("-litestream");
}

bool is_no_place_for_databases(std::string_view name) {
  return is_litestream_folder(name) || name == "lost+found";
}

/// "-mj" and nine hex digits at the end (pager.c, vdbe.c: vdbeCommit).
bool is_super_journal(std::string_view name) {
  constexpr std::size_t kDigits = 9;
  const std::size_t at = name.rfind("-mj");
  return at != std::string_view::npos && name.size() == at + 3 + kDigits &&
         name.find_first_not_of("0123456789ABCDEF", at + 3) == std::string_view::npos;
}

}  // namespace

bool SqliteTarget::is_pattern() const { return !folder && !literal && has_wildcard(path); }

bool SqliteTarget::finds_by_content() const {
  if (folder) return true;
  const std::string_view last = name_part(path);
  return is_pattern() && last.find_first_not_of('*') == last.npos;
}

bool SqliteTarget::names_its_files() const {
  return is_pattern() && !has_wildcard(name_part(path));
}

bool is_sidecar_name(std::string_view name) {
  for (const std::string_view suffix : {"-wal", "-shm", "-journal"}) {
    if (name.ends_with(suffix)) return true;
  }
  return is_super_journal(name) || name.find(".corrupt") != std::string_view::npos ||
         is_litestream_folder(name);
}

std::vector<std::string> corrupt_copies_in(const std::string& folder) {
  std::vector<std::string> names;
  const Dir dir(::opendir(folder.c_str()));
  if (!dir) return names;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name.find(".corrupt") != std::string_view::npos) names.emplace_back(name);
  }
  return names;
}

SearchStep first_step(std::size_t index, const SqliteTarget& target) {
  SearchStep step{.target = index, .base = "", .matched = "", .rest = split_path(target.path)};
  if (target.folder) step.rest.emplace_back(kAnyDepth);
  return step;
}

SqliteSearch::SqliteSearch(Targets targets, Mounts mounts, std::string mount_point, Known known)
    : targets_(std::move(targets)),
      mounts_(std::move(mounts)),
      mount_point_(std::move(mount_point)),
      known_(std::move(known)) {}

void SqliteSearch::run_until(double deadline_s) {
  do {
    if (steps_.empty()) return;
    SearchStep step = std::move(steps_.front());
    steps_.pop_front();
    follow(std::move(step));
  } while (monotonic_s() < deadline_s);
}

bool SqliteSearch::elsewhere(std::string_view path) const {
  const Mount* mount = mount_of(*mounts_, path.empty() ? "/" : path);
  return mount != nullptr && mount->mount_point != mount_point_;
}

void SqliteSearch::follow(SearchStep step) {
  if (step.rest.empty()) return consider(step);
  const std::string& next = step.rest.front();
  if (next == "." || next == "..") {  // only a link's target holds these
    if (next == "..") step.base = parent_of(step.base);
    step.rest.erase(step.rest.begin());
    if (step.link_parts > 0) --step.link_parts;
    return steps_.push_front(std::move(step));
  }
  const bool literal = step.named || step.link_parts > 0 ||
                       (*targets_)[step.target].is_single_file() || !has_wildcard(next);
  if (!literal) return expand(step);
  follow_literal(std::move(step));
}

void SqliteSearch::follow_literal(SearchStep step) {
  const std::string path = step.base + "/" + step.rest.front();
  if (elsewhere(path)) return handed_over_.push_back(std::move(step));
  if (step.link_parts == 0) step.matched += "/" + step.rest.front();
  step.named = false;
  if (const auto target = read_link(path); target && step.links < kMaxLinks) {
    return steps_.push_front(through_link(std::move(step), *target));
  }
  step.base = path;
  step.rest.erase(step.rest.begin());
  if (step.link_parts > 0) --step.link_parts;
  steps_.push_front(std::move(step));
}

void SqliteSearch::expand(const SearchStep& step) {
  const Dir dir(::opendir(step.base.empty() ? "/" : step.base.c_str()));
  if (!dir) return note_failure(step, errno);
  while (const dirent* entry = next_entry(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const unsigned char type = file_type(step.base, *entry);
    if (type == DT_DIR ? is_no_place_for_databases(name) : is_sidecar_name(name)) continue;
    visit(step, std::string(name), type);
  }
  if (errno != 0) note_failure(step, errno);
}

/// What is not there is no failure, except for a folder that the configuration names.
void SqliteSearch::note_failure(const SearchStep& step, int errnum) {
  const SqliteTarget& target = (*targets_)[step.target];
  if (says_absent(errnum) && !(target.folder && step.matched == target.path)) return;
  SearchFailures& failures = outcome_.failures[step.target];
  ++failures.count;
  if (failures.count > 1 && failures.path <= step.base) return;
  failures.path = step.base;
  failures.errnum = errnum;
}

void SqliteSearch::visit(const SearchStep& step, const std::string& name, unsigned char type) {
  const SqliteTarget& target = (*targets_)[step.target];
  const std::vector<std::string> after(step.rest.begin() + 1, step.rest.end());
  const std::string& pattern = step.rest.front();
  if (pattern != kAnyDepth) {
    if (::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0) enter(step, name, type, after);
    return;
  }
  if (type == DT_DIR) {
    const std::string matched = step.matched + "/" + name;
    if (depth_below(matched, fixed_prefix(target)) < target.max_depth) {
      enter(step, name, type, step.rest);
    }
  } else if (after.empty()) {
    enter(step, name, type, {});
  }
  // "**" may also stand for no folder at all.
  if (!after.empty() && ::fnmatch(after.front().c_str(), name.c_str(), FNM_PERIOD) == 0) {
    enter(step, name, type, {after.begin() + 1, after.end()});
  }
}

void SqliteSearch::enter(const SearchStep& from, const std::string& name, unsigned char type,
                         std::vector<std::string> rest) {
  SearchStep step{from.target, from.base, from.matched, std::move(rest)};
  const std::string path = from.base + "/" + name;
  const bool other_mount = elsewhere(path);
  if (other_mount || (type == DT_LNK && !step.rest.empty())) {
    step.rest.insert(step.rest.begin(), name);  // looked at by its new owner, or as a link
    step.named = true;
    if (other_mount) return handed_over_.push_back(std::move(step));
    return steps_.push_back(std::move(step));
  }
  step.base = path;
  step.matched += "/" + name;
  if (!excluded((*targets_)[step.target], step)) steps_.push_back(std::move(step));
}

bool SqliteSearch::excluded(const SqliteTarget& target, const SearchStep& step) const {
  const std::string relative = relative_to(step.matched, fixed_prefix(target));
  for (const std::string& glob : target.exclude) {
    if (::fnmatch(glob.c_str(), relative.c_str(), 0) == 0) return true;
    // A leading "**/" may stand for no folder at all.
    if (glob.starts_with("**/") && ::fnmatch(glob.c_str() + 3, relative.c_str(), 0) == 0) {
      return true;
    }
  }
  return false;
}

void SqliteSearch::consider(const SearchStep& step) {
  const SqliteTarget& target = (*targets_)[step.target];
  if (target.is_single_file()) {
    found_.push_back({step.target, step.base, ""});
    return;
  }
  if (const auto link = read_link(step.base); link && step.links < kMaxLinks) {
    SearchStep linked{step.target, parent_of(step.base), step.matched, {""}, step.links, 1};
    steps_.push_front(through_link(std::move(linked), *link));
    return;
  }
  if (!leads_to_database(step)) return;
  outcome_.fruitful.insert(step.target);
  found_.push_back({step.target, step.base, relative_to(step.matched, fixed_prefix(target))});
}

bool SqliteSearch::leads_to_database(const SearchStep& step) {
  struct stat st;
  if (::lstat(step.base.c_str(), &st) != 0) {
    note_failure(step, errno);
    return false;
  }
  if (known_ && known_(step.base)) return true;
  if (!S_ISREG(st.st_mode)) return false;
  if (!(*targets_)[step.target].finds_by_content()) return true;
  if (st.st_size == 0) return false;
  const auto holds = holds_database(step.base);
  if (!holds && holds.error().errnum != 0) note_failure(step, holds.error().errnum);
  return holds && *holds;
}

}  // namespace litewatch
