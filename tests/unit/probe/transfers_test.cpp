#include "probe/net/transfers.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "catch.h"
#include "probe/looping.h"
#include "support/canned_server.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

void answer(int fd) {
  read_request_head(fd);
  send_bytes(fd, http_answer(200, "hello"));
}

/// Keeps answering on one connection.
void answer_all(int fd) {
  while (!read_request_head(fd).empty()) {
    if (!send_bytes(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")) return;
  }
}

std::size_t keep_body(char* data, std::size_t, std::size_t size, void* into) {
  static_cast<std::string*>(into)->append(data, size);
  return size;
}

/// Transfers on a loop of the test's own.
class Transferring {
 public:
  Transferring() {
    auto created = Transfers::create(looping_.loop());
    REQUIRE(created.ok());
    transfers_ = std::move(*created);
  }

  CURL* get(const std::string& url, std::string* body, Transfers::Done done,
            long timeout_ms = 3000) {
    CURL* const handle = transfers_->take();
    REQUIRE(handle != nullptr);
    start(handle, url, body, std::move(done), timeout_ms);
    return handle;
  }
  void start(CURL* handle, const std::string& url, std::string* body, Transfers::Done done,
             long timeout_ms = 3000) {
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_ms);
    transfers_->start(handle, std::move(done));
  }

  Transfers& transfers() { return *transfers_; }
  Looping& looping() { return looping_; }

 private:
  Looping looping_;
  std::unique_ptr<Transfers> transfers_;
};

}  // namespace

TEST_CASE("transfers: one GET -> its body, and done once, not from within start") {
  const CannedServer server(answer);
  Transferring work;
  std::string body;
  int done = 0;
  CURLcode code = CURLE_AGAIN;
  CURL* const handle = work.get(server.url(), &body, [&](CURLcode got) {
    ++done;
    code = got;
  });
  CHECK(done == 0);
  CHECK(work.looping().run_until([&] { return done != 0; }));
  CHECK(done == 1);
  CHECK(code == CURLE_OK);
  CHECK(body == "hello");
  work.transfers().give(handle);
}

TEST_CASE("transfers: refused, reset, hanging -> each its code") {
  const RefusingPort nobody;
  const CannedServer resetting([](int fd) {
    read_request_head(fd);
    reset_at_close(fd);
  });
  const CannedServer hanging(hang);
  Transferring work;
  std::string body;
  std::vector<CURL*> handles;
  std::map<std::string, CURLcode> codes;
  const auto get = [&](const std::string& name, const std::string& url) {
    handles.push_back(work.get(
        url, &body, [&, name](CURLcode code) { codes[name] = code; }, 200));
  };
  get("refused", "http://" + nobody.address());
  get("reset", resetting.url());
  get("hanging", hanging.url());
  CHECK(work.looping().run_until([&] { return codes.size() == 3; }));
  CHECK(codes["refused"] == CURLE_COULDNT_CONNECT);
  CHECK(codes["reset"] == CURLE_RECV_ERROR);
  CHECK(codes["hanging"] == CURLE_OPERATION_TIMEDOUT);
  for (CURL* handle : handles) work.transfers().give(handle);
}

TEST_CASE("transfers: a URL of no known protocol -> done with an error, not from within start") {
  Transferring work;
  std::string body;
  std::optional<CURLcode> code;
  CURL* const handle = work.get("nonsense://x", &body, [&](CURLcode got) { code = got; });
  CHECK_FALSE(code);
  CHECK(work.looping().run_until([&] { return code.has_value(); }));
  CHECK(code == CURLE_UNSUPPORTED_PROTOCOL);
  work.transfers().give(handle);
}

TEST_CASE("transfers: cancelled and started anew -> only the second is told") {
  const CannedServer server(answer);
  Transferring work;
  std::string body;
  std::vector<CURLcode> codes;
  CURL* const handle = work.get(server.url(), &body, [&](CURLcode got) { codes.push_back(got); });
  work.transfers().cancel(handle);
  work.transfers().start(handle, [&](CURLcode got) { codes.push_back(got); });
  CHECK(work.looping().run_until([&] { return codes.size() == 1; }));
  CHECK(codes == std::vector<CURLcode>{CURLE_OK});
  CHECK(body == "hello");
  work.transfers().give(handle);
}

TEST_CASE("transfers: done starts the same handle anew, gives another back -> all work") {
  const CannedServer server(answer);
  Transferring work;
  std::string body;
  int rounds = 0;
  CURL* handle = nullptr;
  std::function<void(CURLcode)> again = [&](CURLcode code) {
    CHECK(code == CURLE_OK);
    if (++rounds < 3) {
      work.start(handle, server.url(), &body, again);
    } else {
      work.transfers().give(handle);
    }
  };
  handle = work.get(server.url(), &body, again);
  CHECK(work.looping().run_until([&] { return rounds == 3; }));
  CHECK(body == "hellohellohello");
}

