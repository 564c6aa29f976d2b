#include "collect/sqlite_search.h"

#include <sys/fsuid.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>

#include "base/clock.h"
#include "catch.h"
#include "scene.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

const std::string kMagic("SQLite format 3\0", 16);

/// A tree of files below a fresh folder.
class Tree {
 public:
  /// A file that starts like a database, with the folders above it.
  Tree& db(const std::string& name) { return file(name, kMagic + std::string(84, '\0')); }
  Tree& file(const std::string& name, const std::string& content) {
    fs::create_directories(fs::path(path(name)).parent_path());
    write_file(path(name), content);
    return *this;
  }
  Tree& link(const std::string& name, const std::string& target) {
    fs::create_directories(fs::path(path(name)).parent_path());
    fs::create_symlink(target, path(name));
    return *this;
  }
  std::string path(const std::string& name) const { return folder_.file(name); }
  const std::string& root() const { return folder_.path(); }

 private:
  TempDir folder_;
};

SqliteTarget pattern(const std::string& path) {
  SqliteTarget target;
  target.path = path;
  target.max_depth = 32;
  return target;
}

SqliteTarget folder(const std::string& path, std::vector<std::string> exclude = {}) {
  SqliteTarget target;
  target.path = path;
  target.folder = true;
  target.exclude = std::move(exclude);
  return target;
}

Mount mount_at(const std::string& mount_point) {
  Mount mount;
  mount.mount_point = mount_point;
  return mount;
}

struct Outcome {
  std::map<std::string, std::string> found;  ///< name -> path below the tree's root
  std::vector<SearchStep> handed_over;
  bool fruitful = false;
  SearchFailures failures;  ///< its path below the tree's root
};

/// While it lives, files are seen as somebody does who owns none of them.
class AsNobody {
 public:
  AsNobody() : before_(::setfsuid(65534)) {}
  ~AsNobody() { ::setfsuid(static_cast<uid_t>(before_)); }

 private:
  int before_;
};

/// Searches for one target on the mount "/", or on another one, to the end.
Outcome search(const Tree& tree, const SqliteTarget& target, std::vector<Mount> mounts = {},
               const std::string& mount_point = "/", std::vector<SearchStep> steps = {},
               SqliteSearch::Known known = {}) {
  mounts.insert(mounts.begin(), mount_at("/"));
  SqliteSearch search(std::make_shared<const std::vector<SqliteTarget>>(1, target),
                      std::make_shared<const std::vector<Mount>>(mounts), mount_point,
                      std::move(known));
  if (steps.empty()) steps.push_back(first_step(0, target));
  for (SearchStep& step : steps) search.add(std::move(step));
  search.run_until(monotonic_s() + 5);
  REQUIRE(search.finished());
  Outcome outcome;
  for (const FoundDatabase& found : search.take_found()) {
    REQUIRE(found.real_path.starts_with(tree.root() + "/"));
    const std::string path = found.real_path.substr(tree.root().size() + 1);
    CHECK(outcome.found.emplace(found.name, path).second);
  }
  outcome.handed_over = search.take_handed_over();
  outcome.fruitful = search.outcome().fruitful.contains(0);
  if (search.outcome().failures.contains(0)) {
    outcome.failures = search.outcome().failures.at(0);
    REQUIRE(outcome.failures.path.starts_with(tree.root()));
    outcome.failures.path.erase(0, tree.root().size());
  }
  return outcome;
}

using Found = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("sqlite_search: a single file -> found as it is, whether or not it is there") {
  Tree tree;
  tree.db("app.db");
  CHECK(search(tree, pattern(tree.path("app.db"))).found == Found{{"", "app.db"}});
  CHECK(search(tree, pattern(tree.path("missing/x.db"))).found == Found{{"", "missing/x.db"}});
}

TEST_CASE("sqlite_search: a literal path with wildcards in it -> stands for itself") {
  Tree tree;
  tree.db("a*b.db").db("axb.db");
  SqliteTarget target = pattern(tree.path("a*b.db"));
  CHECK(search(tree, target).found == Found{{"a*b.db", "a*b.db"}, {"axb.db", "axb.db"}});
  target.literal = true;
  CHECK(search(tree, target).found == Found{{"", "a*b.db"}});
}

