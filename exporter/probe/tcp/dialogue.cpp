#include "probe/tcp/dialogue.h"

#include <utility>

#include "base/parse.h"
#include "probe/secrets.h"

namespace litewatch {
namespace {

constexpr std::size_t kShown = 120;  // bytes of foreign text within a sentence

std::string quoted(std::string_view bytes) { return "\"" + printable(bytes, kShown) + "\""; }

bool is_name_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// The name after a dollar sign and how many bytes it takes; 0 where none stands there.
std::pair<std::string_view, std::size_t> group_name(std::string_view text) {
  const bool braced = text.starts_with('{');
  const std::string_view rest = text.substr(braced ? 1 : 0);
  std::size_t size = 0;
  while (size < rest.size() && is_name_byte(rest[size])) ++size;
  if (size == 0 || (braced && (size == rest.size() || rest[size] != '}'))) return {"", 0};
  return {rest.substr(0, size), braced ? size + 2 : size};
}

}  // namespace

std::string expand_groups(std::string_view text, const std::vector<std::string>& groups) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      result += text[at++];
      continue;
    }
    ++at;
    if (text.substr(at).starts_with('$')) {
      result += text[at++];
      continue;
    }
    const auto [name, size] = group_name(text.substr(at));
    if (size == 0) {
      result += '$';
      continue;
    }
    const auto number = parse_u64(name);
    if (number && *number < groups.size()) result += groups[static_cast<std::size_t>(*number)];
    at += size;
  }
  return result;
}

TcpDialogue::Want TcpDialogue::next() {
  for (; reason_ == ProbeReason::kNone && step_ < steps_.size(); ++step_) {
    const QueryResponse& step = steps_[step_];
    if (part_ == Part::kExpect) {
      if (!step.expect.empty() && !play_expect(step)) break;
      part_ = Part::kExpectBytes;
      heard_ = false;
    }
    if (part_ == Part::kExpectBytes) {
      if (!step.expect_bytes.empty() && !play_expect_bytes(step)) break;
      part_ = Part::kSend;
    }
    if (part_ == Part::kSend) {
      part_ = Part::kTls;
      if (!step.send.empty()) {
        output_ = (groups_.empty() ? step.send : expand_groups(step.send, groups_)) + "\n";
      }
      output_ += step.send_bytes;
      if (!output_.empty()) return Want::kSend;
    }
    part_ = Part::kExpect;
    groups_.clear();
    heard_ = false;
    if (step.starttls) {
      // Nothing of what came in clear text may be taken for something that TLS protects.
      forgotten_ += input_.size();
      input_.clear();
      taken_ = searched_ = 0;
      ++step_;
      return Want::kTls;
    }
  }
  return reason_ == ProbeReason::kNone && step_ < steps_.size() ? Want::kBytes : Want::kNothing;
}

/// Whether the step may go on; if not, more bytes are needed or it failed.
bool TcpDialogue::play_expect(const QueryResponse& step) {
  std::string line;
  while (take_line(line)) {
    heard_ = true;
    if (expects_[step_].match(line, groups_)) return true;
    last_line_ = printable(line, kShown);
  }
  if (input_.size() - taken_ > kMostLine) {
    fail(ProbeReason::kBodyTooLarge, "more than 64 KiB came without a line end");
  } else if (forgotten_ + input_.size() > kMostBytes) {
    fail(ProbeReason::kBodyTooLarge, "none of the first 256 KiB matched " + step.expect);
  } else if (ended_) {
    failed_due_to_regex_ = true;
    fail_at_end("a line matched " + step.expect);
  }
  return false;
}

bool TcpDialogue::play_expect_bytes(const QueryResponse& step) {
  const std::string& expected = step.expect_bytes;
  const std::string_view got = std::string_view(input_).substr(taken_, expected.size());
  heard_ = heard_ || !got.empty();
  if (!std::string_view(expected).starts_with(got)) {
    fail(ProbeReason::kExpectMismatch,
         quoted(expected) + " was expected, " + quoted(got) + " came");
    return false;
  }
  if (got.size() == expected.size()) {
    taken_ += got.size();
    searched_ = taken_;
    return true;
  }
  if (ended_) fail_at_end(quoted(expected) + " came");
  return false;
}

/// As Go's bufio.ScanLines: without "\n" or "\r\n"; the rest before the end is a line, too.
bool TcpDialogue::take_line(std::string& line) {
  if (taken_ > kMostLine) {
    input_.erase(0, taken_);
    forgotten_ += taken_;
    searched_ -= taken_;
    taken_ = 0;
  }
  std::size_t end = input_.find('\n', searched_);
  searched_ = end == std::string::npos ? input_.size() : end + 1;
  if (end == std::string::npos) {
    if (!ended_ || taken_ == input_.size()) return false;
    end = input_.size();
  }
  if (end - taken_ > kMostLine) {
    searched_ = taken_;
    return false;
  }
  line = input_.substr(taken_, end - taken_);
  if (line.ends_with('\r')) line.pop_back();
  taken_ = searched_;
  return true;
}

void TcpDialogue::fail(ProbeReason reason, std::string detail) {
  reason_ = reason;
  detail_ = std::move(detail);
}

void TcpDialogue::fail_at_end(const std::string& expected) {
  std::string text = "the connection was closed before " + expected;
  if (!last_line_.empty()) text += "; the last line was " + quoted(last_line_);
  fail(heard_ ? ProbeReason::kExpectMismatch : ProbeReason::kConnectReset, std::move(text));
}

std::string TcpDialogue::waiting_for() const {
  if (step_ >= steps_.size()) return "";
  const QueryResponse& step = steps_[step_];
  switch (part_) {
    case Part::kExpect:
      return "a line that matches " + step.expect;
    case Part::kExpectBytes:
      return quoted(step.expect_bytes);
    case Part::kSend:
    case Part::kTls:
      return "room to send";
  }
  return "";
}

}  // namespace litewatch
