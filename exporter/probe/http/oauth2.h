#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "probe/http/hop.h"
#include "probe/prepared.h"
#include "probe/run.h"

namespace litewatch {

class TokenRequest;

/// An OAuth 2.0 token as the server gave it.
struct OAuth2Token {
  std::string field;  ///< "Bearer ...": the Authorization field's value
  double lifetime_s = 0;
};

/// Reads the answer of a token endpoint (RFC 6749, section 5.1). Pure.
Result<OAuth2Token> parse_token(std::string_view json);

/// The token of one module, kept until shortly before it expires, so that its probes ask for it
/// once. Of the loop's thread.
class OAuth2Tokens {
 public:
  /// The Authorization field's value; empty where none is known that is still good.
  std::string field(double now_s) const;
  void keep(const OAuth2Token& token, double now_s);
  /// The server does not take it any more.
  void forget() { field_.clear(); }

 private:
  friend class TokenRequest;

  std::string field_;
  double good_until_s_ = 0;
  TokenRequest* asking_ = nullptr;  ///< the one whose answer all wait for
  std::deque<TokenRequest*> waiting_;
};

/// One probe's wish for a token: the first one asks the server, others meanwhile wait for what it
/// gets. Destroying it ends it; another one goes on asking then.
class TokenRequest {
 public:
  /// `problem` is empty where the tokens now hold a good one.
  using Done = std::function<void(std::string problem)>;

  /// `done` is called once, never from within start(); it may destroy the request.
  TokenRequest(ProbeContext& context, std::shared_ptr<const PreparedModule> module, Done done);
  ~TokenRequest();
  TokenRequest(const TokenRequest&) = delete;
  TokenRequest& operator=(const TokenRequest&) = delete;

  void start();

 private:
  void ask();
  void on_answer();
  void finish(std::string problem);
  void finish_soon(std::string problem);
  void leave();
  HopRequest request() const;

  ProbeContext& context_;
  const std::shared_ptr<const PreparedModule> module_;
  Done done_;
  std::string body_;
  bool secret_in_body_ = false;  ///< where the server does not take it as a header field
  std::unique_ptr<HttpHop> hop_;
  Loop::TimerId soon_ = 0;
};

}  // namespace litewatch