TEST_CASE("sqlite_search: patterns -> what they match, named by what they left open") {
  Tree tree;
  tree.db("t1/app.db").db("t2/app.db").db("t2/other.db").db("t3/deep/app.db").db("app.db");
  CHECK(search(tree, pattern(tree.path("*/app.db"))).found ==
        Found{{"t1/app.db", "t1/app.db"}, {"t2/app.db", "t2/app.db"}});
  CHECK(search(tree, pattern(tree.path("t[12]/*.db"))).found ==
        Found{{"t1/app.db", "t1/app.db"},
              {"t2/app.db", "t2/app.db"},
              {"t2/other.db", "t2/other.db"}});
  CHECK(search(tree, pattern(tree.path("t2/?pp.db"))).found == Found{{"app.db", "t2/app.db"}});
  CHECK(search(tree, pattern(tree.path("x*/app.db"))).found.empty());
}

TEST_CASE("sqlite_search: ** -> any depth, none included") {
  Tree tree;
  tree.db("app.db").db("a/app.db").db("a/b/c/app.db").db("a/b/other.db");
  const Found apps = {
      {"app.db", "app.db"}, {"a/app.db", "a/app.db"}, {"a/b/c/app.db", "a/b/c/app.db"}};
  CHECK(search(tree, pattern(tree.path("**/app.db"))).found == apps);
  CHECK(search(tree, pattern(tree.path("**"))).found.size() == 4);
  SqliteTarget shallow = pattern(tree.path("**/app.db"));
  shallow.max_depth = 1;
  CHECK(search(tree, shallow).found == Found{{"app.db", "app.db"}, {"a/app.db", "a/app.db"}});
}

TEST_CASE("sqlite_search: a folder -> what has the magic, whatever its extension") {
  Tree tree;
  tree.db("one.txt").db("two").file("three.db", "a text").file("four.sqlite", "");
  tree.file("encrypted.db", std::string(600, '\x17')).file("encrypted.db-wal", "x");
  fs::create_directory(tree.path("five.db"));
  CHECK(search(tree, folder(tree.root())).found ==
        Found{{"one.txt", "one.txt"}, {"two", "two"}, {"encrypted.db", "encrypted.db"}});
}

TEST_CASE("sqlite_search: a pattern that names files -> they are found whatever they hold") {
  Tree tree;
  tree.file("a/app.db", "a text").file("b/app.db", "").db("c/app.db").file("c/notes.txt", "x");
  fs::create_directories(tree.path("d/app.db"));
  CHECK(search(tree, pattern(tree.path("*/app.db"))).found.size() == 3);
  CHECK(search(tree, pattern(tree.path("**/*.db"))).found.size() == 3);
  CHECK(search(tree, pattern(tree.path("*/*"))).found == Found{{"c/app.db", "c/app.db"}});
  CHECK(search(tree, pattern(tree.path("**"))).found == Found{{"c/app.db", "c/app.db"}});
}

TEST_CASE("sqlite_search: known before -> found as long as anything is there") {
  Tree tree;
  tree.file("was.db", "a text").file("text", "a text");
  fs::create_directory(tree.path("folder.db"));
  const auto known = [&](const std::string& path) {
    return path == tree.path("was.db") || path == tree.path("gone.db");
  };
  for (const SqliteTarget& target : {folder(tree.root()), pattern(tree.path("*"))}) {
    CHECK(search(tree, target, {}, "/", {}, known).found == Found{{"was.db", "was.db"}});
  }
}

TEST_CASE("sqlite_search: a file that cannot be read -> found where it is named, else a failure") {
  Tree tree;
  tree.db("a/app.db").db("b/app.db").db("b/app.db-wal");
  fs::permissions(tree.path("a/app.db"), fs::perms::none);
  fs::permissions(tree.path("b/app.db"), fs::perms::none);
  fs::permissions(tree.root(), fs::perms::all);
  const AsNobody nobody;
  const Outcome named = search(tree, pattern(tree.path("*/app.db")));
  CHECK(named.found.size() == 2);
  CHECK(named.failures.count == 0);
  const Outcome by_content = search(tree, folder(tree.root()));
  CHECK(by_content.found == Found{{"b/app.db", "b/app.db"}});  // its -wal tells
  CHECK(by_content.failures == SearchFailures{1, "/a/app.db", EACCES});
}

