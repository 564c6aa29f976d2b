#include "collect/container/watch.h"

#include <sys/inotify.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "catch.h"
#include "collect/container/watch_news.h"
#include "support/temp_dir.h"

using namespace litewatch;
namespace fs = std::filesystem;

namespace {

/// The kernel tells within microseconds; the limit is for a machine that is busy with other things.
template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

/// All that has happened so far has been heard: it ends with a folder of its own.
void settle(ContainerWatch& watch, const std::string& folder) {
  static int number = 0;
  const std::string last = folder + "/settle" + std::to_string(number++);
  const auto before = watch.changes();
  fs::create_directory(last);
  fs::remove(last);
  REQUIRE(comes_true([&] { return watch.changes() >= before + 2; }));
}

std::string event(int watch, std::uint32_t mask, std::string name = "") {
  if (!name.empty()) name.resize((name.size() / 16 + 1) * 16);
  inotify_event head{};
  head.wd = watch;
  head.mask = mask;
  head.len = static_cast<std::uint32_t>(name.size());
  return std::string(reinterpret_cast<const char*>(&head), sizeof(head)) + name;
}

std::string events(int kills) {
  return "low 0\nhigh 0\nmax 7\noom 1\noom_kill " + std::to_string(kills) + "\n";
}

}  // namespace

TEST_CASE("watch: a folder comes and goes -> changes grows") {
  const TempDir dir;
  ContainerWatch watch;
  watch.watch_folders({dir.path()});
  CHECK(watch.complete());
  const auto before = watch.changes();
  fs::create_directory(dir.file("docker"));
  CHECK(comes_true([&] { return watch.changes() == before + 1; }));
  fs::remove(dir.file("docker"));
  CHECK(comes_true([&] { return watch.changes() == before + 2; }));
}

TEST_CASE("watch: a folder is renamed -> changes grows") {
  const TempDir dir;
  fs::create_directory(dir.file("a"));
  ContainerWatch watch;
  watch.watch_folders({dir.path()});
  const auto before = watch.changes();
  fs::rename(dir.file("a"), dir.file("b"));
  CHECK(comes_true([&] { return watch.changes() > before; }));
}

TEST_CASE("watch: files come, go and change in a watched folder -> nothing") {
  const TempDir dir;
  ContainerWatch watch;
  watch.watch_folders({dir.path()});
  const auto before = watch.changes();
  dir.write("cpu.max", "max 100000\n");
  dir.write("cpu.max", "1000 100000\n");
  fs::remove(dir.file("cpu.max"));
  settle(watch, dir.path());
  CHECK(watch.changes() == before + 2);
}

TEST_CASE(
    "watch: folders watched for the first time -> changes grows, as something may have come") {
  const TempDir dir;
  ContainerWatch watch;
  watch.watch_folders({});
  CHECK(watch.changes() == 0);
  watch.watch_folders({dir.path()});
  CHECK(watch.changes() == 1);
  watch.watch_folders({dir.path()});
  CHECK(watch.changes() == 1);
}

TEST_CASE("watch: a folder that is not given any more -> nothing of it is heard") {
  const TempDir dir;
  fs::create_directory(dir.file("a"));
  fs::create_directory(dir.file("b"));
  ContainerWatch watch;
  watch.watch_folders({dir.file("a"), dir.file("b")});
  watch.watch_folders({dir.file("b")});
  const auto before = watch.changes();
  fs::create_directory(dir.file("a/x"));
  settle(watch, dir.file("b"));
  CHECK(watch.changes() == before + 2);
}

TEST_CASE("watch: a folder made anew under its path -> heard once it is given again") {
  const TempDir dir;
  fs::create_directory(dir.file("a"));
  ContainerWatch watch;
  watch.watch_folders({dir.file("a")});
  fs::rename(dir.file("a"), dir.file("old"));
  fs::create_directory(dir.file("a"));
  watch.watch_folders({dir.file("a")});
  const auto before = watch.changes();
  fs::create_directory(dir.file("a/x"));
  CHECK(comes_true([&] { return watch.changes() > before; }));
}

TEST_CASE("watch: folders that are gone or no folders -> the first is no loss, the second is") {
  const TempDir dir;
  ContainerWatch watch;
  watch.watch_folders({dir.path(), dir.file("gone")});
  CHECK(watch.complete());
  watch.watch_folders({dir.path(), dir.write("file", "")});
  CHECK_FALSE(watch.complete());
  const auto before = watch.changes();
  fs::create_directory(dir.file("x"));
  CHECK(comes_true([&] { return watch.changes() > before; }));
}

