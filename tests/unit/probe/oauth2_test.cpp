#include "probe/http/oauth2.h"

#include <atomic>
#include <mutex>
#include <string>

#include "catch.h"
#include "probing.h"
#include "support/canned_server.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

/// A token server and an app that wants its tokens.
class OAuthSite {
 public:
  OAuthSite() : tokens_([this](int fd) { give_token(fd); }), app_([this](int fd) { answer(fd); }) {}

  Probing probing() const {
    Probing made(app_.url());
    OAuth2Options options;
    options.client_id = "watch";
    options.client_secret_file = dir_.write("secret", "sesame\n");
    options.token_url = tokens_.url("/token");
    options.scopes = {"a", "b c"};
    options.endpoint_params = {{"audience", "x&y"}};
    made.http().oauth2 = options;
    return made;
  }

  std::string token_answer = R"({"access_token":"t0ken","token_type":"bearer","expires_in":3600})";
  std::atomic<int> token_status{200};
  std::atomic<bool> wants_secret_in_body{false};
  std::atomic<int> app_status{200};
  std::string last_token_request() {
    const std::lock_guard lock(mutex_);
    return token_request_;
  }
  std::string last_request() {
    const std::lock_guard lock(mutex_);
    return request_;
  }
  int token_requests() const { return tokens_.connections(); }

 private:
  void give_token(int fd) {
    std::string request = read_request_head(fd);
    const std::size_t at = request.find("Content-Length: ");
    std::string body(at == std::string::npos ? 0 : std::stoul(request.substr(at + 16)), '\0');
    for (char& c : body) {
      if (::recv(fd, &c, 1, 0) != 1) return;
    }
    request += body;
    {
      const std::lock_guard lock(mutex_);
      token_request_ = request;
    }
    const bool refused =
        wants_secret_in_body && body.find("client_secret=sesame") == std::string::npos;
    send_bytes(fd, http_answer(refused ? 401 : token_status.load(), token_answer));
    read_to_end(fd);
  }
  void answer(int fd) {
    const std::string request = read_request_head(fd);
    {
      const std::lock_guard lock(mutex_);
      request_ = request;
    }
    const bool authorized =
        request.find("\r\nAuthorization: Bearer t0ken\r\n") != std::string::npos;
    send_bytes(fd, http_answer(authorized ? app_status.load() : 401, "you are t0ken"));
    read_to_end(fd);
  }

  TempDir dir_;
  std::mutex mutex_;
  std::string token_request_;
  std::string request_;
  CannedServer tokens_;
  CannedServer app_;
};

}  // namespace

TEST_CASE("oauth2: an answer -> the field and its lifetime") {
  const auto good = parse_token(R"({"access_token":"abc","expires_in":60})");
  REQUIRE(good.ok());
  CHECK(good->field == "Bearer abc");
  CHECK(good->lifetime_s == 60);
  CHECK(parse_token(R"({"access_token":"abc","token_type":"MAC"})")->field == "MAC abc");
  CHECK(parse_token(R"({"access_token":"abc"})")->lifetime_s == 300);
  CHECK(parse_token(R"({"access_token":"abc","expires_in":1e300})")->lifetime_s == 86400);
  CHECK(parse_token(R"({"access_token":"abc","expires_in":-5})")->lifetime_s == 0);
}

TEST_CASE("oauth2: what is no answer -> an error") {
  for (const char* const text :
       {"", "no", "[]", "{}", R"({"access_token":""})", R"({"access_token":5})",
        R"({"access_token":"a\r\nb"})", R"({"access_token":"a","token_type":"a b"})",
        R"({"access_token":"abc")"}) {
    INFO(text);
    CHECK_FALSE(parse_token(text).ok());
  }
  CHECK_FALSE(parse_token(std::string(50000, '[')).ok());
}

TEST_CASE("http probe: oauth2 -> asks once, sends the token") {
  OAuthSite site;
  const auto results = site.probing().run_times(3);
  for (const ProbeResult& result : results) {
    INFO(result.detail);
    CHECK(result.success);
  }
  // Each run of this helper prepares the module once, so its tokens are shared.
  CHECK(site.token_requests() == 1);
  const std::string request = site.last_token_request();
  CHECK(request.starts_with("POST /token HTTP/1.1\r\n"));
  CHECK(request.find("Authorization: Basic d2F0Y2g6c2VzYW1l\r\n") != std::string::npos);
  CHECK(request.ends_with("grant_type=client_credentials&scope=a%20b%20c&audience=x%26y"));
}

TEST_CASE("http probe: oauth2, a server that wants the secret in the body -> gets it there") {
  OAuthSite site;
  site.wants_secret_in_body = true;
  CHECK(site.probing().run().success);
  CHECK(site.token_requests() == 2);
}

TEST_CASE("http probe: oauth2, no token -> auth_failed, the app is not asked") {
  OAuthSite site;
  SECTION("an error") { site.token_status = 500; }
  SECTION("no JSON") { site.token_answer = "sorry"; }
  const ProbeResult result = site.probing().run();
  CHECK(result.reason == ProbeReason::kAuthFailed);
  CHECK(result.http->status_code == 0);
  CHECK(site.last_request().empty());
}

TEST_CASE("http probe: oauth2, nobody there -> auth_failed") {
  OAuthSite site;
  const RefusingPort port;
  Probing probing = site.probing();
  probing.http().oauth2->token_url = "http://" + port.address() + "/";
  const ProbeResult result = probing.run();
  CHECK(result.reason == ProbeReason::kAuthFailed);
  CHECK(result.detail.find("refused") != std::string::npos);
}

TEST_CASE("http probe: oauth2, a silent server -> auth_failed when the time is over") {
  OAuthSite site;
  const CannedServer silent([](int fd) { hang(fd); });
  Probing probing = site.probing();
  probing.http().oauth2->token_url = silent.url();
  probing.timeout_s = 0.2;
  CHECK(probing.run().reason == ProbeReason::kAuthFailed);
}

TEST_CASE("http probe: oauth2, a token that is taken back -> another one for the next probe") {
  OAuthSite site;
  site.app_status = 401;
  const auto results = site.probing().run_times(2);
  CHECK(site.token_requests() == 2);
  CHECK(results[0].excerpt == "you are <secret>");
}

TEST_CASE("http probe: oauth2, many probes at once -> one asks; where it ends, another one does") {
  OAuthSite site;
  Probing probing = site.probing();
  const auto results = Probing::run_together(probing, 5);
  CHECK(results.size() == 5);
  for (const ProbeResult& result : results) CHECK(result.success);
  CHECK(site.token_requests() == 1);
  const auto rest = Probing::run_together(probing, 5, true);
  CHECK(rest.size() == 4);
  for (const ProbeResult& result : rest) CHECK(result.success);
}

}  // namespace litewatch