TEST_CASE("sqlite_search: folders that cannot be listed -> counted, the first one named") {
  Tree tree;
  tree.db("z/x.db").db("b/x.db").db("open/x.db").db("lost+found/x.db");
  fs::permissions(tree.root(), fs::perms::all);
  for (const char* name : {"z", "b", "lost+found"}) {
    fs::permissions(tree.path(name), fs::perms::none);
  }
  const AsNobody nobody;
  for (const SqliteTarget& target : {folder(tree.root()), pattern(tree.path("*/*.db"))}) {
    const Outcome outcome = search(tree, target);
    CHECK(outcome.found == Found{{"open/x.db", "open/x.db"}});
    CHECK(outcome.fruitful);
    CHECK(outcome.failures.path == "/b");
    CHECK(outcome.failures.errnum == EACCES);
    CHECK(outcome.failures.count == 2);  // lost+found is the file system's own
  }
  CHECK(search(tree, pattern(tree.path("b/x.db"))).failures.count == 0);  // to be found unreadable
}

TEST_CASE("sqlite_search: what is not there -> a failure only for a folder that is named") {
  Tree tree;
  tree.file("t1/data/text", "x").file("t2/text", "x").link("self", "self");
  CHECK(search(tree, folder(tree.path("none"))).failures == SearchFailures{1, "/none", ENOENT});
  CHECK(search(tree, folder(tree.path("t2/text"))).failures ==
        SearchFailures{1, "/t2/text", ENOTDIR});
  for (const char* path : {"none/*.db", "*/data/*.db", "*/none.db", "*/*/*.db"}) {
    const Outcome outcome = search(tree, pattern(tree.path(path)));
    CAPTURE(path);
    CHECK_FALSE(outcome.fruitful);
    CHECK(outcome.failures.count == 0);
  }
}

TEST_CASE("sqlite_search: sidecars, journals, corrupt copies, Litestream's folders -> left out") {
  Tree tree;
  tree.db("app.db").db("app.db-wal").db("app.db-shm").db("app.db-journal");
  tree.db("app.db-mj0A1B2C9FF").db("app.db.corrupt.2026").db(".app.db-litestream/x");
  CHECK(search(tree, folder(tree.root())).found == Found{{"app.db", "app.db"}});
}

TEST_CASE("sqlite_search: names that only resemble a sidecar's -> found") {
  Tree tree;
  tree.db("x-mjolnir.db").db("my-journal/app.db").db("old-wal/app.db").db("app-journal.db");
  CHECK(search(tree, folder(tree.root())).found.size() == 4);
}

TEST_CASE("sqlite_search: max_depth and exclude -> hold") {
  Tree tree;
  tree.db("a.db")
      .db("d1/b.db")
      .db("d1/d2/c.db")
      .db("cache/x.db")
      .db("d1/cache/y.db")
      .db("d1/z.tmp");
  SqliteTarget target = folder(tree.root());
  target.max_depth = 0;
  CHECK(search(tree, target).found == Found{{"a.db", "a.db"}});
  target.max_depth = 1;
  CHECK(search(tree, target).found.size() == 4);
  target = folder(tree.root(), {"**/cache", "*.tmp"});
  CHECK(search(tree, target).found ==
        Found{{"a.db", "a.db"}, {"d1/b.db", "d1/b.db"}, {"d1/d2/c.db", "d1/d2/c.db"}});
  CHECK(search(tree, folder(tree.root(), {"d1"})).found.size() == 2);
  CHECK(search(tree, folder(tree.path("missing"))).found.empty());
}

TEST_CASE("sqlite_search: links -> the real file, under the name that was looked for") {
  Tree tree;
  tree.db("real/app.db").link("link.db", "real/app.db").link("dir", "real");
  tree.link("abs", tree.path("real")).link("up/back", "../real/./../dir");
  CHECK(search(tree, pattern(tree.path("link.db"))).found == Found{{"", "real/app.db"}});
  CHECK(search(tree, pattern(tree.path("dir/app.db"))).found == Found{{"", "real/app.db"}});
  CHECK(search(tree, pattern(tree.path("abs/*.db"))).found == Found{{"app.db", "real/app.db"}});
  CHECK(search(tree, pattern(tree.path("up/back/app.db"))).found == Found{{"", "real/app.db"}});
  CHECK(search(tree, pattern(tree.path("*/app.db"))).found ==
        Found{{"abs/app.db", "real/app.db"},
              {"dir/app.db", "real/app.db"},
              {"real/app.db", "real/app.db"}});
  CHECK(search(tree, pattern(tree.path("*.db"))).found == Found{{"link.db", "real/app.db"}});
  // A folder's search follows links to files, not to folders, which may lead anywhere.
  CHECK(search(tree, folder(tree.root())).found ==
        Found{{"link.db", "real/app.db"}, {"real/app.db", "real/app.db"}});
  CHECK(search(tree, folder(tree.path("dir"))).found == Found{{"app.db", "real/app.db"}});
}

