#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "probe/http/oauth2.h"
#include "probe/http/request.h"
#include "probe/http/verdict.h"
#include "probe/run.h"
#include "probe/secrets.h"
#include "probe/tls/certificate.h"

namespace litewatch {
namespace {

std::string text_of(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", number);
  return text.data();
}

void add(HttpPhases& sum, const HttpPhases& hop) {
  sum.resolve_s += hop.resolve_s;
  sum.connect_s += hop.connect_s;
  sum.tls_s += hop.tls_s;
  sum.processing_s += hop.processing_s;
  sum.transfer_s += hop.transfer_s;
}

/// One probe: a token where one is needed, then hop after hop until there is an answer to judge.
class HttpProbe : public ProbeRun {
 public:
  HttpProbe(ProbeContext& context, ProbeOrder order, Done done);
  ~HttpProbe() override;
  HttpProbe(const HttpProbe&) = delete;
  HttpProbe& operator=(const HttpProbe&) = delete;

  void start();

 private:
  void begin();
  void ask_for_token();
  void next_hop();
  void on_hop();
  void on_deadline();
  void follow(const RedirectStep& step);

  void absorb();
  void absorb_answer(const HopResult& hop);
  RedirectStep decide() const;
  void conclude();
  void conclude_with(ProbeReason reason, std::string detail);
  void judge_answer(ProbeReason broken, const std::string& detail);
  HopFailure body_problem() const;
  void finish();

  const PreparedModule& module() const { return *order_.module; }
  const HttpModule& http() const { return order_.module->module->http; }
  template <class Text>
  void log(const Text& text);
  void log_hop(const HopResult& hop);
  std::string without_secrets(std::string text) const;