TEST_CASE("watch: the same folder twice -> watched once") {
  const TempDir dir;
  ContainerWatch watch;
  watch.watch_folders({dir.path(), dir.path()});
  const auto before = watch.changes();
  fs::create_directory(dir.file("x"));
  CHECK(comes_true([&] { return watch.changes() == before + 1; }));
  watch.watch_folders({});
  const auto after = watch.changes();
  fs::create_directory(dir.file("y"));
  watch.watch_folders({dir.path()});
  settle(watch, dir.path());
  CHECK(watch.changes() == after + 3);
}

TEST_CASE("watch: a thousand folders -> each is heard of") {
  const TempDir dir;
  std::vector<std::string> folders;
  for (int i = 0; i < 1000; ++i) {
    folders.push_back(dir.file("f" + std::to_string(i)));
    fs::create_directory(folders.back());
  }
  ContainerWatch watch;
  watch.watch_folders(folders);
  REQUIRE(watch.complete());
  const auto before = watch.changes();
  for (const std::string& folder : folders) fs::create_directory(folder + "/x");
  CHECK(comes_true([&] { return watch.changes() >= before + folders.size(); }));
}

TEST_CASE("watch: a memory.events changes -> its oom_kill") {
  const TempDir dir;
  const std::string file = dir.write("memory.events", events(1));
  ContainerWatch watch;
  watch.watch_memory_events(42, file);
  CHECK_FALSE(watch.oom_kills(42));
  dir.write("memory.events", events(3));
  CHECK(comes_true([&] { return watch.oom_kills(42) == 3u; }));
  CHECK_FALSE(watch.oom_kills(43));
  watch.watch_folders({dir.path()});
  dir.write("memory.events", events(2));
  settle(watch, dir.path());
  CHECK(watch.oom_kills(42) == 3u);
}

TEST_CASE("watch: a memory.events that is garbage -> what was known stays") {
  const TempDir dir;
  const std::string file = dir.write("memory.events", events(1));
  ContainerWatch watch;
  watch.watch_folders({dir.path()});
  watch.watch_memory_events(42, file);
  dir.write("memory.events", events(2));
  REQUIRE(comes_true([&] { return watch.oom_kills(42) == 2u; }));
  for (const char* text :
       {"", "\n", "oom_kill", "oom_kill -1\n", "oom_kill 99999999999999999999\n"}) {
    dir.write("memory.events", text);
    settle(watch, dir.path());
    CHECK(watch.oom_kills(42) == 2u);
  }
}

TEST_CASE("watch: a cgroup is gone -> its last count until it is forgotten") {
  const TempDir dir;
  const std::string file = dir.write("memory.events", events(0));
  ContainerWatch watch;
  watch.watch_memory_events(42, file);
  dir.write("memory.events", events(1));
  REQUIRE(comes_true([&] { return watch.oom_kills(42) == 1u; }));
  fs::remove(file);
  CHECK(watch.oom_kills(42) == 1u);
  watch.forget(42);
  CHECK_FALSE(watch.oom_kills(42));
  watch.forget(42);
}

TEST_CASE("watch: a cgroup made anew under its path -> not taken for the one before") {
  const TempDir dir;
  const std::string file = dir.write("memory.events", events(0));
  ContainerWatch watch;
  watch.watch_folders({dir.path()});
  watch.watch_memory_events(1, file);
  fs::rename(file, dir.file("old"));
  dir.write("memory.events", events(9));
  watch.watch_memory_events(2, file);
  dir.write("old", events(5));
  settle(watch, dir.path());
  CHECK_FALSE(watch.oom_kills(1));
  dir.write("memory.events", events(10));
  CHECK(comes_true([&] { return watch.oom_kills(2) == 10u; }));
  CHECK_FALSE(watch.oom_kills(1));
}

TEST_CASE("watch: a memory.events that is not there -> nothing, and it can be watched later") {
  const TempDir dir;
  ContainerWatch watch;
  watch.watch_memory_events(1, dir.file("memory.events"));
  const std::string file = dir.write("memory.events", events(0));
  watch.watch_memory_events(1, file);
  watch.watch_memory_events(1, file);
  dir.write("memory.events", events(1));
  CHECK(comes_true([&] { return watch.oom_kills(1) == 1u; }));
}