TEST_CASE("sqlite_search: links that lead round in a circle or nowhere -> the search ends") {
  Tree tree;
  tree.link("a", "b").link("b", "a").link("self", "self").link("dir/loop", "..").link("gone", "x");
  tree.db("app.db").link("dir/gone2", "/no/such/file");
  CHECK(search(tree, folder(tree.root())).found == Found{{"app.db", "app.db"}});
  CHECK(search(tree, pattern(tree.path("*/app.db"))).found.empty());
  CHECK(search(tree, pattern(tree.path("**/app.db"))).found.contains("app.db"));
  CHECK(search(tree, pattern(tree.path("a"))).found.size() == 1);  // to be found unreadable
}

TEST_CASE("sqlite_search: links whose names or targets hold wildcards -> are not patterns") {
  Tree tree;
  tree.db("real[1]/app.db").db("x1/app.db").link("x*", "real[1]").link("y", "real[1]");
  CHECK(search(tree, pattern(tree.path("*/app.db"))).found ==
        Found{{"real[1]/app.db", "real[1]/app.db"},
              {"x*/app.db", "real[1]/app.db"},
              {"x1/app.db", "x1/app.db"},
              {"y/app.db", "real[1]/app.db"}});
}

TEST_CASE("sqlite_search: another mount in the way -> handed over before it is touched") {
  Tree tree;
  tree.db("a/app.db").db("vol/sub/app.db").db("vol/top.db").link("to-vol", "vol/sub");
  const std::vector<Mount> mounts = {mount_at(tree.path("vol"))};
  const std::vector<SqliteTarget> targets = {pattern(tree.path("vol/sub/app.db")),
                                             pattern(tree.path("to-vol/app.db")),
                                             pattern(tree.path("*/*/app.db")), folder(tree.root())};
  const SqliteTarget& target = targets[GENERATE(0U, 1U, 2U, 3U)];
  CAPTURE(target.path, target.folder);
  const Outcome here = search(tree, target, mounts);
  for (const auto& [name, path] : here.found) CHECK_FALSE(path.starts_with("vol"));
  REQUIRE(here.handed_over.size() >= 1);
  for (const SearchStep& step : here.handed_over) {
    CHECK(step.base + "/" + step.rest.front() == tree.path("vol"));
  }

  const Outcome there = search(tree, target, mounts, tree.path("vol"), here.handed_over);
  CHECK(there.handed_over.empty());
  const bool all = target.folder;
  CHECK(there.found.size() == (all ? 2 : 1));
  for (const auto& [name, path] : there.found) CHECK(path.starts_with("vol/"));
  if (all)
    CHECK(there.found == Found{{"vol/sub/app.db", "vol/sub/app.db"}, {"vol/top.db", "vol/top.db"}});
}

TEST_CASE("sqlite_search: a deadline that has passed -> one step at a time, and it goes on") {
  Tree tree;
  tree.db("a/app.db").db("b/app.db");
  const SqliteTarget target = folder(tree.root());
  SqliteSearch search(std::make_shared<const std::vector<SqliteTarget>>(1, target),
                      std::make_shared<const std::vector<Mount>>(), "/");
  search.add(first_step(0, target));
  int slices = 0;
  for (; !search.finished() && slices < 1000; ++slices) search.run_until(0);
  CHECK(search.finished());
  CHECK(slices > 4);
  CHECK(search.take_found().size() == 2);
}

TEST_CASE("sqlite_search: corrupt copies in a folder -> their names; no folder -> none") {
  Tree tree;
  tree.file("a.db.corrupt", "x").file("a.db.corrupt.1", "x").file("a.db", "x");
  auto names = corrupt_copies_in(tree.root() + "/");
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"a.db.corrupt", "a.db.corrupt.1"});
  CHECK(corrupt_copies_in(tree.path("missing")).empty());
}

}  // namespace litewatch
