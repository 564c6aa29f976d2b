#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "catch.h"
#include "probe/http/hop.h"
#include "probing.h"
#include "support/canned_server.h"
#include "support/fake_dns.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

/// Answers every request alike and remembers what it was asked.
class Answering {
 public:
  explicit Answering(std::string answer)
      : answer_(std::move(answer)), server_([this](int fd) { talk(fd); }) {}

  std::string url(const std::string& path = "/") const { return server_.url(path); }
  const CannedServer& server() const { return server_; }
  std::string request() {
    const std::lock_guard lock(mutex_);
    return request_;
  }

 private:
  void talk(int fd) {
    std::string head = read_request_head(fd);
    {
      const std::lock_guard lock(mutex_);
      request_ = std::move(head);
    }
    send_bytes(fd, answer_);
    read_to_end(fd);  // the other side closes first: nothing is reset
  }

  const std::string answer_;
  std::mutex mutex_;
  std::string request_;
  CannedServer server_;
};

constexpr std::string_view kKeptAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("http probe: a plain answer -> all values of a success") {
  Answering app(http_answer(200, "hello",
                            "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                            "Content-Type: text/plain\r\n"));
  const ProbeResult result = Probing(app.url("/health?token=abc")).run();
  CHECK(result.success);
  CHECK(result.reason == ProbeReason::kNone);
  CHECK(result.detail.empty());
  CHECK(result.http->status_code == 200);
  CHECK(result.http->version == 1.1);
  CHECK(result.http->content_length == 5);
  CHECK(result.http->uncompressed_body_length == 5);
  CHECK(result.http->redirects == 0);
  CHECK_FALSE(result.http->ssl);
  CHECK_FALSE(result.http->failed_due_to_cel.has_value());
  CHECK(result.http->last_modified_unix_s == 784111777.0);
  CHECK(result.http->new_connections == 1);
  CHECK(result.ip_protocol == 4);
  CHECK(result.ip_addr_hash == 3668918509u);  // FNV-1a of 127.0.0.1
  CHECK(result.address == "127.0.0.1");
  CHECK(result.final_url == app.url("/health?token=..."));
  CHECK_FALSE(result.tls.has_value());
  CHECK(result.excerpt.empty());
  CHECK(result.log.empty());
}

TEST_CASE("http probe: the request -> what blackbox_exporter's looks like, and nothing secret") {
  Answering app(http_answer(200, ""));
  Probing probing(app.url("/a?b=c"));
  probing.http().headers = {{"X-One", "1"}, {"X-Empty", ""}};
  probing.run();
  const std::string request = app.request();
  CHECK(request.starts_with("GET /a?b=c HTTP/1.1\r\n"));
  CHECK(has(request, "\r\nHost: " + app.server().address() + "\r\n"));
  CHECK(has(request, "\r\nUser-Agent: litewatch/test\r\n"));
  CHECK(has(request, "\r\nX-One: 1\r\n"));
  CHECK(has(request, "\r\nX-Empty:\r\n"));
  CHECK_FALSE(has(request, "Authorization"));
  CHECK_FALSE(has(request, "Accept-Encoding"));
  CHECK_FALSE(has(request, "Cookie"));
}

TEST_CASE("http probe: phases -> add up to the duration") {
  const CannedServer app([](int fd) {
    read_request_head(fd);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    send_bytes(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    send_bytes(fd, "cd");
    read_to_end(fd);
  });
  const ProbeResult result = Probing(app.url()).run();
  CHECK(result.success);
  CHECK(result.http->phases.processing_s >= 0.2);
  CHECK(result.http->phases.transfer_s >= 0.1);
  CHECK(result.http->phases.tls_s == 0);
  CHECK(result.http->phases.resolve_s < 0.1);
  CHECK(phases_add_up(result));
}

TEST_CASE("http probe: phases of a timeout -> the time is in the phase it was lost in") {
  const CannedServer app([](int fd) { hang(fd); });
  Probing probing(app.url());
  probing.timeout_s = 1;
  const ProbeResult result = probing.run();
  CHECK(result.reason == ProbeReason::kResponseTimeout);
  CHECK(result.http->phases.processing_s >= 0.5);
  CHECK(phases_add_up(result));
  CHECK(result.duration_s < 4);
  CHECK(result.timeout_s == 1);
}

TEST_CASE("http probe: faults -> each its reason") {
  const auto reason_of = [](CannedServer::Talk talk, double timeout_s = 3) {
    const CannedServer app(std::move(talk));
    Probing probing(app.url());
    probing.timeout_s = timeout_s;
    return probing.run().reason;
  };
  SECTION("closed without an answer") {
    CHECK(reason_of([](int fd) { read_request_head(fd); }) == ProbeReason::kConnectReset);
  }
  SECTION("reset before the request") {
    CHECK(reason_of([](int fd) { reset_at_close(fd); }) == ProbeReason::kConnectReset);
  }
  SECTION("reset within the header") {
    CHECK(reason_of([](int fd) {
            read_request_head(fd);
            send_bytes(fd, "HTTP/1.1 200 OK\r\nContent-Le");
            reset_at_close(fd);
          }) == ProbeReason::kConnectReset);
  }
  SECTION("reset within the body") {
    CHECK(reason_of([](int fd) {
            read_request_head(fd);
            send_bytes(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            reset_at_close(fd);
          }) == ProbeReason::kConnectReset);
  }
  SECTION("a body shorter than its length") {
    CHECK(reason_of([](int fd) {
            read_request_head(fd);
            send_bytes(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
          }) == ProbeReason::kConnectReset);
  }
  SECTION("a chunked body without its end") {
    CHECK(reason_of([](int fd) {
            read_request_head(fd);
            send_bytes(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
          }) == ProbeReason::kConnectReset);
  }
  SECTION("not HTTP") {
    CHECK(reason_of([](int fd) {
            read_request_head(fd);
            send_bytes(fd, "220 mail.example.com ESMTP\r\n");
          }) == ProbeReason::kHttpProtocol);
  }
  SECTION("a chunk that is none") {
    CHECK(reason_of([](int fd) {
            read_request_head(fd);
            send_bytes(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n");
            read_to_end(fd);
          }) == ProbeReason::kHttpProtocol);
  }
  SECTION("a header without end") {
    CHECK(reason_of([](int fd) {
            read_request_head(fd);
            send_bytes(fd, "HTTP/1.1 200 OK\r\n");
            send_forever(fd, "X-Field: " + std::string(1000, 'x') + "\r\n", 1 << 20);
          }) == ProbeReason::kHttpProtocol);
  }
  SECTION("a slow body") {
    const auto slowly = [](int fd) {
      read_request_head(fd);
      send_bytes(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      for (int i = 0; i < 100 && send_bytes(fd, "x"); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    };
    CHECK(reason_of(slowly, 0.4) == ProbeReason::kResponseTimeout);
  }
  SECTION("a status that is not valid") {
    CHECK(reason_of([](int fd) {
            read_request_head(fd);
            send_bytes(fd, http_answer(404, "no"));
            read_to_end(fd);
          }) == ProbeReason::kHttpStatus);
  }
  SECTION("a status that is not valid, and then a hanging body: the status is the reason") {
    const auto refuses = [](int fd) {
      read_request_head(fd);
      send_bytes(fd, "HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\n");
      hang(fd);
    };
    CHECK(reason_of(refuses, 1) == ProbeReason::kHttpStatus);
  }
}

TEST_CASE("http probe: nobody listens -> connect_refused, values 0") {
  const RefusingPort port;
  const ProbeResult result = Probing("http://" + port.address() + "/").run();
  CHECK_FALSE(result.success);
  CHECK(result.reason == ProbeReason::kConnectRefused);
  CHECK(has(result.detail, "refused"));
  CHECK(result.http->status_code == 0);
  CHECK(result.http->content_length == 0);
  CHECK(result.http->version == 0);
  CHECK(result.ip_protocol == 4);
  CHECK(result.address == "127.0.0.1");
}

TEST_CASE("http probe: names -> resolved by our resolver, the name stays in Host") {
  Answering app(http_answer(200, ""));
  DnsRecord known;
  known.ip4 = {"127.0.0.1"};
  DnsRecord silent;
  silent.kind = DnsRecord::Kind::kSilence;
  DnsRecord broken;
  broken.kind = DnsRecord::Kind::kServfail;
  const FakeDns dns({{"app.example.com", known}, {"silent.test", silent}, {"broken.test", broken}});
  const std::string port = ":" + std::to_string(app.server().port()) + "/";
  const auto run = [&](const std::string& host, double timeout_s = 3) {
    Probing probing("http://" + host + port);
    probing.name_servers = {dns.address()};
    probing.timeout_s = timeout_s;
    return probing.run();
  };
  const ProbeResult good = run("app.example.com");
  CHECK(good.success);
  CHECK(good.address == "127.0.0.1");
  CHECK(good.dns_lookup_s > 0);
  CHECK(good.http->phases.resolve_s >= good.dns_lookup_s);
  CHECK(has(app.request(), "\r\nHost: app.example.com:"));
  CHECK(run("missing.test").reason == ProbeReason::kDnsNxdomain);
  CHECK(run("silent.test", 0.5).reason == ProbeReason::kDnsTimeout);
  CHECK(run("broken.test").reason == ProbeReason::kDnsError);
}

TEST_CASE("http probe: hostname and Host -> sent instead of the URL's host") {
  Answering app(http_answer(200, ""));
  Probing probing(app.url());
  SECTION("of the target") {
    probing.target.hostname = "shop.example.com";
    CHECK(probing.run().success);
    CHECK(has(app.request(), "\r\nHost: shop.example.com\r\n"));
  }
  SECTION("of the module") {
    probing.http().headers = {{"host", "other.example.com"}};
    CHECK(probing.run().success);
    CHECK(has(app.request(), "\r\nHost: other.example.com\r\n"));
  }
}

TEST_CASE("http probe: an address that is not allowed -> policy_denied, not connected") {
  Answering app(http_answer(200, ""));
  Probing probing(app.url());
  probing.policy = std::make_shared<AddressPolicy>(std::vector<std::string>{},
                                                   std::vector<std::string>{"10.0.0.0/8"});
  CHECK(probing.run().reason == ProbeReason::kPolicyDenied);
  CHECK(app.server().connections() == 0);
  probing.target.url = "http://169.254.169.254/latest/meta-data/";
  probing.policy = std::make_shared<AddressPolicy>();
  CHECK(probing.run().reason == ProbeReason::kPolicyDenied);
}

TEST_CASE("http probe: methods and bodies -> as configured") {
  std::mutex mutex;
  std::string request;
  const CannedServer app([&](int fd) {
    std::string text = read_request_head(fd);
    if (has(text, "Content-Length: 5")) {
      std::array<char, 5> body{};
      for (char& c : body) {
        if (::recv(fd, &c, 1, 0) != 1) return;
      }
      text.append(body.data(), body.size());
    }
    {
      const std::lock_guard lock(mutex);
      request = text;
    }
    const bool head = text.starts_with("HEAD");
    send_bytes(fd, head ? "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n" : http_answer(200, "ok"));
    read_to_end(fd);
  });
  Probing probing(app.url());
  SECTION("POST with a body") {
    probing.http().method = "POST";
    probing.http().body = "a=b&c";
    CHECK(probing.run().success);
    CHECK(request.starts_with("POST / "));
    CHECK(request.ends_with("\r\n\r\na=b&c"));
    CHECK_FALSE(has(request, "Content-Type"));
    CHECK_FALSE(has(request, "Expect"));
  }
  SECTION("POST without a body") {
    probing.http().method = "POST";
    CHECK(probing.run().success);
    CHECK(has(request, "\r\nContent-Length: 0\r\n"));
  }
  SECTION("a body from a file") {
    const TempDir dir;
    probing.http().method = "PUT";
    probing.http().body_file = dir.write("body", "12345");
    CHECK(probing.run().success);
    CHECK(request.starts_with("PUT / "));
    CHECK(request.ends_with("12345"));
  }
  SECTION("HEAD has no body, whatever its length") {
    probing.http().method = "HEAD";
    const ProbeResult result = probing.run();
    CHECK(result.success);
    CHECK(result.http->content_length == 77);
    CHECK(result.http->uncompressed_body_length == 0);
  }
  SECTION("OPTIONS") {
    probing.http().method = "OPTIONS";
    CHECK(probing.run().success);
    CHECK(request.starts_with("OPTIONS / "));
  }
}

TEST_CASE("http probe: a Unix socket -> no address, no name looked up") {
  const TempDir dir;
  const std::string path = dir.file("app.sock");
  Probing probing("http://app.invalid/health");
  probing.target.unix_socket = path;
  CHECK(probing.run().reason == ProbeReason::kConnectRefused);  // no such file
  const auto app = CannedServer::on_unix_socket(path, [](int fd) {
    const std::string request = read_request_head(fd);
    send_bytes(fd, http_answer(has(request, "Host: app.invalid\r\n") ? 200 : 400, "ok"));
    read_to_end(fd);
  });
  const ProbeResult result = probing.run();
  CHECK(result.success);
  CHECK(result.ip_protocol == 0);
  CHECK(result.ip_addr_hash == 0);
  CHECK(result.dns_lookup_s == 0);
  CHECK(result.address == path);
}

TEST_CASE("http probe: reuse -> the second probe needs no new connection") {
  const CannedServer app([](int fd) {
    while (!read_request_head(fd).empty()) send_bytes(fd, kKeptAnswer);
  });
  Probing probing(app.url());
  SECTION("asked for") {
    probing.target.reuse_connection = true;
    const auto results = probing.run_times(3);
    CHECK(results[0].http->new_connections == 1);
    CHECK(results[1].success);
    CHECK(results[1].http->new_connections == 0);
    CHECK(results[1].http->phases.connect_s == 0);
    CHECK(results[2].http->new_connections == 0);
    CHECK(app.connections() == 1);
    CHECK(phases_add_up(results[2]));
  }
  SECTION("not asked for") {
    const auto results = probing.run_times(2);
    CHECK(results[1].http->new_connections == 1);
    CHECK(app.connections() == 2);
  }
}

TEST_CASE("http probe: a kept connection that the server closed -> a new one, no failure") {
  const CannedServer app([](int fd) {
    read_request_head(fd);
    send_bytes(fd, kKeptAnswer);
  });
  Probing probing(app.url());
  probing.target.reuse_connection = true;
  for (const ProbeResult& result : probing.run_times(3)) CHECK(result.success);
}

TEST_CASE("http probe: destroyed at any time -> no result, nothing left") {
  const CannedServer app([](int fd) { hang(fd); });
  CHECK_FALSE(Probing(app.url()).abandon_after(0));
  CHECK_FALSE(Probing(app.url()).abandon_after(0.05));
}

TEST_CASE("http probe: debug -> a log, with times and without secrets") {
  Answering app(http_answer(200, ""));
  const TempDir dir;
  Probing probing(app.url("/?key=geheim"));
  probing.debug = true;
  probing.http().headers = {{"X-Api-Key", "plain-secret"}};
  probing.http().header_files = {{"X-Token", dir.write("token", "filed-secret\n")}};
  const ProbeResult result = probing.run();
  CHECK(has(app.request(), "X-Token: filed-secret\r\n"));
  std::string log;
  for (const std::string& line : result.log) log += line + "\n";
  CHECK(has(log, "requesting GET " + app.url("/?key=...")));
  CHECK(has(log, "resolved to 127.0.0.1"));
  CHECK(has(log, "answered with status 200"));
  CHECK(has(log, "success"));
  CHECK_FALSE(has(log, "secret"));
  CHECK_FALSE(has(log, "geheim"));
}

TEST_CASE("http probe: a failure -> the body's first bytes, printable, secrets masked") {
  const TempDir dir;
  Answering app(
      http_answer(500, std::string("you sent filed-secret \x01\xff") + std::string(5000, 'x')));
  Probing probing(app.url());
  probing.http().header_files = {{"X-Token", dir.write("token", "filed-secret")}};
  const ProbeResult result = probing.run();
  CHECK(result.excerpt.starts_with("you sent <secret> \xEF\xBF\xBD\xEF\xBF\xBDxxx"));
  CHECK(result.excerpt.size() <= ProbeResult::kExcerpt);
  CHECK(result.excerpt.size() > ProbeResult::kExcerpt - 4);
}

TEST_CASE("http probe: a health document in a 503 -> health_fail with the component's name") {
  const std::string document =
      R"({"status":"fail","checks":{"sqlite:ping":[{"status":"fail","output":"disk full"}],)"
      R"("cache:ping":[{"status":"pass"}]}})";
  Answering app(http_answer(503, document, "Content-Type: application/json\r\n"));
  const ProbeResult result = Probing(app.url()).run();
  CHECK(result.reason == ProbeReason::kHealthFail);
  CHECK(has(result.detail, "sqlite"));
  CHECK(has(result.detail, "disk full"));
  CHECK_FALSE(has(result.detail, "cache"));
  REQUIRE(result.health.has_value());
  CHECK(result.health->status == HealthStatus::kFail);
  CHECK_FALSE(result.health_mismatch);
}

TEST_CASE("http probe: the target's format -> instead of the module's") {
  Answering app(http_answer(200, "all is well"));
  Probing probing(app.url());
  probing.target.health_format = HealthFormat::kDraft;
  CHECK(probing.run().reason == ProbeReason::kJsonInvalid);
  probing.target.health_format = HealthFormat::kNone;
  CHECK(probing.run().success);
}

}  // namespace litewatch
