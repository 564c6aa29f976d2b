#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "catch.h"
#include "probe/http/redirects.h"
#include "probing.h"
#include "support/canned_server.h"
#include "support/fake_dns.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string redirect_to(const std::string& location, int status = 302) {
  return http_answer(status, "", "Location: " + location + "\r\n");
}

/// A server whose answer depends on the path, and which remembers the requests.
class Site {
 public:
  Site() : server_([this](int fd) { talk(fd); }) {}

  void answer(const std::string& path, std::string text) {
    const std::lock_guard lock(mutex_);
    answers_[path] = std::move(text);
  }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::string url(const std::string& path) const { return server_.url(path); }
  /// The same by another name.
  std::string url_of(const std::string& host, const std::string& path) const {
    return "http://" + host + ":" + std::to_string(server_.port()) + path;
  }

 private:
  void talk(int fd) {
    const std::string request = read_request_head(fd);
    std::string reply = http_answer(404, "");
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      const std::size_t from = request.find(' ') + 1;
      const auto found = answers_.find(request.substr(from, request.find(' ', from) - from));
      if (found != answers_.end()) reply = found->second;
    }
    send_bytes(fd, reply);
    read_to_end(fd);
  }

  std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  std::vector<std::string> requests_;
  CannedServer server_;
};

RedirectState at(const std::string& url, const std::string& method = "GET") {
  RedirectState state;
  state.first = *parse_url(url);
  state.current = state.first;
  state.method = method;
  return state;
}

RedirectOptions with_mode(RedirectMode mode, std::vector<std::string> hosts = {}) {
  RedirectOptions options;
  options.mode = mode;
  options.hosts = std::move(hosts);
  return options;
}

using Kind = RedirectStep::Kind;

}  // namespace

TEST_CASE("redirects: what is no redirect -> the answer") {
  const RedirectState state = at("http://app/");
  for (const int status : {200, 204, 300, 304, 305, 404, 500}) {
    CHECK(next_step({}, state, status, "/next").kind == Kind::kFinal);
  }
  CHECK(next_step({}, state, 302, std::nullopt).kind == Kind::kFinal);
  CHECK(next_step({}, state, 302, "").kind == Kind::kFinal);
  CHECK(next_step(with_mode(RedirectMode::kNone), state, 302, "/next").kind == Kind::kFinal);
}

TEST_CASE("redirects: methods -> as Go's client changes them") {
  const auto step = [](int status, const char* method) {
    return next_step({}, at("http://app/a/b", method), status, "c");
  };
  for (const int status : {301, 302, 303}) {
    CHECK(step(status, "POST").method == "GET");
    CHECK(step(status, "PUT").method == "GET");
    CHECK(step(status, "HEAD").method == "HEAD");
    CHECK_FALSE(step(status, "POST").keep_body);
  }
  for (const int status : {307, 308}) {
    CHECK(step(status, "POST").method == "POST");
    CHECK(step(status, "POST").keep_body);
  }
  CHECK(step(302, "GET").next.text() == "http://app/a/c");
}

TEST_CASE("redirects: destinations -> by mode") {
  const auto reason = [](RedirectOptions options, const char* location,
                         const char* from = "http://app/") {
    return next_step(options, at(from), 302, location).reason;
  };
  const RedirectOptions same;
  CHECK(reason(same, "http://APP:8080/x") == ProbeReason::kNone);
  CHECK(reason(same, "https://app/") == ProbeReason::kNone);
  CHECK(reason(same, "//other/") == ProbeReason::kRedirectBlocked);
  CHECK(reason(same, "http://app.evil.example/") == ProbeReason::kRedirectBlocked);
  CHECK(reason(same, "http://app@evil.example/") == ProbeReason::kRedirectBlocked);
  CHECK(reason(same, "http://evil.example\\@app/") == ProbeReason::kRedirectBlocked);
  CHECK(reason(same, "ftp://app/") == ProbeReason::kRedirectBlocked);
  CHECK(reason(same, "file:///etc/passwd") == ProbeReason::kRedirectBlocked);
  CHECK(reason(same, "javascript:alert(1)") == ProbeReason::kRedirectBlocked);

  const RedirectOptions list = with_mode(RedirectMode::kList, {"*.example.com"});
  CHECK(reason(list, "http://login.example.com/") == ProbeReason::kNone);
  CHECK(reason(list, "/own") == ProbeReason::kNone);
  CHECK(reason(list, "http://example.org/") == ProbeReason::kRedirectBlocked);

  const RedirectOptions any = with_mode(RedirectMode::kAny);
  CHECK(reason(any, "http://example.org/") == ProbeReason::kNone);
  CHECK(reason(any, "http://example.org/", "https://app/") == ProbeReason::kRedirectBlocked);
  RedirectOptions downgrade = any;
  downgrade.allow_downgrade = true;
  CHECK(reason(downgrade, "http://example.org/", "https://app/") == ProbeReason::kNone);
}

