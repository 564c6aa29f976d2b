#include "probe/http/oauth2.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "probe/secrets.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostAnswer = 64 << 10;
constexpr double kDefaultLifetime_s = 300;
constexpr double kMostLifetime_s = 24 * 3600.0;
constexpr double kMargin_s = 10;

Error malformed(std::string what) { return {ErrorKind::kMalformed, std::move(what), "", 0}; }

/// application/x-www-form-urlencoded.
std::string form_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

void add_field(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form += form_encoded(name) + "=" + form_encoded(value);
}

std::string form_of(const OAuth2Options& options, const std::string& secret) {
  std::string form;
  add_field(form, "grant_type", "client_credentials");
  std::string scopes;
  for (const std::string& scope : options.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  if (!scopes.empty()) add_field(form, "scope", scopes);
  for (const auto& [name, value] : options.endpoint_params) add_field(form, name, value);
  if (!secret.empty()) {
    add_field(form, "client_id", options.client_id);
    add_field(form, "client_secret", secret);
  }
  return form;
}

std::string text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

double lifetime_of(const nlohmann::json& object) {
  const auto found = object.find("expires_in");
  if (found == object.end() || !found->is_number()) return kDefaultLifetime_s;
  const auto lifetime_s = found->get<double>();
  return std::isfinite(lifetime_s) ? std::clamp(lifetime_s, 0.0, kMostLifetime_s)
                                   : kDefaultLifetime_s;
}

}  // namespace

Result<OAuth2Token> parse_token(std::string_view json) {
  if (json.size() > kMostAnswer) return malformed("the token's answer is over 64 KiB");
  // Depth first: the parser is iterative, but the tree it builds is destroyed recursively.
  const auto depth = static_cast<std::size_t>(std::count(json.begin(), json.end(), '[') +
                                              std::count(json.begin(), json.end(), '{'));
  if (depth > 64) return malformed("the token's answer is no OAuth 2.0 answer");
  const auto answer = nlohmann::json::parse(json, nullptr, false);
  if (!answer.is_object()) return malformed("the token's answer is no JSON object");
  const std::string token = text_of(answer, "access_token");
  if (token.empty() || !check_header_value(token).empty()) {
    return malformed("the token's answer holds no access_token");
  }
  std::string type = text_of(answer, "token_type");
  if (type.empty() || type == "bearer") type = "Bearer";
  if (!check_header_name(type).empty()) return malformed("the token's type is not valid");
  return OAuth2Token{type + " " + token, lifetime_of(answer)};
}

std::string OAuth2Tokens::field(double now_s) const { return now_s < good_until_s_ ? field_ : ""; }

void OAuth2Tokens::keep(const OAuth2Token& token, double now_s) {
  field_ = token.field;
  // Whatever it says, it is good for those that wait for it now.
  good_until_s_ = now_s + std::max(token.lifetime_s - kMargin_s, 1.0);
}

TokenRequest::TokenRequest(ProbeContext& context, std::shared_ptr<const PreparedModule> module,
                           Done done)
    : context_(context), module_(std::move(module)), done_(std::move(done)) {}

TokenRequest::~TokenRequest() {
  context_.loop.cancel_timer(soon_);
  leave();
}

void TokenRequest::start() {
  OAuth2Tokens& tokens = *module_->tokens;
  if (tokens.asking_ != nullptr) {
    tokens.waiting_.push_back(this);
    return;
  }
  tokens.asking_ = this;
  ask();
}

void TokenRequest::leave() {
  OAuth2Tokens& tokens = *module_->tokens;
  std::erase(tokens.waiting_, this);
  if (tokens.asking_ != this) return;
  tokens.asking_ = nullptr;
  if (tokens.waiting_.empty()) return;
  TokenRequest* const next = tokens.waiting_.front();
  tokens.waiting_.pop_front();
  next->start();
}

HopRequest TokenRequest::request() const {
  const HttpModule& http = module_->module->http;
  const OAuth2Options& options = *http.oauth2;
  HopRequest request;
  request.url = parse_url(options.token_url).value_or(Url{});
  request.method = "POST";
  request.header_lines = {"User-Agent: " + context_.user_agent, "Accept: application/json",
                          "Content-Type: application/x-www-form-urlencoded"};
  if (!secret_in_body_) {
    request.header_lines.push_back("Authorization: Basic " +
                                   base64(form_encoded(options.client_id) + ":" +
                                          form_encoded(module_->oauth2_client_secret)));
  }
  request.body = &body_;
  request.plan = {kMostAnswer, kMostAnswer, true, false};
  request.tls = module_->oauth2_tls.get();
  request.server_name = options.tls.server_name;
  request.http2 = http.enable_http2;
  request.preferred = http.preferred_ip_protocol;
  request.fallback = http.ip_protocol_fallback;
  request.proxy = proxy_for(module_->proxies, request.url);
  request.resolve_with_proxy = false;
  return request;
}

void TokenRequest::ask() {
  const OAuth2Options& options = *module_->module->http.oauth2;
  if (!parse_url(options.token_url)) return finish_soon("oauth2.token_url is not a valid URL");
  body_ = form_of(options, secret_in_body_ ? module_->oauth2_client_secret : "");
  hop_ = std::make_unique<HttpHop>(context_, request(), [this] { on_answer(); });
  hop_->start();
}

void TokenRequest::on_answer() {
  const HopResult& result = hop_->result();
  if (result.reason != ProbeReason::kNone) return finish("no OAuth 2.0 token: " + result.detail);
  // Servers need not take the secret as a header field (RFC 6749, section 2.3.1, says they must).
  if ((result.status == 400 || result.status == 401) && !secret_in_body_) {
    secret_in_body_ = true;
    return ask();
  }
  if (result.status < 200 || result.status > 299) {
    return finish("no OAuth 2.0 token: status " + std::to_string(result.status));
  }
  auto token = parse_token(hop_->body().kept());
  if (!token) return finish("no OAuth 2.0 token: " + token.error().what);
  module_->tokens->keep(*token, context_.loop.now_s());
  finish("");
}

void TokenRequest::finish_soon(std::string problem) {
  soon_ = context_.loop.start_timer(context_.loop.now_s(), [this, text = std::move(problem)] {
    soon_ = 0;
    finish(text);
  });
}

void TokenRequest::finish(std::string problem) {
  OAuth2Tokens& tokens = *module_->tokens;
  if (tokens.asking_ == this) {
    tokens.asking_ = nullptr;
    for (TokenRequest* const other : std::exchange(tokens.waiting_, {})) {
      other->finish_soon(problem);
    }
  }
  const Done done = std::move(done_);
  done(std::move(problem));  // may destroy this
}

}  // namespace litewatch
