#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "probe/tcp/dialogue.h"

namespace litewatch {
namespace {

using Want = TcpDialogue::Want;

QueryResponse step(std::string expect, std::string send = "") {
  QueryResponse made;
  made.expect = std::move(expect);
  made.send = std::move(send);
  return made;
}

/// A dialogue with all that it needs to live.
struct Played {
  explicit Played(std::vector<QueryResponse> the_steps) : steps(std::move(the_steps)) {
    for (const QueryResponse& one : steps) {
      auto compiled = Pattern::compile(one.expect);
      REQUIRE(compiled.ok());
      expects.push_back(std::move(*compiled));
    }
  }
  Want next() { return dialogue.next(); }
  Want receive(std::string_view bytes) {
    dialogue.receive(bytes);
    return dialogue.next();
  }
  Want end() {
    dialogue.end();
    return dialogue.next();
  }
  std::string failure() const {
    return std::string(to_string(dialogue.reason())) + ": " + dialogue.detail();
  }

  std::vector<QueryResponse> steps;
  std::vector<Pattern> expects;
  TcpDialogue dialogue{steps, expects};
};

}  // namespace

TEST_CASE("dialogue: no steps -> over at once, and well") {
  Played played({});
  CHECK(played.next() == Want::kNothing);
  CHECK(played.dialogue.reason() == ProbeReason::kNone);
}

TEST_CASE("dialogue: lines that do not match -> read on until one does, without its line end") {
  Played played({step("^ready$")});
  CHECK(played.next() == Want::kBytes);
  CHECK(played.receive("not yet\r\nnear") == Want::kBytes);
  CHECK(played.receive("ly\nrea") == Want::kBytes);
  CHECK(played.receive("dy\r\n") == Want::kNothing);
  CHECK(played.dialogue.reason() == ProbeReason::kNone);
}

TEST_CASE("dialogue: an expression never matches across lines, nor before the line's end came") {
  Played played({step("a.*b")});
  CHECK(played.receive("a\nb\n") == Want::kBytes);
  CHECK(played.receive("ab") == Want::kBytes);
  CHECK(played.receive("\n") == Want::kNothing);
}

TEST_CASE("dialogue: the last line without an end -> a line when the peer closes") {
  Played played({step("^bye$")});
  CHECK(played.receive("bye") == Want::kBytes);
  CHECK(played.end() == Want::kNothing);
  CHECK(played.dialogue.reason() == ProbeReason::kNone);
}

TEST_CASE("dialogue: a step with groups -> put into what is sent, with a newline") {
  Played played({step("", "NICK prober"), step("PING :([^ ]+)", "PONG ${1}"), step("^:[^ ]+ 001")});
  CHECK(played.next() == Want::kSend);
  CHECK(played.dialogue.take_output() == "NICK prober\n");
  CHECK(played.next() == Want::kBytes);
  CHECK(played.receive(":server NOTICE\r\nPING :abc123\r\n:server 001 welcome\r\n") == Want::kSend);
  CHECK(played.dialogue.take_output() == "PONG abc123\n");
  CHECK(played.next() == Want::kNothing);
  CHECK(played.dialogue.reason() == ProbeReason::kNone);
}

TEST_CASE("dialogue: a dollar sign without an expression -> sent as it is") {
  Played played({step("", "cost: $1 ${1} $$")});
  CHECK(played.next() == Want::kSend);
  CHECK(played.dialogue.take_output() == "cost: $1 ${1} $$\n");
}

TEST_CASE("dialogue: bytes expected -> exactly those, in pieces; send_bytes without a newline") {
  QueryResponse binary;
  binary.expect_bytes = std::string("\x00\x01\xff", 3);
  binary.send_bytes = std::string("\x02\x00", 2);
  Played played({binary, step("^tail$")});
  CHECK(played.receive(std::string_view("\x00\x01", 2)) == Want::kBytes);
  CHECK(played.receive("\xfftail\n") == Want::kSend);
  CHECK(played.dialogue.take_output() == std::string("\x02\x00", 2));
  CHECK(played.next() == Want::kNothing);
  CHECK(played.dialogue.reason() == ProbeReason::kNone);
}

TEST_CASE("dialogue: other bytes than expected -> expect_mismatch with the first wrong one") {
  QueryResponse binary;
  binary.expect_bytes = "HELLO";
  Played played({binary});
  CHECK(played.receive("HE") == Want::kBytes);
  CHECK(played.receive("x") == Want::kNothing);
  CHECK(played.failure() == "expect_mismatch: \"HELLO\" was expected, \"HEx\" came");
  CHECK_FALSE(played.dialogue.failed_due_to_regex());
}

TEST_CASE("dialogue: bytes after a line -> those that follow it") {
  QueryResponse line_then_bytes = step("^go$");
  line_then_bytes.expect_bytes = "ab";
  Played played({line_then_bytes});
  CHECK(played.receive("wait\ngo\na") == Want::kBytes);
  CHECK(played.receive("b") == Want::kNothing);
  CHECK(played.dialogue.reason() == ProbeReason::kNone);
}

TEST_CASE("dialogue: the peer closes without a match -> expect_mismatch, due to the expression") {
  Played played({step("^SSH-2.0-")});
  CHECK(played.receive("HTTP/1.1 400\r\n") == Want::kBytes);
  CHECK(played.end() == Want::kNothing);
  CHECK(played.failure() ==
        "expect_mismatch: the connection was closed before a line matched ^SSH-2.0-; the last line "
        "was \"HTTP/1.1 400\"");
  CHECK(played.dialogue.failed_due_to_regex());
}

TEST_CASE("dialogue: the peer closes without a word -> connect_reset, due to the expression too") {
  Played played({step("^SSH-2.0-")});
  CHECK(played.end() == Want::kNothing);
  CHECK(played.dialogue.reason() == ProbeReason::kConnectReset);
  CHECK(played.dialogue.failed_due_to_regex());
  QueryResponse binary;
  binary.expect_bytes = "x";
  Played bytes({binary});
  CHECK(bytes.end() == Want::kNothing);
  CHECK(bytes.dialogue.reason() == ProbeReason::kConnectReset);
}

TEST_CASE("dialogue: STARTTLS -> what came in clear before is not taken for an answer after") {
  QueryResponse upgrade = step("^220 ready", "STARTTLS");
  upgrade.starttls = true;
  Played played({upgrade, step("^250 ok")});
  CHECK(played.receive("220 ready\n250 ok, injected\n") == Want::kSend);
  CHECK(played.dialogue.take_output() == "STARTTLS\n");
  CHECK(played.next() == Want::kTls);
  CHECK(played.next() == Want::kBytes);
  CHECK(played.receive("250 ok\n") == Want::kNothing);
  CHECK(played.dialogue.reason() == ProbeReason::kNone);
}

TEST_CASE("dialogue: a line at the limit -> read; one byte more -> body_too_large") {
  const std::string longest(TcpDialogue::kMostLine, 'x');
  Played good({step("x$")});
  CHECK(good.receive(longest + "\n") == Want::kNothing);
  CHECK(good.dialogue.reason() == ProbeReason::kNone);
  for (const char* end : {"", "\n"}) {
    Played bad({step("x$")});
    CHECK(bad.receive(longest + "x" + end) == Want::kNothing);
    CHECK(bad.failure() == "body_too_large: more than 64 KiB came without a line end");
    CHECK_FALSE(bad.dialogue.failed_due_to_regex());
  }
}

TEST_CASE("dialogue: endless lines -> body_too_large after 256 KiB") {
  Played played({step("never")});
  std::size_t sent = 0;
  Want want = Want::kBytes;
  for (; want == Want::kBytes && sent < (1 << 20); sent += 1000) {
    want = played.receive(std::string(999, 'y') + "\n");
  }
  CHECK(played.failure() == "body_too_large: none of the first 256 KiB matched never");
  CHECK(sent <= TcpDialogue::kMostBytes + 1000);
}

TEST_CASE("dialogue: one byte at a time -> the same, and no slower than its bytes") {
  Played played({step("^end$")});
  std::string text(60'000, 'z');
  text += "\nend\n";
  Want want = Want::kBytes;
  for (const char c : text) {
    REQUIRE(want == Want::kBytes);
    want = played.receive(std::string_view(&c, 1));
  }
  CHECK(want == Want::kNothing);
}

TEST_CASE("dialogue: many steps over much input -> the rest is kept apart from what is used up") {
  std::vector<QueryResponse> steps;
  for (int i = 0; i < 200; ++i) steps.push_back(step("^line " + std::to_string(i) + "$"));
  Played played(steps);
  std::string all;
  for (int i = 0; i < 200; ++i) {
    all += std::string(1000, '#') + "\nline " + std::to_string(i) + "\n";
  }
  CHECK(played.receive(all) == Want::kNothing);
  CHECK(played.dialogue.reason() == ProbeReason::kNone);
}

TEST_CASE("dialogue: what it waits for -> in words") {
  QueryResponse binary;
  binary.expect_bytes = "\x01";
  Played played({step("^a$"), binary});
  CHECK(played.next() == Want::kBytes);
  CHECK(played.dialogue.waiting_for() == "a line that matches ^a$");
  CHECK(played.receive("b\n") == Want::kBytes);
  CHECK(played.dialogue.last_line() == "b");
  CHECK(played.receive("a\n") == Want::kBytes);
  CHECK(played.dialogue.waiting_for().starts_with("\""));
}

TEST_CASE("expand: Go's templates -> as Go expands them") {
  const std::vector<std::string> groups = {"whole", "one", "two"};
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},       {"plain", "plain"},     {"$1", "one"},      {"${1}x", "onex"},
      {"$1x", ""},    {"$0-$2", "whole-two"}, {"$3", ""},         {"$99999999999999999999", ""},
      {"$name", ""},  {"$$1", "$1"},          {"$", "$"},         {"$ 1", "$ 1"},
      {"${1", "${1"}, {"${}", "${}"},         {"${1 }", "${1 }"}, {"a$", "a$"},
  };
  for (const auto& [text, expanded] : cases) {
    CAPTURE(text);
    CHECK(expand_groups(text, groups) == expanded);
  }
}

}  // namespace litewatch
