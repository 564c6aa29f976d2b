#include "web/request_head.h"

#include <string>

#include "catch.h"

using namespace litewatch;

namespace {

const std::string kSimple = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";

std::string with_fields(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

HeadFault fault_of(const std::string& head) {
  HeadScanner scanner(16384, 64);
  switch (scanner.scan(head)) {
    case HeadScanner::State::kFaulty:
      return scanner.fault();
    case HeadScanner::State::kIncomplete:
      FAIL("incomplete: " << head);
    case HeadScanner::State::kComplete:
      break;
  }
  return read_head(std::string_view(head).substr(0, scanner.size())).fault;
}

RequestHead head_of(const std::string& text) {
  const auto reading = read_head(text);
  REQUIRE(reading.fault == HeadFault::kNone);
  return reading.head;
}

}  // namespace

TEST_CASE("request head: split at every byte -> complete exactly at the end") {
  for (std::size_t split = 0; split < kSimple.size(); ++split) {
    HeadScanner scanner(16384, 64);
    CHECK(scanner.scan(std::string_view(kSimple).substr(0, split)) ==
          HeadScanner::State::kIncomplete);
    CHECK(scanner.scan(kSimple) == HeadScanner::State::kComplete);
    CHECK(scanner.size() == kSimple.size());
  }
}

TEST_CASE("request head: another request behind it -> not part of it") {
  HeadScanner scanner(16384, 64);
  CHECK(scanner.scan(kSimple + kSimple) == HeadScanner::State::kComplete);
  CHECK(scanner.size() == kSimple.size());
}

TEST_CASE("request head: empty lines before it -> skipped") {
  HeadScanner scanner(16384, 64);
  CHECK(scanner.scan("\r\n\r\n" + kSimple) == HeadScanner::State::kComplete);
  CHECK(scanner.size() == kSimple.size() + 4);
  CHECK(head_of("\r\n\r\n" + kSimple).path == "/metrics");
}

TEST_CASE("request head: size at and over the cap -> complete, too large") {
  HeadScanner exact(kSimple.size(), 64);
  CHECK(exact.scan(kSimple) == HeadScanner::State::kComplete);
  HeadScanner over(kSimple.size() - 1, 64);
  CHECK(over.scan(kSimple) == HeadScanner::State::kFaulty);
  CHECK(over.fault() == HeadFault::kTooLarge);
  HeadScanner endless(1000, 64);
  CHECK(endless.scan("GET /" + std::string(995, 'a')) == HeadScanner::State::kFaulty);
  CHECK(endless.fault() == HeadFault::kTooLarge);
}

TEST_CASE("request head: fields at and over the cap -> complete, too many") {
  const auto fields = [](int count) {
    std::string text = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < count; ++i) text += "a: b\r\n";
    return text;
  };
  HeadScanner exact(16384, 3);
  CHECK(exact.scan(fields(3) + "\r\n") == HeadScanner::State::kComplete);
  HeadScanner over(16384, 3);
  CHECK(over.scan(fields(4)) == HeadScanner::State::kFaulty);
  CHECK(over.fault() == HeadFault::kTooManyFields);
}

TEST_CASE("request head: what two servers could read differently -> bad request") {
  using namespace std::string_literals;
  const std::string bad[] = {
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET / HTTP/1.1\r\nHost: a\r\nx: b\rc\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nx: b\0c\r\n\r\n"s,
      "GET / HTTP/1.1\r\nHost: a\r\nx: b\x7f\r\n\r\n",
      with_fields("x: a\r\n folded\r\n"),
      with_fields("x: a\r\n\tfolded\r\n"),
      with_fields("x : a\r\n"),
      with_fields(": a\r\n"),
      with_fields("no colon\r\n"),
      with_fields("Host: b\r\n"),
      with_fields("Content-Length: 0\r\nContent-Length: 0\r\n"),
      with_fields("Content-Length: +0\r\n"),
      with_fields("Content-Length: 0, 5\r\n"),
      with_fields("Content-Length: -2\r\n"),
      with_fields("Content-Length:\r\n"),
      with_fields("Authorization: a\r\nAuthorization: b\r\n"),
      "GET / HTTP/1.1\r\n\r\n",
      "\x16\x03\x01",
  };
  for (const auto& head : bad) {
    CAPTURE(head);
    CHECK(fault_of(head) == HeadFault::kBadRequest);
  }
}

