#include "collect/container/watch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <map>
#include <thread>
#include <unordered_map>

#include "base/fd.h"
#include "base/mutex.h"
#include "collect/container/watch_news.h"
#include "read/cgroup_files.h"
#include "read/cgroup_parse.h"

namespace litewatch {
namespace {

constexpr std::uint32_t kComeAndGo =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::size_t kEventBuffer = 64 << 10;
constexpr std::size_t kEventsFile = 4096;

/// The inode of a file, so that one made anew under the same path is told from it; 0: none.
std::uint64_t inode_of(int file) {
  struct stat stat {};
  return ::fstat(file, &stat) == 0 ? stat.st_ino : 0;
}

Fd open_events(const std::string& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

std::optional<std::uint64_t> read_oom_kills(const std::string& path, std::uint64_t inode) {
  const Fd file = open_events(path);
  if (!file.valid() || inode_of(file.get()) != inode) return std::nullopt;
  std::array<char, kEventsFile> text;
  const auto size = ::pread(file.get(), text.data(), text.size(), 0);
  if (size <= 0) return std::nullopt;
  CgroupStats stats;
  parse_memory_events({text.data(), static_cast<std::size_t>(size)}, stats);
  return stats.memory_events_oom_kill;
}

}  // namespace

struct ContainerWatch::State {
  /// A memory.events.
  struct Events {
    std::uint64_t instance = 0;
    std::string path;
    std::uint64_t inode = 0;
    std::optional<std::uint64_t> oom_kills;
  };

  State() : inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)), end(::eventfd(0, EFD_CLOEXEC)) {
    if (inotify.valid() && end.valid()) thread = std::thread([this] { run(); });
  }
  ~State() {
    if (!thread.joinable()) return;
    const std::uint64_t one = 1;
    // An eventfd at 0 always takes a 1.
    [[maybe_unused]] const auto written = ::write(end.get(), &one, sizeof(one));
    thread.join();
  }

  bool works() const { return thread.joinable(); }
  int add(const std::string& path, std::uint32_t mask) const {
    return ::inotify_add_watch(inotify.get(), path.c_str(), mask);
  }
  void remove(int watched) const { ::inotify_rm_watch(inotify.get(), watched); }

  void run();
  bool take_events();
  void watch_folders(const std::vector<std::string>& wanted) EXCLUDES(mutex);
  void read_oom_kills_of(int watched) EXCLUDES(mutex);
  void read_all_oom_kills() EXCLUDES(mutex);

  const Fd inotify;
  const Fd end;  ///< readable when it ends
  std::atomic<std::uint64_t> changes{0};
  std::atomic<bool> complete{false};
  Mutex mutex;
  std::vector<int> folders GUARDED_BY(mutex);                            ///< watches, ascending
  std::map<int, Events> events GUARDED_BY(mutex);                        ///< by watch
  std::unordered_map<std::uint64_t, int> by_instance GUARDED_BY(mutex);  ///< to watch
  std::thread thread;
};

void ContainerWatch::State::run() {
  std::array<pollfd, 2> waiting = {{{inotify.get(), POLLIN, 0}, {end.get(), POLLIN, 0}}};
  while (true) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    if (waiting[0].revents != 0 && !take_events()) return;
  }
}

/// False: inotify does not work any more.
bool ContainerWatch::State::take_events() {
  std::array<char, kEventBuffer> buffer;
  const auto size = ::read(inotify.get(), buffer.data(), buffer.size());
  if (size <= 0) return size < 0 && (errno == EAGAIN || errno == EINTR);
  const WatchNews news = read_watch_news({buffer.data(), static_cast<std::size_t>(size)});
  for (const int watched : news.modified) read_oom_kills_of(watched);
  if (news.lost) read_all_oom_kills();
  // Last, so that whoever hears of a cgroup's end finds its last count.
  changes += news.changes;
  return true;
}

/// Reads without the mutex: the kernel may take its time.
void ContainerWatch::State::read_oom_kills_of(int watched) {
  Events file;
  {
    MutexLock lock(mutex);
    const auto found = events.find(watched);
    if (found == events.end()) return;
    file = found->second;
  }
  const auto kills = read_oom_kills(file.path, file.inode);
  if (!kills) return;
  MutexLock lock(mutex);
  const auto found = events.find(watched);
  if (found == events.end() || found->second.instance != file.instance) return;
  found->second.oom_kills = std::max(found->second.oom_kills, kills);
}

void ContainerWatch::State::read_all_oom_kills() {
  std::vector<int> watched;
  {
    MutexLock lock(mutex);
    for (const auto& [watch, file] : events) watched.push_back(watch);
  }
  for (const int watch : watched) read_oom_kills_of(watch);
}

void ContainerWatch::State::watch_folders(const std::vector<std::string>& wanted) {
  MutexLock lock(mutex);
  bool all = true;
  std::vector<int> watched;
  watched.reserve(wanted.size());
  for (const std::string& folder : wanted) {
    // One that is made anew under the same path is another one, so each is added again.
    const int watch = add(folder, kComeAndGo | IN_ONLYDIR);
    if (watch >= 0) watched.push_back(watch);
    if (watch < 0 && errno != ENOENT) all = false;
  }
  std::sort(watched.begin(), watched.end());
  watched.erase(std::unique(watched.begin(), watched.end()), watched.end());
  for (const int watch : folders) {
    if (!std::binary_search(watched.begin(), watched.end(), watch)) remove(watch);
  }
  // What came after the caller had looked and before it was watched, nobody tells.
  if (!std::includes(folders.begin(), folders.end(), watched.begin(), watched.end())) ++changes;
  folders = std::move(watched);
  complete = all;
}

ContainerWatch::ContainerWatch() : state_(std::make_unique<State>()) {}
ContainerWatch::~ContainerWatch() = default;

bool ContainerWatch::complete() const { return state_->complete; }

std::uint64_t ContainerWatch::changes() const { return state_->changes; }

void ContainerWatch::watch_folders(const std::vector<std::string>& folders) {
  if (state_->works()) state_->watch_folders(folders);
}

void ContainerWatch::watch_memory_events(std::uint64_t instance, const std::string& file) {
  if (!state_->works()) return;
  const std::uint64_t inode = inode_of(open_events(file).get());
  if (inode == 0) return;
  MutexLock lock(state_->mutex);
  if (state_->by_instance.contains(instance)) return;
  const int watch = state_->add(file, IN_MODIFY);
  if (watch < 0 || state_->events.contains(watch)) return;
  state_->events.emplace(watch, State::Events{instance, file, inode, std::nullopt});
  state_->by_instance.emplace(instance, watch);
}

std::optional<std::uint64_t> ContainerWatch::oom_kills(std::uint64_t instance) const {
  MutexLock lock(state_->mutex);
  const auto found = state_->by_instance.find(instance);
  if (found == state_->by_instance.end()) return std::nullopt;
  const auto file = state_->events.find(found->second);
  return file == state_->events.end() ? std::nullopt : file->second.oom_kills;
}

void ContainerWatch::forget(std::uint64_t instance) {
  MutexLock lock(state_->mutex);
  const auto found = state_->by_instance.find(instance);
  if (found == state_->by_instance.end()) return;
  state_->remove(found->second);
  state_->events.erase(found->second);
  state_->by_instance.erase(found);
}

}  // namespace litewatch