  ProbeContext& context_;
  const ProbeOrder order_;
  Done done_;
  ProbeResult result_;
  HealthOptions own_health_;  ///< where the target has its own format
  const HealthOptions* health_;
  BodyPlan plan_;
  RequestState state_;
  std::string authorization_;  ///< what OAuth 2.0 gave
  std::unique_ptr<TokenRequest> token_;
  std::unique_ptr<HttpHop> hop_;
  Loop::TimerId deadline_ = 0;
};

HttpProbe::HttpProbe(ProbeContext& context, ProbeOrder order, Done done)
    : context_(context),
      order_(std::move(order)),
      done_(std::move(done)),
      health_(&order_.module->module->http.health) {
  if (order_.target->health_format) {
    own_health_ = *health_;
    own_health_.format = *order_.target->health_format;
    health_ = &own_health_;
  }
  plan_ = body_plan(http(), needs_body(module(), *health_));
  result_.prober = ProberKind::kHttp;
  result_.module = order_.module->module->name;
  result_.queue_s = order_.queue_s;
  result_.timeout_s = order_.timeout_s;
  result_.http.emplace();
  if (module().cel_matches || module().cel_not_matches) result_.http->failed_due_to_cel = false;
}

HttpProbe::~HttpProbe() { context_.loop.cancel_timer(deadline_); }

/// A line of the log, with the time since the probe began. `text` is called only where one is kept.
template <class Text>
void HttpProbe::log(const Text& text) {
  if (!order_.debug) return;
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%.6f s  ", monotonic_s() - result_.started.monotonic_s);
  result_.log.push_back(without_secrets(time.data() + text()));
}

std::string HttpProbe::without_secrets(std::string text) const {
  text = masked(std::move(text), module().secrets);
  const std::size_t token = authorization_.find(' ');
  return token == std::string::npos ? text
                                    : masked(std::move(text), {authorization_.substr(token + 1)});
}

void HttpProbe::start() {
  result_.started = now();
  deadline_ = context_.loop.start_timer(result_.started.monotonic_s + order_.timeout_s, [this] {
    deadline_ = 0;
    on_deadline();
  });
  begin();
}

void HttpProbe::begin() {
  const auto url = parse_url(order_.target->url);
  if (!url) {
    context_.loop.cancel_timer(deadline_);
    deadline_ = context_.loop.start_timer(context_.loop.now_s(), [this] {
      deadline_ = 0;
      conclude_with(ProbeReason::kInternal, "the target's URL is not a valid http URL");
    });
    return;
  }
  state_ = first_request(order_, *url);
  log([&] {
    return "beginning: module " + result_.module + ", timeout " + text_of(order_.timeout_s) + " s";
  });
  if (module().tokens && module().tokens->field(context_.loop.now_s()).empty()) {
    return ask_for_token();
  }
  next_hop();
}

void HttpProbe::ask_for_token() {
  log([] { return std::string("asking for an OAuth 2.0 token"); });
  token_ = std::make_unique<TokenRequest>(context_, order_.module, [this](std::string problem) {
    if (!problem.empty()) return conclude_with(ProbeReason::kAuthFailed, std::move(problem));
    const auto ended = std::move(token_);  // it is on the stack still
    next_hop();
  });
  token_->start();
}

void HttpProbe::next_hop() {
  if (module().tokens) authorization_ = module().tokens->field(context_.loop.now_s());
  HopRequest request = make_request(context_, order_, state_, plan_, authorization_);
  log([&] {
    return "requesting " + request.method + " " + shown_url(request.url.text()) +
           (request.proxy.empty() ? "" : " through " + shown_url(request.proxy)) +
           (request.unix_socket.empty() ? "" : " over " + request.unix_socket);
  });
  hop_ = std::make_unique<HttpHop>(context_, std::move(request), [this] { on_hop(); });
  hop_->start();
}

void HttpProbe::on_hop() {
  absorb();
  const RedirectStep step = decide();
  const HopResult& hop = hop_->result();
  if (step.kind == RedirectStep::Kind::kFinal) return conclude();
  if (hop.reason != ProbeReason::kNone) return conclude_with(hop.reason, hop.detail);
  if (step.kind == RedirectStep::Kind::kRefused) return conclude_with(step.reason, step.detail);
  if (order_.check_url) {
    const std::string refusal = order_.check_url(step.next.text());
    if (!refusal.empty()) return conclude_with(ProbeReason::kPolicyDenied, refusal);
  }
  follow(step);
}

void HttpProbe::on_deadline() {
  log([] { return std::string("the time is over"); });
  if (hop_ == nullptr) {
    return conclude_with(ProbeReason::kAuthFailed, "no OAuth 2.0 token in time");
  }
  hop_->expire();
  absorb();
  const HopResult& hop = hop_->result();
  if (decide().kind != RedirectStep::Kind::kFinal) return conclude_with(hop.reason, hop.detail);
  conclude();
}

RedirectStep HttpProbe::decide() const {
  return next_step(http().redirects, state_.redirects, hop_->result().status,
                   hop_->field("Location"));
}

void HttpProbe::follow(const RedirectStep& step) {
  log([&] { return "following to " + shown_url(step.next.text()); });
  ++state_.redirects.followed;
  state_.redirects.current = step.next;
  state_.redirects.method = step.method;
  state_.send_body = state_.send_body && step.keep_body;
  state_.own_origin = state_.own_origin && same_origin(step.next, state_.redirects.first);
  const auto ended = std::move(hop_);  // it is on the stack still
  next_hop();
}

void HttpProbe::absorb() {
  HopResult& hop = hop_->result();
  HttpResult& http = *result_.http;
  if (state_.redirects.followed == 0) {
    result_.dns_lookup_s = hop.dns_lookup_s;
    if (hop.address) {
      result_.ip_protocol = hop.address->protocol == IpProtocol::kIp4 ? 4 : 6;
      result_.ip_addr_hash = hash(*hop.address);
    }
  }
  if (!hop.connected.empty()) {
    result_.address = hop.connected;
  } else if (hop.address) {
    result_.address = to_string(*hop.address);
  }
  result_.final_url = shown_url(state_.redirects.current.text());
  const bool kept = hop.new_connections == 0 && state_.redirects.current.https && hop.status != 0;
  result_.tls = std::move(hop.tls);
  if (kept && order_.last_tls) result_.tls = *order_.last_tls;
  add(http.phases, hop.phases);
  http.new_connections += hop.new_connections;
  absorb_answer(hop);
  log_hop(hop);
}

void HttpProbe::absorb_answer(const HopResult& hop) {
  HttpResult& http = *result_.http;
  http.status_code = hop.status;
  if (leads_elsewhere(hop.status, hop_->field("Location"))) ++http.redirects;
  http.version = hop.version;
  http.content_length = hop.content_length;
  http.uncompressed_body_length = static_cast<double>(hop_->body().size());
  http.body_truncated = hop_->body().state() == HttpBody::State::kCut;
  http.ssl = state_.redirects.current.https && hop.status != 0;
  http.last_modified_unix_s.reset();
  if (const auto field = hop_->field("Last-Modified")) {
    const std::time_t time = curl_getdate(field->c_str(), nullptr);
    if (time >= 0) http.last_modified_unix_s = static_cast<double>(time);
  }
}

void HttpProbe::log_hop(const HopResult& hop) {
  log([&] {
    return "resolved to " + (hop.address ? to_string(*hop.address) : "nothing") + " in " +
           text_of(hop.dns_lookup_s) + " s";
  });
  if (result_.tls) {
    log([&] {
      return "certificate of " + printable(result_.tls->subject, 200) + ": " +
             verify_error(result_.tls->verify_result);
    });
  }
  if (hop.status != 0) {
    log([&] {
      return "answered with status " + std::to_string(hop.status) + ", HTTP version " +
             text_of(hop.version) + ", " + std::to_string(hop_->body().size()) +
             " bytes of body; connect " + text_of(hop.phases.connect_s) + " s, tls " +
             text_of(hop.phases.tls_s) + " s, processing " + text_of(hop.phases.processing_s) +
             " s, transfer " + text_of(hop.phases.transfer_s) + " s";
    });
  }
}

void HttpProbe::conclude() {
  const HopResult& hop = hop_->result();
  if (hop.status == 0) return conclude_with(hop.reason, hop.detail);
  if (hop.reason != ProbeReason::kNone) {
    judge_answer(hop.reason, hop.detail);
  } else {
    const HopFailure problem = body_problem();
    judge_answer(problem.reason, problem.detail);
  }
  // The server may have taken the token back; the next probe asks for another one.
  if (hop.status == 401 && module().tokens) module().tokens->forget();
  if (hop.status / 100 == 4 && !state_.own_origin && has_origin_credentials(module()) &&
      !result_.detail.empty()) {
    result_.detail += "; credentials are not sent after a redirect to another origin";
  }
  finish();
}

HopFailure HttpProbe::body_problem() const {
  const HttpBody& body = hop_->body();
  if (body.state() == HttpBody::State::kTooLarge) {
    return {ProbeReason::kBodyTooLarge,
            "the body is over the body_size_limit of " + std::to_string(plan_.most) + " bytes"};
  }
  if (body.state() == HttpBody::State::kBomb) {
    return {ProbeReason::kBodyTooLarge, "the body decodes to more than 100 times its size"};
  }
  if (body.size() > 0) {
    std::string problem = encoding_problem(http(), hop_->field("Content-Encoding").value_or(""));
    if (!problem.empty()) return {ProbeReason::kHttpProtocol, std::move(problem)};
  }
  return {};
}

void HttpProbe::judge_answer(ProbeReason broken, const std::string& detail) {
  HeaderList headers;
  if (needs_headers(module())) {
    for (const auto* matches :
         {&http().fail_if_header_matches_regexp, &http().fail_if_header_not_matches_regexp}) {
      for (const HeaderMatch& match : *matches) {
        for (std::string& value : hop_->fields(match.header)) {
          headers.emplace_back(match.header, std::move(value));
        }
      }
    }
  }
  const std::string content_type = hop_->field("Content-Type").value_or("");
  const HttpBody& body = hop_->body();
  HttpVerdict verdict = judge(module(), *health_,
                              {hop_->result().status, hop_->result().version, result_.http->ssl,
                               &headers, content_type, body.kept(), body.whole(), broken, detail});
  result_.reason = verdict.reason;
  result_.detail = std::move(verdict.detail);
  result_.http->failed_due_to_regex = verdict.failed_due_to_regex;
  result_.http->failed_due_to_cel = verdict.failed_due_to_cel;
  result_.health = std::move(verdict.health);
  result_.health_mismatch = verdict.health_mismatch;
}

void HttpProbe::conclude_with(ProbeReason reason, std::string detail) {
  result_.reason = reason;
  result_.detail = std::move(detail);
  finish();
}

void HttpProbe::finish() {
  result_.success = result_.reason == ProbeReason::kNone;
  if (!result_.success) {
    // Servers may show what they were sent.
    result_.detail = without_secrets(printable(result_.detail, 2 * ProbeResult::kExcerpt));
    if (hop_ != nullptr) {
      result_.excerpt =
          printable(without_secrets(hop_->body().kept().substr(0, 4 * ProbeResult::kExcerpt)),
                    ProbeResult::kExcerpt);
    }
  }
  log([&] {
    return result_.success
               ? std::string("success")
               : "failure: " + std::string(to_string(result_.reason)) + ": " + result_.detail;
  });
  context_.loop.cancel_timer(std::exchange(deadline_, 0));
  result_.duration_s = monotonic_s() - result_.started.monotonic_s;
  const Done done = std::move(done_);
  done(std::move(result_));  // may destroy this
}

}  // namespace

std::unique_ptr<ProbeRun> start_http_probe(ProbeContext& context, ProbeOrder order,
                                           ProbeRun::Done done) {
  auto probe = std::make_unique<HttpProbe>(context, std::move(order), std::move(done));
  probe->start();
  return probe;
}

}  // namespace litewatch