TEST_CASE("transfers: cancelled -> not called: just started, under way, and by another's done") {
  const CannedServer server(answer);
  const CannedServer hanging(hang);
  Transferring work;
  Transfers& transfers = work.transfers();
  std::string body;
  int wrong = 0;
  const auto must_not = [&](CURLcode) { ++wrong; };
  CURL* const at_once = work.get(server.url(), &body, must_not);
  transfers.cancel(at_once);
  transfers.cancel(at_once);
  transfers.give(at_once);
  CURL* const under_way = work.get(hanging.url(), &body, must_not);
  bool cancelled = false;
  CURL* const other = work.get(server.url(), &body, [&](CURLcode) {
    transfers.cancel(under_way);
    transfers.give(under_way);
    cancelled = true;
  });
  CHECK(work.looping().run_until([&] { return cancelled; }));
  transfers.give(other);
  CHECK(wrong == 0);
}

TEST_CASE(
    "transfers: two end in one turn, the first cancels and reuses the second -> right calls") {
  // Both fail within curl's first look at them, so that both are finished before either is told.
  Transferring work;
  Transfers& transfers = work.transfers();
  const CannedServer server(answer);
  std::string body;
  std::string calls;
  std::vector<CURL*> handles(2);
  const auto first_of_two = [&](std::size_t mine) {
    return [&, mine](CURLcode) {
      calls += 'f';
      if (calls != "f") return;
      CURL* const other = handles[1 - mine];
      transfers.cancel(other);
      transfers.give(other);
      CURL* const again = work.get(server.url(), &body,
                                   [&](CURLcode code) { calls += code == CURLE_OK ? 'o' : 'x'; });
      handles[1 - mine] = again;
    };
  };
  handles[0] = work.get("nonsense://x", &body, first_of_two(0));
  handles[1] = work.get("nonsense://y", &body, first_of_two(1));
  CHECK(work.looping().run_until([&] { return calls.size() >= 2; }));
  CHECK(calls == "fo");
  for (CURL* handle : handles) transfers.give(handle);
}

TEST_CASE("transfers: a handle given back -> the next user finds none of its options") {
  const CannedServer server(answer_all);
  Transferring work;
  std::string body;
  std::optional<CURLcode> code;
  CURL* const first = work.get(server.url(), &body, [&](CURLcode got) { code = got; });
  curl_easy_setopt(first, CURLOPT_NOBODY, 1L);
  bool second_done = false;
  CURL* second = nullptr;
  std::string second_body;
  work.looping().loop().start_timer(monotonic_s() + 0.1, [&] {
    REQUIRE(code.has_value());
    work.transfers().give(first);
    second = work.get(server.url(), &second_body, [&](CURLcode) { second_done = true; });
  });
  CHECK(work.looping().run_until([&] { return second_done; }));
  CHECK(second == first);
  CHECK(body.empty());
  CHECK(second_body == "hello");
  work.transfers().give(second);
}

TEST_CASE("transfers: connections -> shared, unless fresh ones are asked for") {
  const CannedServer server(answer_all);
  const bool fresh = GENERATE(false, true);
  Transferring work;
  std::string body;
  int rounds = 0;
  std::function<void(CURLcode)> next;
  CURL* handle = nullptr;
  const auto begin = [&] {
    handle = work.transfers().take();
    curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, fresh ? 1L : 0L);
    work.start(handle, server.url(), &body, next);
  };
  next = [&](CURLcode) {
    work.transfers().give(handle);
    if (++rounds < 3) begin();
  };
  begin();
  CHECK(work.looping().run_until([&] { return rounds == 3; }));
  CHECK(server.connections() == (fresh ? 3 : 1));
}

TEST_CASE("transfers: 300 at once, half of them refused -> every one is told its own") {
  const CannedServer server(answer);
  const TempDir folder;
  Transferring work;
  const RefusingPort nobody;
  std::string body;
  int good = 0;
  int refused = 0;
  std::vector<CURL*> handles;
  for (int i = 0; i < 300; ++i) {
    const bool bad = i % 2 == 0;
    handles.push_back(work.get(
        bad ? "http://" + nobody.address() : server.url(), &body,
        [&](CURLcode code) { code == CURLE_OK ? ++good : ++refused; }, 10'000));
  }
  CHECK(work.looping().run_until([&] { return good + refused == 300; }, 10));
  CHECK(good == 150);
  CHECK(refused == 150);
  for (CURL* handle : handles) work.transfers().give(handle);
}

TEST_CASE("transfers: destroyed with transfers under way -> none is called") {
  const CannedServer hanging(hang);
  bool called = false;
  std::string body;
  Looping looping;
  CURL* handle = nullptr;
  {
    auto created = Transfers::create(looping.loop());
    REQUIRE(created.ok());
    handle = (*created)->take();
    curl_easy_setopt(handle, CURLOPT_URL, hanging.url().c_str());
    (*created)->start(handle, [&](CURLcode) { called = true; });
    looping.run_for(0.05);
  }
  CHECK_FALSE(called);
  curl_easy_cleanup(handle);
}

}  // namespace litewatch