TEST_CASE("request head: garbage request lines -> bad request") {
  const std::string bad[] = {"GET",
                             "GET /",
                             "GET / HTTP/1.2",
                             "GET / HTTP/2.0",
                             "GET / HTTP/1.1 ",
                             " GET / HTTP/1.1",
                             "GET  / HTTP/1.1",
                             "GET /a b HTTP/1.1",
                             "GET metrics HTTP/1.1",
                             "GET * HTTP/1.1",
                             "GET /\xc3\xa4 HTTP/1.1",
                             "GET /#fragment HTTP/1.1",
                             "G\x01T / HTTP/1.1",
                             "ABCDEFGHIJKLMNOPQ / HTTP/1.1",
                             "(GET) / HTTP/1.1"};
  for (const auto& line : bad) {
    CAPTURE(line);
    CHECK(fault_of(line + "\r\nHost: a\r\n\r\n") == HeadFault::kBadRequest);
  }
}

TEST_CASE("request head: any body -> refused") {
  CHECK(fault_of(with_fields("Content-Length: 0\r\n")) == HeadFault::kNone);
  CHECK(fault_of(with_fields("Content-Length: 1\r\n")) == HeadFault::kBody);
  CHECK(fault_of(with_fields("content-length: 99999999999999999999999\r\n")) == HeadFault::kBody);
  CHECK(fault_of(with_fields("Transfer-Encoding: chunked\r\n")) == HeadFault::kBody);
  CHECK(fault_of(with_fields("TRANSFER-ENCODING: identity\r\n")) == HeadFault::kBody);
}

TEST_CASE("request head: fields -> only those that litewatch uses go on") {
  const auto head = head_of(
      "GET /metrics?a=b HTTP/1.1\r\nHOST: h\r\nAccept:text/plain\r\nRange: bytes=0-,0-\r\n"
      "X-Forwarded-For: 1.2.3.4\r\nREMOTE_ADDR: 1.2.3.4\r\nExpect: 100-continue\r\n"
      "Upgrade: websocket\r\nAuthorization: Basic eDp5\r\nAccept: */*\r\n\r\n");
  CHECK(head.bytes ==
        "GET /metrics?a=b HTTP/1.1\r\nhost: h\r\naccept: text/plain\r\naccept: */*\r\n\r\n");
  CHECK(head.path == "/metrics");
  CHECK(head.authorization == "Basic eDp5");
}

TEST_CASE("request head: absolute target -> its path") {
  CHECK(head_of("GET http://h:1/x?y HTTP/1.1\r\nHost: a\r\n\r\n").path == "/x");
  CHECK(head_of("GET HTTP://h HTTP/1.1\r\nHost: a\r\n\r\n").path == "/");
}

TEST_CASE("request head: version and Connection -> keep-alive or not") {
  const auto kept = [](const std::string& version, const std::string& fields) {
    return head_of("GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n").keep_alive;
  };
  CHECK(kept("1.1", ""));
  CHECK_FALSE(kept("1.1", "Connection: close\r\n"));
  CHECK_FALSE(kept("1.1", "Connection: Keep-Alive, CLOSE\r\n"));
  CHECK_FALSE(kept("1.0", ""));
  CHECK(kept("1.0", "Connection: Keep-Alive\r\n"));
  CHECK_FALSE(head_of("GET / HTTP/1.0\r\n\r\n").keep_alive);
}
