#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "probe/module.h"
#include "probe/pattern.h"
#include "probe/reason.h"

namespace litewatch {

/// The `query_response` of a TCP module as blackbox_exporter plays it, step by step: what is
/// expected, then what is sent, then TLS. A regular expression is tried on one line after the other
/// (without its "\n" or "\r\n") until one matches; what follows that line belongs to the next step.
/// What came before TLS is forgotten when TLS begins. Pure: no sockets, no clock.
class TcpDialogue {
 public:
  /// What has to happen before the dialogue can go on.
  enum class Want { kBytes, kSend, kTls, kNothing };

  /// `expects`: one per step; those of steps without `expect` are not used. Both must outlive it.
  TcpDialogue(const std::vector<QueryResponse>& steps, const std::vector<Pattern>& expects)
      : steps_(steps), expects_(expects) {}

  /// Goes on as far as the bytes that came allow. kNothing: it is over; see reason().
  Want next();
  /// What to send, after kSend.
  std::string take_output() { return std::move(output_); }
  void receive(std::string_view bytes) { input_.append(bytes); }
  /// The peer closed: nothing more will come.
  void end() { ended_ = true; }

  /// After kNothing: kNone where all was as expected.
  ProbeReason reason() const { return reason_; }
  /// Of a failure, one sentence.
  const std::string& detail() const { return detail_; }
  /// The peer closed, or was out of lines, and no line matched: `probe_failed_due_to_regex`.
  bool failed_due_to_regex() const { return failed_due_to_regex_; }
  /// What it waits for, for people; empty where it waits for nothing.
  std::string waiting_for() const;
  /// The last line that did not match.
  const std::string& last_line() const { return last_line_; }

  static constexpr std::size_t kMostLine = 64 << 10;
  static constexpr std::size_t kMostBytes = 256 << 10;  ///< received in all

 private:
  enum class Part { kExpect, kExpectBytes, kSend, kTls };

  bool play_expect(const QueryResponse& step);
  bool play_expect_bytes(const QueryResponse& step);
  bool take_line(std::string& line);
  void fail(ProbeReason reason, std::string detail);
  void fail_at_end(const std::string& expected);

  const std::vector<QueryResponse>& steps_;
  const std::vector<Pattern>& expects_;
  std::size_t step_ = 0;
  Part part_ = Part::kExpect;
  std::string input_;
  std::size_t taken_ = 0;      ///< bytes of input_ that are used up
  std::size_t searched_ = 0;   ///< bytes of input_ known to hold no line end
  std::size_t forgotten_ = 0;  ///< bytes received that are no longer in input_
  bool ended_ = false;
  bool heard_ = false;               ///< something came for this step
  std::vector<std::string> groups_;  ///< of the step's match; empty where it has no expression
  std::string last_line_;
  std::string output_;
  ProbeReason reason_ = ProbeReason::kNone;
  std::string detail_;
  bool failed_due_to_regex_ = false;
};

/// A template of Go's Regexp.Expand: $1, ${1} are groups, $$ is a dollar sign, groups there are not
/// and names are nothing.
std::string expand_groups(std::string_view text, const std::vector<std::string>& groups);

}  // namespace litewatch
