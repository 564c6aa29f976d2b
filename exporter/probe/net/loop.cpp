#include "probe/net/loop.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>

#include "base/clock.h"

namespace litewatch {
namespace {

constexpr std::size_t kEventsPerTurn = 256;
constexpr std::uint32_t kAlways = EPOLLERR | EPOLLHUP;

/// What epoll gives back with an event: which watch it is for.
std::uint64_t token(int fd, std::uint32_t generation) {
  return static_cast<std::uint64_t>(generation) << 32 | static_cast<std::uint32_t>(fd);
}

/// Keeps SIGPIPE from this thread for a scope: OpenSSL and libcurl write to sockets without
/// MSG_NOSIGNAL.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    const timespec none{};
    if (sigismember(&before_, SIGPIPE) == 0) sigtimedwait(&pipe_, nullptr, &none);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create() {
  Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return system_error(errno, "cannot create an epoll instance", "");
  Fd wake(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake.valid()) return system_error(errno, "cannot create an eventfd", "");
  epoll_event event{EPOLLIN, {.u64 = token(wake.get(), 0)}};
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) {
    return system_error(errno, "cannot watch an eventfd", "");
  }
  return std::unique_ptr<Loop>(new Loop(std::move(epoll), std::move(wake)));
}

Loop::Loop(Fd epoll, Fd wake)
    : epoll_(std::move(epoll)), wake_(std::move(wake)), now_s_(monotonic_s()) {}

void Loop::watch(int fd, std::uint32_t events, Ready ready) {
  std::shared_ptr<Watch>& slot = watches_[fd];
  const bool known = slot != nullptr;
  // A new object, never a changed one: the old one may be what is being called just now.
  slot = std::make_shared<Watch>(Watch{++last_generation_, events, std::move(ready)});
  control(known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, *slot);
}

void Loop::watch(int fd, std::uint32_t events) {
  const auto found = watches_.find(fd);
  if (found == watches_.end() || found->second->events == events) return;
  found->second->events = events;
  control(EPOLL_CTL_MOD, fd, *found->second);
}

void Loop::unwatch(int fd) {
  if (!watches_.contains(fd)) return;
  forget(fd);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::forget(int fd) {
  if (watches_.erase(fd) != 0) forgotten_.push_back(fd);
}

void Loop::control(int operation, int fd, const Watch& watch) {
  epoll_event event{watch.events, {.u64 = token(fd, watch.generation)}};
  if (epoll_ctl(epoll_.get(), operation, fd, &event) == 0) return;
  // A library closed the descriptor, or it was forgotten and is open, or a copy of it is still
  // known: epoll's view is the true one.
  if (operation == EPOLL_CTL_MOD && errno == ENOENT) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  } else if (operation == EPOLL_CTL_ADD && errno == EEXIST) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
  }
}

Loop::TimerId Loop::start_timer(double at_s, std::function<void()> expired) {
  const double due_s = std::max(at_s, now_s_);  // being asked for the past is no lag
  const TimerId timer = ++last_timer_;
  timers_.emplace(std::pair(due_s, timer), std::move(expired));
  timer_times_.emplace(timer, due_s);
  return timer;
}

void Loop::cancel_timer(TimerId timer) {
  const auto found = timer_times_.find(timer);
  if (found == timer_times_.end()) return;
  timers_.erase({found->second, timer});
  timer_times_.erase(found);
}

bool Loop::post(std::function<void()> work) {
  bool first = false;
  {
    MutexLock lock(mutex_);
    if (stopping_) return false;
    first = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (first) wake();
  return true;
}

void Loop::stop() {
  {
    MutexLock lock(mutex_);  // post() either came before, or sees it
    stopping_ = true;
  }
  wake();
}

void Loop::wake() {
  const std::uint64_t one = 1;
  // It fails only where the counter is full, and then the loop wakes anyway.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void Loop::run() {
  const NoPipeSignal no_signal;
  while (!stopping_) turn();
  call_posted();
}

void Loop::turn() {
  std::array<epoll_event, kEventsPerTurn> events;
  forgotten_.clear();
  const int count =
      epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
  now_s_ = monotonic_s();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
    deliver(static_cast<int>(data & 0xffffffff), static_cast<std::uint32_t>(data >> 32),
            events[static_cast<std::size_t>(i)].events);
  }
  expire_timers();
  call_posted();
}

int Loop::wait_ms() const {
  constexpr double kLongest_s = 60;
  if (timers_.empty()) return static_cast<int>(kLongest_s * 1000);
  const double wait_s = timers_.begin()->first.first - monotonic_s();
  // Rounded up: a wait that ends just before a timer would be followed by a busy one.
  return static_cast<int>(std::ceil(std::clamp(wait_s, 0.0, kLongest_s) * 1000));
}

void Loop::deliver(int fd, std::uint32_t generation, std::uint32_t events) {
  if (fd == wake_.get()) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &count, sizeof count);
    return;
  }
  const auto found = watches_.find(fd);
  if (found == watches_.end()) return drop_forgotten(fd);
  if (found->second->generation != generation) return;
  const std::shared_ptr<Watch> watch = found->second;  // it may unwatch itself
  if (const std::uint32_t wanted = events & (watch->events | kAlways)) watch->ready(wanted);
}

// One whose watch ended since epoll told of it may be closed by now; where it was forgotten and is
// open, the event comes again.
void Loop::drop_forgotten(int fd) {
  if (std::find(forgotten_.begin(), forgotten_.end(), fd) != forgotten_.end()) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::expire_timers() {
  // All that are due now are taken out first, so that timers started by timers wait for the next
  // turn; one cancelled by an earlier one is known by its missing time.
  while (!timers_.empty() && timers_.begin()->first.first <= now_s_) {
    auto node = timers_.extract(timers_.begin());
    note_lag(now_s_ - node.key().first);
    expired_.emplace_back(node.key().second, std::move(node.mapped()));
  }
  for (const auto& [timer, expired] : expired_) {
    if (timer_times_.erase(timer) != 0) expired();
  }
  expired_.clear();
}

void Loop::note_lag(double lag_s) {
  double known_s = lag_s_;
  while (lag_s > known_s && !lag_s_.compare_exchange_weak(known_s, lag_s)) {
  }
}

void Loop::call_posted() {
  {
    MutexLock lock(mutex_);
    called_.swap(posted_);
  }
  for (std::function<void()>& work : called_) {
    work();
    work = nullptr;  // what it holds ends now, not with the last one
  }
  called_.clear();
}

}  // namespace litewatch
