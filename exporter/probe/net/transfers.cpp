#include "probe/net/transfers.h"

#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "probe/net/curl.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostPooled = 512;  // about 6 KB each

std::uint32_t epoll_events(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    case CURL_POLL_INOUT:
      return EPOLLIN | EPOLLOUT;
    default:
      return 0;
  }
}

int curl_events(std::uint32_t events) {
  int result = 0;
  if (events & (EPOLLIN | EPOLLHUP)) result |= CURL_CSELECT_IN;
  if (events & EPOLLOUT) result |= CURL_CSELECT_OUT;
  if (events & EPOLLERR) result |= CURL_CSELECT_ERR;
  return result;
}

}  // namespace

struct Transfers::State {
  struct Transfer {
    std::uint64_t id = 0;
    Done done;
    bool in_multi = true;
  };
  struct Finished {
    CURL* handle = nullptr;
    std::uint64_t id = 0;  ///< the handle may be on its next transfer already
    CURLcode code = CURLE_OK;
  };

  explicit State(Loop& the_loop) : loop(the_loop) {}
  ~State();

  static int on_socket(CURL*, curl_socket_t fd, int what, void* state, void* known);
  static int on_timer(CURLM*, long timeout_ms, void* state);

  void act(curl_socket_t fd, int events);
  void collect();
  void deliver();
  void finish(CURL* handle, Transfer& transfer, CURLcode code);
  void arm(double at_s);

  Loop& loop;
  CURLM* multi = nullptr;
  Loop::TimerId timer = 0;     ///< when curl wants to be called
  Loop::TimerId delivery = 0;  ///< of transfers that could not even start
  std::uint64_t last_id = 0;
  std::unordered_map<CURL*, Transfer> transfers;
  std::deque<Finished> finished;
  std::vector<CURL*> pool;
};

Transfers::State::~State() {
  for (const auto& [handle, transfer] : transfers) {
    if (transfer.in_multi) curl_multi_remove_handle(multi, handle);
  }
  for (CURL* handle : pool) curl_easy_cleanup(handle);
  curl_multi_cleanup(multi);  // may still call both callbacks
  loop.cancel_timer(timer);
  loop.cancel_timer(delivery);
}

// curl announces the end of a socket also from within curl_multi_remove_handle, and may open
// another one of the same number right after. A socket that is still connecting it closes first
// (libcurl 7.88).
int Transfers::State::on_socket(CURL*, curl_socket_t fd, int what, void* user, void* known) {
  auto* const state = static_cast<State*>(user);
  if (what == CURL_POLL_REMOVE) {
    state->loop.forget(fd);
    return 0;
  }
  if (known != nullptr) {
    state->loop.watch(fd, epoll_events(what));
    return 0;
  }
  curl_multi_assign(state->multi, fd, state);
  state->loop.watch(fd, epoll_events(what),
                    [state, fd](std::uint32_t events) { state->act(fd, curl_events(events)); });
  return 0;
}

int Transfers::State::on_timer(CURLM*, long timeout_ms, void* user) {
  auto* const state = static_cast<State*>(user);
  state->loop.cancel_timer(std::exchange(state->timer, 0));
  if (timeout_ms < 0) return 0;
  // Not the time this turn began: curl would be called early, again and again.
  state->arm(monotonic_s() + static_cast<double>(timeout_ms) / 1000);
  return 0;
}

void Transfers::State::arm(double at_s) {
  timer = loop.start_timer(at_s, [this] {
    timer = 0;
    act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void Transfers::State::act(curl_socket_t fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi, fd, events, &running);
  collect();
  deliver();
}

void Transfers::State::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const handle = message->easy_handle;
    const CURLcode code = message->data.result;  // removing the handle ends the message
    const auto found = transfers.find(handle);
    if (found != transfers.end()) finish(handle, found->second, code);
  }
}

void Transfers::State::finish(CURL* handle, Transfer& transfer, CURLcode code) {
  if (std::exchange(transfer.in_multi, false)) curl_multi_remove_handle(multi, handle);
  finished.push_back({handle, transfer.id, code});
}

void Transfers::State::deliver() {
  while (!finished.empty()) {
    const Finished next = finished.front();
    finished.pop_front();
    const auto found = transfers.find(next.handle);
    if (found == transfers.end() || found->second.id != next.id) continue;  // cancelled
    const Done done = std::move(found->second.done);
    transfers.erase(found);
    done(next.code);
  }
}

Result<std::unique_ptr<Transfers>> Transfers::create(Loop& loop) {
  if (const CURLcode code = initialize_curl(); code != CURLE_OK) {
    return Error{ErrorKind::kInternal,
                 std::string("cannot initialize libcurl: ") + curl_easy_strerror(code), "", 0};
  }
  auto state = std::make_unique<State>(loop);
  state->multi = curl_multi_init();
  if (state->multi == nullptr) {
    return Error{ErrorKind::kInternal, "cannot create a libcurl multi handle", "", 0};
  }
  curl_multi_setopt(state->multi, CURLMOPT_SOCKETFUNCTION, State::on_socket);
  curl_multi_setopt(state->multi, CURLMOPT_SOCKETDATA, state.get());
  curl_multi_setopt(state->multi, CURLMOPT_TIMERFUNCTION, State::on_timer);
  curl_multi_setopt(state->multi, CURLMOPT_TIMERDATA, state.get());
  curl_multi_setopt(state->multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  curl_multi_setopt(state->multi, CURLMOPT_MAXCONNECTS, kMostConnections);
  return std::unique_ptr<Transfers>(new Transfers(std::move(state)));
}

Transfers::Transfers(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transfers::~Transfers() = default;

CURL* Transfers::take() {
  CURL* handle = nullptr;
  if (state_->pool.empty()) {
    handle = curl_easy_init();
  } else {
    handle = state_->pool.back();
    state_->pool.pop_back();
  }
  if (handle == nullptr) return nullptr;
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  return handle;
}

void Transfers::give(CURL* handle) {
  if (handle == nullptr) return;
  if (state_->pool.size() >= kMostPooled) {
    curl_easy_cleanup(handle);
    return;
  }
  curl_easy_reset(handle);
  state_->pool.push_back(handle);
}

void Transfers::start(CURL* handle, Done done) {
  State& state = *state_;
  State::Transfer& transfer = state.transfers[handle];
  transfer = {++state.last_id, std::move(done), true};
  if (curl_multi_add_handle(state.multi, handle) == CURLM_OK) return;
  transfer.in_multi = false;
  state.finish(handle, transfer, CURLE_FAILED_INIT);
  if (state.delivery != 0) return;
  state.delivery = state.loop.start_timer(state.loop.now_s(), [&state] {
    state.delivery = 0;
    state.deliver();
  });
}

void Transfers::cancel(CURL* handle) {
  const auto found = state_->transfers.find(handle);
  if (found == state_->transfers.end()) return;
  const bool in_multi = found->second.in_multi;
  const Done ended = std::move(found->second.done);  // what it holds may call back: last
  state_->transfers.erase(found);
  if (in_multi) curl_multi_remove_handle(state_->multi, handle);
}

}  // namespace litewatch
