#include <zlib.h>

#include <string>

#include "catch.h"
#include "probe/http/body.h"
#include "probing.h"
#include "support/canned_server.h"

namespace litewatch {
namespace {

using State = HttpBody::State;

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

CannedServer::Talk answering(std::string answer) {
  return [answer = std::move(answer)](int fd) {
    read_request_head(fd);
    send_bytes(fd, answer);
    read_to_end(fd);
  };
}

std::string packed_answer(const std::string& body) {
  return http_answer(200, body, "Content-Encoding: gzip\r\n");
}

std::string chunked_answer(const std::string& body) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", body.size());
  return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
         "Connection: close\r\n\r\n" +
         std::string(size) + body + "\r\n0\r\n\r\n";
}

}  // namespace

TEST_CASE("http body: within its plan -> kept whole") {
  HttpBody body({.keep = 8, .most = 8});
  CHECK(body.add("1234", 4));
  CHECK(body.add("5678", 8));
  body.end(8);
  CHECK(body.kept() == "12345678");
  CHECK(body.whole());
}

TEST_CASE("http body: more than is read -> cut, and no failure") {
  HttpBody body({.keep = 8, .most = 8});
  CHECK(body.add("1234", 4));
  CHECK_FALSE(body.add("56789", 9));
  CHECK(body.state() == State::kCut);
  CHECK(body.kept() == "12345678");
  CHECK(body.size() == 8);
  CHECK_FALSE(body.whole());
}

TEST_CASE("http body: more than is allowed -> too large, also by its length alone") {
  HttpBody body({.keep = 8, .most = 8, .more_is_failure = true});
  CHECK_FALSE(body.add("123456789", 9));
  CHECK(body.state() == State::kTooLarge);
  HttpBody announced({.keep = 8, .most = 8, .more_is_failure = true});
  announced.expect(9);
  CHECK_FALSE(announced.add("1", 1));
  CHECK(announced.state() == State::kTooLarge);
  HttpBody exact({.keep = 8, .most = 8, .more_is_failure = true});
  exact.expect(8);
  CHECK(exact.add("12345678", 8));
  CHECK(exact.whole());
}

TEST_CASE("http body: counted but not kept -> not whole") {
  HttpBody body({.keep = 2, .most = 100});
  CHECK(body.add("1234", 4));
  body.end(4);
  CHECK(body.kept() == "12");
  CHECK(body.size() == 4);
  CHECK(body.state() == State::kOpen);
  CHECK_FALSE(body.whole());
}

TEST_CASE("http body: a ratio over 100 -> a bomb, once it is known") {
  const std::string piece(16 << 10, '\0');
  HttpBody small({.keep = 1 << 20, .most = 1 << 20, .compressed = true});
  for (int i = 0; i < 4; ++i) CHECK(small.add(piece, 10));
  small.end(10);
  CHECK(small.state() == State::kOpen);  // 64 KiB are no harm

  HttpBody at_the_end({.keep = 1 << 20, .most = 1 << 20, .compressed = true});
  for (int i = 0; i < 8; ++i) CHECK(at_the_end.add(piece, 0));
  at_the_end.end(1000);
  CHECK(at_the_end.state() == State::kBomb);

  HttpBody one_read({.keep = 1 << 20, .most = 1 << 20, .compressed = true});
  int pieces = 0;
  while (one_read.add(piece, 0) && pieces < 1000) ++pieces;
  CHECK(one_read.state() == State::kBomb);
  CHECK(pieces < 60);

  HttpBody good({.keep = 1 << 20, .most = 1 << 20, .compressed = true});
  for (int i = 1; i <= 8; ++i) CHECK(good.add(piece, static_cast<std::uint64_t>(i) * 200));
  good.end(1600);
  CHECK(good.state() == State::kOpen);
}

TEST_CASE("http probe: a long body that nothing looks at -> cut, a success") {
  const CannedServer app([](int fd) {
    read_request_head(fd);
    send_bytes(fd, "HTTP/1.1 200 OK\r\n\r\n");
    send_forever(fd, std::string(16 << 10, 'x'), 16 << 20);
  });
  Probing probing(app.url());
  const ProbeResult result = probing.run();
  CHECK(result.success);
  CHECK(result.http->body_truncated);
  CHECK(result.http->uncompressed_body_length == 256 << 10);
  CHECK(result.http->content_length == -1);
  CHECK_FALSE(result.health.has_value());
}