TEST_CASE("redirects: the name that the target goes by -> its own host as well") {
  RedirectState state = at("http://127.0.0.1/");
  CHECK(next_step({}, state, 301, "http://shop.example/").kind == Kind::kRefused);
  state.hostname = "shop.example";
  CHECK(next_step({}, state, 301, "http://shop.example/").kind == Kind::kFollow);
}

TEST_CASE("redirects: too many -> redirect_limit") {
  RedirectState state = at("http://app/");
  state.followed = 2;
  CHECK(next_step({}, state, 302, "/").kind == Kind::kFollow);
  state.followed = 3;
  CHECK(next_step({}, state, 302, "/").reason == ProbeReason::kRedirectLimit);
}

TEST_CASE("http probe: redirects on the same host -> followed, summed up") {
  Site site;
  site.answer("/a", redirect_to("/b"));
  site.answer("/b", redirect_to("c", 301));
  site.answer("/c", http_answer(200, "end"));
  const ProbeResult result = Probing(site.url("/a")).run();
  CHECK(result.success);
  CHECK(result.http->redirects == 2);
  CHECK(result.http->status_code == 200);
  CHECK(result.http->uncompressed_body_length == 3);
  CHECK(result.http->new_connections == 3);
  CHECK(result.final_url == site.url("/c"));
  CHECK(phases_add_up(result));
}

TEST_CASE("http probe: a redirect loop -> redirect_limit, the redirect's values") {
  Site site;
  site.answer("/a", redirect_to("/a"));
  const ProbeResult result = Probing(site.url("/a")).run();
  CHECK(result.reason == ProbeReason::kRedirectLimit);
  CHECK(result.http->redirects == 4);
  CHECK(result.http->status_code == 302);
  CHECK(site.requests().size() == 4);
}

TEST_CASE("http probe: a redirect to a login page elsewhere -> redirect_blocked") {
  Site site;
  site.answer("/a", redirect_to("http://login.example.com/?next=secret"));
  const ProbeResult result = Probing(site.url("/a")).run();
  CHECK(result.reason == ProbeReason::kRedirectBlocked);
  CHECK(has(result.detail, "http://login.example.com/?next=..."));
  CHECK(result.http->status_code == 302);
}

TEST_CASE("http probe: no redirects -> the redirect is the answer") {
  Site site;
  site.answer("/a", redirect_to("http://elsewhere.example/"));
  Probing probing(site.url("/a"));
  probing.http().redirects.mode = RedirectMode::kNone;
  CHECK(probing.run().reason == ProbeReason::kHttpStatus);
  probing.http().valid_status_codes = {{300, 399}};
  CHECK(probing.run().success);
}

TEST_CASE("http probe: POST and a redirect -> a GET without body and its fields") {
  Site site;
  site.answer("/a", redirect_to("/b", 303));
  site.answer("/b", http_answer(200, ""));
  Probing probing(site.url("/a"));
  probing.http().method = "POST";
  probing.http().headers = {{"Content-Type", "application/json"}, {"X-One", "1"}};
  CHECK(probing.run().success);
  const auto requests = site.requests();
  REQUIRE(requests.size() == 2);
  CHECK(has(requests[0], "Content-Type"));
  CHECK(requests[1].starts_with("GET /b "));
  CHECK_FALSE(has(requests[1], "Content-"));
  CHECK(has(requests[1], "X-One: 1"));
}