TEST_CASE("watch: no descriptor left for inotify -> nothing is complete, nothing fails") {
  const TempDir dir;
  const std::string file = dir.write("memory.events", events(0));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  ContainerWatch watch;
  ::setrlimit(RLIMIT_NOFILE, &before);
  watch.watch_folders({dir.path()});
  watch.watch_memory_events(1, file);
  fs::create_directory(dir.file("x"));
  CHECK_FALSE(watch.complete());
  CHECK(watch.changes() == 0);
  CHECK_FALSE(watch.oom_kills(1));
  watch.forget(1);
}

TEST_CASE("watch: used from many threads while things come and go -> it ends cleanly") {
  const TempDir dir;
  const std::string file = dir.write("memory.events", events(0));
  ContainerWatch watch;
  std::vector<std::thread> threads;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    threads.emplace_back([&, id] {
      const std::string folder = dir.file("t" + std::to_string(id));
      for (int i = 0; i < 300; ++i) {
        fs::create_directory(folder);
        watch.watch_folders({dir.path(), folder});
        watch.watch_memory_events(id, file);
        dir.write("memory.events", events(i));
        (void)watch.oom_kills(id);
        (void)watch.complete();
        fs::remove(folder);
        watch.forget(id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(watch.changes() > 0);
}

// The next test runs it where the kernel allows two watches.
TEST_CASE("watch: three folders, two watches", "[.two-watches]") {
  const TempDir dir;
  std::vector<std::string> folders;
  for (const char* name : {"a", "b", "c"}) {
    folders.push_back(dir.file(name));
    fs::create_directory(folders.back());
  }
  ContainerWatch watch;
  watch.watch_folders({folders[0], folders[1]});
  REQUIRE(watch.complete());
  watch.watch_folders(folders);
  CHECK_FALSE(watch.complete());
  const auto before = watch.changes();
  fs::create_directory(folders[0] + "/x");
  CHECK(comes_true([&] { return watch.changes() > before; }));
  watch.watch_folders({folders[2]});
  watch.watch_folders({folders[2]});
  CHECK(watch.complete());
}

TEST_CASE("watch: more folders than may be watched -> not complete, the others are heard of") {
  if (std::system("unshare --user --map-root-user true") != 0) {
    std::printf("SKIP: no user namespace, whose limit of inotify watches could be lowered\n");
    return;
  }
  const std::string self = fs::read_symlink("/proc/self/exe");
  const std::string command =
      "unshare --user --map-root-user sh -c 'echo 2 >/proc/sys/user/max_inotify_watches && exec "
      "\"$0\" \"[two-watches]\"' " +
      self;
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("watch news: folders come and go -> counted; files -> not") {
  const auto news = read_watch_news(event(1, IN_CREATE | IN_ISDIR, "docker") +
                                    event(1, IN_CREATE, "cpu.max") + event(2, IN_DELETE_SELF) +
                                    event(2, IN_IGNORED) + event(1, IN_DELETE | IN_ISDIR, "x"));
  CHECK(news.changes == 3);
  CHECK_FALSE(news.lost);
  CHECK(news.modified.empty());
}

TEST_CASE("watch news: files change -> each watch once") {
  const auto news =
      read_watch_news(event(7, IN_MODIFY) + event(5, IN_MODIFY) + event(7, IN_MODIFY));
  CHECK(news.modified == std::vector<int>{5, 7});
  CHECK(news.changes == 0);
}

TEST_CASE("watch news: the queue overflowed -> lost, and a change") {
  const auto news = read_watch_news(event(-1, IN_Q_OVERFLOW));
  CHECK(news.lost);
  CHECK(news.changes == 1);
}

TEST_CASE("watch news: cut anywhere, or a length beyond the end -> what is whole counts") {
  const std::string two = event(1, IN_CREATE | IN_ISDIR, "a") + event(1, IN_DELETE | IN_ISDIR, "a");
  for (std::size_t size = 0; size < two.size(); ++size) {
    const std::string cut = two.substr(0, size);
    CHECK(read_watch_news(cut).changes == (size >= two.size() / 2 ? 1u : 0u));
  }
  std::string endless = event(1, IN_CREATE | IN_ISDIR, "a");
  endless[12] = endless[13] = endless[14] = endless[15] = '\xff';
  CHECK(read_watch_news(endless).changes == 0);
}