TEST_CASE("http probe: a cut body -> failures only of checks that it leaves open") {
  const CannedServer app([](int fd) {
    read_request_head(fd);
    send_bytes(fd, "HTTP/1.1 200 OK\r\n\r\nwell ");
    send_forever(fd, std::string(16 << 10, 'x'), 16 << 20);
  });
  Probing probing(app.url());
  SECTION("found in the part") {
    probing.http().fail_if_body_not_matches_regexp = {"well"};
    CHECK(probing.run().success);
  }
  SECTION("not found in the part") {
    probing.http().fail_if_body_not_matches_regexp = {"end"};
    const ProbeResult result = probing.run();
    CHECK(result.reason == ProbeReason::kBodyTooLarge);
    CHECK_FALSE(result.http->failed_due_to_regex);
  }
  SECTION("forbidden and found") {
    probing.http().fail_if_body_matches_regexp = {"well"};
    CHECK(probing.run().reason == ProbeReason::kBodyMismatch);
  }
  SECTION("CEL") {
    probing.http().fail_if_body_json_matches_cel = "body.x == 1";
    CHECK(probing.run().reason == ProbeReason::kBodyTooLarge);
  }
  SECTION("a health document") {
    probing.http().health.format = HealthFormat::kSpring;
    CHECK(probing.run().reason == ProbeReason::kBodyTooLarge);
  }
  SECTION("a limit") {
    probing.http().body_size_limit = 1000;
    const ProbeResult result = probing.run();
    CHECK(result.reason == ProbeReason::kBodyTooLarge);
    CHECK(result.detail.find("1000") != std::string::npos);
  }
}

TEST_CASE("http probe: an infinite body without limit -> the time ends it, little is kept") {
  const CannedServer app([](int fd) {
    read_request_head(fd);
    send_bytes(fd, "HTTP/1.1 200 OK\r\n\r\n");
    send_forever(fd, std::string(4 << 10, 'x'));
  });
  Probing probing(app.url());
  probing.http().body_size_limit = 0;
  probing.http().health.format = HealthFormat::kNone;
  probing.timeout_s = 0.2;
  CHECK(probing.run().reason == ProbeReason::kResponseTimeout);
}

TEST_CASE("http probe: compression -> asked for, decoded, counted decoded") {
  const std::string text = "{\"a\": \"" + std::string(1000, 'a') + "\"}";
  Probing probing;
  probing.http().compression = "gzip";
  probing.http().fail_if_body_json_not_matches_cel = "size(body.a) == 1000";
  SECTION("with a length") {
    const CannedServer app(answering(packed_answer(gzip(text))));
    probing.target.url = app.url();
    const ProbeResult result = probing.run();
    CHECK(result.success);
    CHECK(result.http->uncompressed_body_length == static_cast<double>(text.size()));
    CHECK(result.http->content_length == static_cast<double>(gzip(text).size()));
  }
  SECTION("chunked") {
    const CannedServer app(answering(chunked_answer(gzip(text))));
    probing.target.url = app.url();
    CHECK(probing.run().success);
  }
  SECTION("not what was asked for") {
    const CannedServer app(answering(http_answer(200, text)));
    probing.target.url = app.url();
    CHECK(probing.run().reason == ProbeReason::kHttpProtocol);
  }
  SECTION("not what it says") {
    const CannedServer app(answering(packed_answer("this is not gzip")));
    probing.target.url = app.url();
    CHECK(probing.run().reason == ProbeReason::kHttpProtocol);
  }
  SECTION("not asked for: not decoded either") {
    const CannedServer app(answering(packed_answer(gzip(text))));
    probing.target.url = app.url();
    probing.http().compression.clear();
    const ProbeResult result = probing.run();
    CHECK(result.reason == ProbeReason::kJsonInvalid);
    CHECK(result.http->uncompressed_body_length == static_cast<double>(gzip(text).size()));
  }
}

TEST_CASE("http probe: bombs -> body_too_large, soon") {
  const std::string bomb = gzip(std::string(8 << 20, '\0'));
  Probing probing;
  probing.http().compression = "gzip";
  SECTION("with a length") {
    const CannedServer app(answering(packed_answer(bomb)));
    probing.target.url = app.url();
    CHECK(probing.run().reason == ProbeReason::kBodyTooLarge);
  }
  SECTION("chunked") {
    const CannedServer app(answering(chunked_answer(bomb)));
    probing.target.url = app.url();
    CHECK(probing.run().reason == ProbeReason::kBodyTooLarge);
  }
  SECTION("within a limit of its own") {
    const CannedServer app(answering(packed_answer(bomb)));
    probing.target.url = app.url();
    probing.http().body_size_limit = 64 << 20;
    CHECK(probing.run().reason == ProbeReason::kBodyTooLarge);
  }
  SECTION("a small one, which ends before the limit") {
    const CannedServer app(answering(packed_answer(gzip(std::string(128 << 10, '\0')))));
    probing.target.url = app.url();
    CHECK(probing.run().reason == ProbeReason::kBodyTooLarge);
  }
}

TEST_CASE("http probe: regexp and CEL together -> both see the whole body") {
  const CannedServer app(answering(http_answer(200, R"({"status": "up", "n": 3})")));
  Probing probing(app.url());
  probing.http().fail_if_body_not_matches_regexp = {"\"up\""};
  probing.http().fail_if_body_json_not_matches_cel = "body.n == 3";
  const ProbeResult good = probing.run();
  CHECK(good.success);
  CHECK(good.http->failed_due_to_cel == false);
  probing.http().fail_if_body_json_not_matches_cel = "body.n == 4";
  const ProbeResult bad = probing.run();
  CHECK(bad.reason == ProbeReason::kBodyMismatch);
  CHECK(bad.http->failed_due_to_cel == true);
}

}  // namespace litewatch