TEST_CASE("http probe: an address that a redirect leads to -> checked like the first one") {
  Site site;
  site.answer("/a", redirect_to("http://169.254.169.254/latest/"));
  Probing probing(site.url("/a"));
  probing.http().redirects.mode = RedirectMode::kAny;
  const ProbeResult result = probing.run();
  CHECK(result.reason == ProbeReason::kPolicyDenied);
  CHECK(result.http->redirects == 1);
}

TEST_CASE("http probe: a redirect of a raw target -> its URL is checked") {
  Site site;
  site.answer("/a", redirect_to("/b"));
  site.answer("/b", http_answer(200, ""));
  Probing probing(site.url("/a"));
  probing.check_url = [&](const std::string& url) {
    return url == site.url("/b") ? std::string("not that one") : std::string();
  };
  const ProbeResult result = probing.run();
  CHECK(result.reason == ProbeReason::kPolicyDenied);
  CHECK(result.detail == "not that one");
  CHECK(site.requests().size() == 1);
}

TEST_CASE("http probe: credentials -> kept on the own origin, lost for good beyond it") {
  Site own;
  Site other;
  DnsRecord loopback;
  loopback.ip4 = {"127.0.0.1"};
  const FakeDns dns({{"app.test", loopback}, {"other.test", loopback}});
  const TempDir dir;
  Probing probing(own.url_of("app.test", "/a"));
  probing.name_servers = {dns.address()};
  probing.http().redirects.mode = RedirectMode::kAny;
  BasicAuthOptions basic_auth;
  basic_auth.username = "watch";
  basic_auth.password_file = dir.write("password", "sesame\n");
  probing.http().basic_auth = basic_auth;
  probing.http().header_files = {{"X-Filed", dir.write("filed", "filed-value")}};
  probing.http().headers = {{"X-Api-Key", "plain-value"}, {"X-Harmless", "1"}};
  const auto has_secrets = [](const std::string& request) {
    return has(request, "Authorization: Basic d2F0Y2g6c2VzYW1l\r\n") &&
           has(request, "X-Filed: filed-value") && has(request, "X-Api-Key: plain-value");
  };
  const auto has_none = [](const std::string& request) {
    return !has(request, "Authorization") && !has(request, "filed-value") &&
           !has(request, "plain-value") && has(request, "X-Harmless: 1");
  };
  SECTION("the same origin") {
    own.answer("/a", redirect_to("/b"));
    own.answer("/b", redirect_to(own.url_of("app.test", "/c")));
    own.answer("/c", http_answer(200, ""));
    CHECK(probing.run().success);
    REQUIRE(own.requests().size() == 3);
    for (const std::string& request : own.requests()) CHECK(has_secrets(request));
  }
  SECTION("the same host on another port, and back") {
    own.answer("/a", redirect_to(other.url_of("app.test", "/x")));
    other.answer("/x", redirect_to(own.url_of("app.test", "/c")));
    own.answer("/c", http_answer(401, ""));
    const ProbeResult result = probing.run();
    CHECK(has(result.detail, "credentials are not sent"));
    REQUIRE(own.requests().size() == 2);
    REQUIRE(other.requests().size() == 1);
    CHECK(has_secrets(own.requests()[0]));
    CHECK(has_none(other.requests()[0]));
    CHECK(has_none(own.requests()[1]));
  }
  SECTION("another name of the same server") {
    own.answer("/a", redirect_to(own.url_of("other.test", "/c")));
    own.answer("/c", http_answer(200, ""));
    CHECK(probing.run().success);
    REQUIRE(own.requests().size() == 2);
    CHECK(has_none(own.requests()[1]));
  }
}

TEST_CASE("http probe: user information in a redirect -> never sent") {
  Site site;
  site.answer("/a", redirect_to("http://eve:pw@" + site.url("/b").substr(7)));
  site.answer("/b", http_answer(200, ""));
  CHECK(Probing(site.url("/a")).run().success);
  REQUIRE(site.requests().size() == 2);
  CHECK_FALSE(has(site.requests()[1], "Authorization"));
}

}  // namespace litewatch
