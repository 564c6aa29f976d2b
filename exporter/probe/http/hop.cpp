#include "probe/http/hop.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "probe/tls/certificate.h"

namespace litewatch {
namespace {

constexpr double kMicrosecond = 1e-6;

double seconds(CURL* handle, CURLINFO info) {
  curl_off_t value = 0;
  curl_easy_getinfo(handle, info, &value);
  return static_cast<double>(value) * kMicrosecond;
}

double version_of(CURL* handle) {
  long version = 0;
  curl_easy_getinfo(handle, CURLINFO_HTTP_VERSION, &version);
  switch (version) {
    case CURL_HTTP_VERSION_1_0:
      return 1;
    case CURL_HTTP_VERSION_1_1:
      return 1.1;
    case CURL_HTTP_VERSION_2_0:
      return 2;
    case CURL_HTTP_VERSION_3:
      return 3;
    default:
      return 0;
  }
}

std::uint64_t wire_bytes(CURL* handle) {
  curl_off_t bytes = 0;
  curl_easy_getinfo(handle, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace

HttpHop::HttpHop(ProbeContext& context, HopRequest request, Done done)
    : context_(context),
      request_(std::move(request)),
      done_(std::move(done)),
      body_(request_.plan) {}

HttpHop::~HttpHop() {
  if (query_ != 0) context_.resolver.cancel(query_);
  context_.loop.cancel_timer(soon_);
  if (under_way_) context_.transfers.cancel(handle_);
  context_.transfers.give(handle_);
  curl_slist_free_all(headers_);
  curl_slist_free_all(proxy_headers_);
  curl_slist_free_all(connect_to_);
}

void HttpHop::start() {
  started_s_ = monotonic_s();
  resolved_s_ = started_s_;
  const bool no_address =
      !request_.unix_socket.empty() || (!request_.proxy.empty() && !request_.resolve_with_proxy);
  if (no_address) return start_transfer();
  query_ = context_.resolver.resolve(request_.url.host, request_.preferred, request_.fallback,
                                     [this](Resolution resolution) {
                                       query_ = 0;
                                       on_resolved(std::move(resolution));
                                     });
}

void HttpHop::on_resolved(Resolution resolution) {
  resolved_s_ = monotonic_s();
  result_.dns_lookup_s = resolved_s_ - started_s_;
  if (resolution.reason != ProbeReason::kNone) {
    return finish(resolution.reason, std::move(resolution.detail));
  }
  result_.address = resolution.address;
  if (request_.proxy.empty() && !address_allowed(resolution.address)) {
    return finish(ProbeReason::kPolicyDenied, refusal_);
  }
  start_transfer();
}

bool HttpHop::address_allowed(const Address& address) {
  if (request_.policy == nullptr) return true;
  refusal_ = request_.policy->refusal(address);
  return refusal_.empty();
}

void HttpHop::start_transfer() {
  handle_ = context_.transfers.take();
  if (handle_ == nullptr) return finish_soon(ProbeReason::kInternal, "out of memory");
  set_options();
  under_way_ = true;
  context_.transfers.start(handle_, [this](CURLcode code) { on_transferred(code); });
}

void HttpHop::on_transferred(CURLcode code) {
  under_way_ = false;
  body_.end(wire_bytes(handle_));
  read_answer();
  read_phases(monotonic_s());
  // Reading was ended here, not there: what came is the answer.
  const bool stopped = code == CURLE_WRITE_ERROR && body_.state() != HttpBody::State::kOpen;
  if (code == CURLE_OK || stopped) return finish(ProbeReason::kNone, "");
  HopFailure failed = failure(code);
  finish(failed.reason, std::move(failed.detail));
}

void HttpHop::expire() {
  const HopPhase reached = phase();
  if (query_ != 0) context_.resolver.cancel(std::exchange(query_, 0));
  context_.loop.cancel_timer(std::exchange(soon_, 0));
  if (handle_ == nullptr) {
    result_.phases.resolve_s = monotonic_s() - started_s_;
    result_.dns_lookup_s = result_.phases.resolve_s;
  } else {
    read_answer();
    read_phases(monotonic_s());
  }
  if (std::exchange(under_way_, false)) context_.transfers.cancel(handle_);
  const HopFailure failed = explain_timeout(reached);
  result_.reason = failed.reason;
  result_.detail = failed.detail;
}

void HttpHop::finish(ProbeReason reason, std::string detail) {
  result_.reason = reason;
  result_.detail = std::move(detail);
  if (handle_ == nullptr) result_.phases.resolve_s = result_.dns_lookup_s;
  const Done done = std::move(done_);
  done();  // may destroy this
}

void HttpHop::finish_soon(ProbeReason reason, std::string detail) {
  soon_ =
      context_.loop.start_timer(context_.loop.now_s(), [this, reason, text = std::move(detail)] {
        soon_ = 0;
        finish(reason, text);
      });
}

HopPhase HttpHop::phase() const {
  if (handle_ == nullptr) return HopPhase::kResolve;
  if (!request_.proxy.empty() && seconds(handle_, CURLINFO_NAMELOOKUP_TIME_T) == 0) {
    return HopPhase::kResolve;
  }
  if (result_.new_connections == 0) return HopPhase::kResponse;  // a kept connection
  if (connected_after_s() == 0) return HopPhase::kConnect;
  if (request_.url.https && seconds(handle_, CURLINFO_APPCONNECT_TIME_T) == 0) {
    return HopPhase::kTls;
  }
  return HopPhase::kResponse;
}

double HttpHop::connected_after_s() const {
  const double connected_s = seconds(handle_, CURLINFO_CONNECT_TIME_T);
  return connected_s > 0 || !shaking_since_s_ ? connected_s : *shaking_since_s_ - resolved_s_;
}

HopFailure HttpHop::failure(CURLcode code) const {
  if (!refusal_.empty()) return {ProbeReason::kPolicyDenied, refusal_};
  if (code == CURLE_WRITE_ERROR && header_bytes_ > kMostHeaderBytes) {
    return {ProbeReason::kHttpProtocol, "the header fields are over 64 KiB"};
  }
  HopFacts facts{code, phase(), socket_errno_, 0, words_.data(), &tls_};
  if (socket_errno_ == 0) curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &facts.os_errno);
  curl_easy_getinfo(handle_, CURLINFO_HTTP_CONNECTCODE, &facts.proxy_status);
  if (!request_.proxy.empty() && !proxy_tls_.verified && proxy_tls_.verify_result != 0) {
    facts.tls = &proxy_tls_;
  }
  return explain(facts);
}

void HttpHop::read_answer() {
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  result_.status = static_cast<int>(status);
  if (!tls_.fingerprint_sha256.empty()) result_.tls = tls_;
  if (status == 0) return;
  result_.version = version_of(handle_);
  curl_off_t length = -1;
  curl_easy_getinfo(handle_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  const bool bodyless = status == 204 || status == 304;
  result_.content_length = length < 0 && bodyless ? 0 : static_cast<double>(length);
}

/// curl measures each from the transfer's beginning, 0 where it did not come so far. What is left
/// belongs to the phase it ended in, so that the phases add up to the hop's duration.
void HttpHop::read_phases(double end_s) {
  HttpPhases& phases = result_.phases;
  const double total = end_s - resolved_s_;
  const double looked_up = seconds(handle_, CURLINFO_NAMELOOKUP_TIME_T);
  const double connected = connected_after_s();
  const double shaken = seconds(handle_, CURLINFO_APPCONNECT_TIME_T);
  const double answered = seconds(handle_, CURLINFO_STARTTRANSFER_TIME_T);
  phases.resolve_s = resolved_s_ - started_s_;

  double at = 0;
  const auto until = [&](double& phase, double end) {
    phase = std::max(0.0, std::min(end, total) - at);
    at += phase;
  };
  const HopPhase reached = phase();
  if (!request_.proxy.empty()) {
    double lookup = 0;
    until(lookup, reached == HopPhase::kResolve ? total : looked_up);
    phases.resolve_s += lookup;
  }
  if (result_.new_connections > 0) {
    until(phases.connect_s, reached == HopPhase::kConnect ? total : connected);
    if (request_.url.https) until(phases.tls_s, reached == HopPhase::kTls ? total : shaken);
  }
  until(phases.processing_s, answered == 0 ? total : answered);
  until(phases.transfer_s, total);
}

std::vector<std::string> HttpHop::fields(const std::string& name) const {
  std::vector<std::string> values;
  if (handle_ == nullptr) return values;
  curl_header* header = nullptr;
  for (std::size_t i = 0;
       curl_easy_header(handle_, name.c_str(), i, CURLH_HEADER, -1, &header) == CURLHE_OK; ++i) {
    values.emplace_back(header->value);
  }
  return values;
}

std::optional<std::string> HttpHop::field(const std::string& name) const {
  curl_header* header = nullptr;
  if (handle_ == nullptr ||
      curl_easy_header(handle_, name.c_str(), 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
    return std::nullopt;
  }
  return std::string(header->value);
}

std::size_t HttpHop::on_body(char* bytes, std::size_t, std::size_t size, void* user) {
  auto* const hop = static_cast<HttpHop*>(user);
  if (hop->body_.size() == 0) {
    curl_off_t length = -1;
    curl_easy_getinfo(hop->handle_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0) hop->body_.expect(static_cast<std::uint64_t>(length));
  }
  const std::uint64_t wire = hop->request_.plan.compressed ? wire_bytes(hop->handle_) : 0;
  return hop->body_.add({bytes, size}, wire) ? size : 0;
}

std::size_t HttpHop::on_header(char*, std::size_t, std::size_t size, void* user) {
  auto* const hop = static_cast<HttpHop*>(user);
  hop->header_bytes_ += size;
  return hop->header_bytes_ <= kMostHeaderBytes ? size : 0;
}

}  // namespace litewatch
