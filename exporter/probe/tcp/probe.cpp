#include <sys/un.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "probe/endpoint.h"
#include "probe/http/hop_failure.h"
#include "probe/net/stream.h"
#include "probe/run.h"
#include "probe/secrets.h"
#include "probe/tcp/dialogue.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostLogLines = 100;
constexpr std::size_t kLoggedBytes = 256;

/// One probe by prober tcp or unix: resolve, connect, TLS where it is asked for, the dialogue.
class TcpProbe final : public ProbeRun {
 public:
  TcpProbe(ProbeContext& context, ProbeOrder order, Done done);
  ~TcpProbe() override { stop(); }

 private:
  const TcpModule& module() const { return order_.module->module->tcp; }
  bool is_unix() const { return result_.prober == ProberKind::kUnix; }

  void begin();
  void resolve();
  void on_resolved(Resolution resolution);
  void connect_to(const Address& address);
  void connect_unix();
  void on_stream(Stream::Event event);
  void secure();
  void advance();
  void hear();
  void expire();
  std::string timeout_detail(std::string detail) const;
  void fail_of_stream();
  void finish(ProbeReason reason, std::string detail);
  void stop();
  void log(const std::string& line);

  ProbeContext& context_;
  const ProbeOrder order_;
  Done done_;
  ProbeResult result_;
  HopPhase phase_ = HopPhase::kResolve;
  double resolving_s_ = 0;  ///< since when
  std::optional<Endpoint> endpoint_;
  TlsResult tls_;  ///< outlives stream_
  std::optional<Stream> stream_;
  TcpDialogue dialogue_;
  bool secured_ = false;  ///< `tls: true` was honoured
  std::string heard_;     ///< the first bytes received
  Resolver::QueryId query_ = 0;
  Loop::TimerId deadline_ = 0;
  Loop::TimerId beginning_ = 0;
};

TcpProbe::TcpProbe(ProbeContext& context, ProbeOrder order, Done done)
    : context_(context),
      order_(std::move(order)),
      done_(std::move(done)),
      dialogue_(module().query_response, order_.module->expects) {
  result_.prober = order_.module->module->prober;
  result_.module = order_.module->module->name;
  result_.started = now();
  result_.queue_s = order_.queue_s;
  result_.timeout_s = order_.timeout_s;
  result_.final_url = shown_url(order_.target->url);
  deadline_ = context_.loop.start_timer(result_.started.monotonic_s + order_.timeout_s,
                                        [this] { expire(); });
  // Not now: a Unix socket may be refused at once, and `done` is not called from within the start.
  beginning_ = context_.loop.start_timer(context_.loop.now_s(), [this] { begin(); });
}

void TcpProbe::begin() {
  endpoint_ = parse_endpoint(order_.target->url, result_.prober);
  if (!endpoint_) {
    return finish(ProbeReason::kInternal,
                  is_unix() ? "the target is not an absolute path" : "the target is not host:port");
  }
  is_unix() ? connect_unix() : resolve();
}

void TcpProbe::resolve() {
  log("resolving " + endpoint_->host);
  resolving_s_ = monotonic_s();
  query_ = context_.resolver.resolve(
      endpoint_->host, module().preferred_ip_protocol, module().ip_protocol_fallback,
      [this](Resolution resolution) { on_resolved(std::move(resolution)); });
}

void TcpProbe::on_resolved(Resolution resolution) {
  query_ = 0;
  result_.dns_lookup_s = monotonic_s() - resolving_s_;
  if (resolution.reason != ProbeReason::kNone) {
    return finish(resolution.reason, std::move(resolution.detail));
  }
  const Address& address = resolution.address;
  log("resolved to " + to_string(address));
  result_.ip_protocol = address.protocol == IpProtocol::kIp4 ? 4 : 6;
  result_.ip_addr_hash = hash(address);
  std::string refusal = order_.policy->refusal(address);
  if (!refusal.empty()) return finish(ProbeReason::kPolicyDenied, std::move(refusal));
  connect_to(address);
}

void TcpProbe::connect_to(const Address& address) {
  std::optional<Address> source;
  if (const std::string& text = module().source_ip_address; !text.empty()) {
    source = parse_address(text);
    if (!source || source->protocol != address.protocol) {
      return finish(
          ProbeReason::kInternal,
          "source_ip_address " + text + " is no address of the family of " + to_string(address));
    }
  }
  const std::string port = ":" + std::to_string(endpoint_->port);
  result_.address =
      result_.ip_protocol == 6 ? "[" + to_string(address) + "]" + port : to_string(address) + port;
  socklen_t size = 0;
  const sockaddr_storage to =
      to_sockaddr(address, static_cast<std::uint16_t>(endpoint_->port), size);
  log("connecting to " + result_.address);
  phase_ = HopPhase::kConnect;
  stream_.emplace(context_.loop, [this](Stream::Event event) { on_stream(event); });
  stream_->connect(to, size, source);
}

void TcpProbe::connect_unix() {
  const std::string& path = order_.target->url;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return finish(ProbeReason::kInternal, "the path of the socket is longer than 107 bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  sockaddr_storage to{};
  std::memcpy(&to, &address, sizeof address);
  result_.address = path;
  log("connecting to " + path);
  phase_ = HopPhase::kConnect;
  stream_.emplace(context_.loop, [this](Stream::Event event) { on_stream(event); });
  stream_->connect(to, sizeof address, std::nullopt);
}

void TcpProbe::on_stream(Stream::Event event) {
  switch (event) {
    case Stream::Event::kConnected:
      log("connected");
      phase_ = HopPhase::kResponse;
      return module().tls ? secure() : advance();
    case Stream::Event::kSecured:
      log("TLS handshake done: " + tls_.version + ", " + tls_.cipher);
      phase_ = HopPhase::kResponse;
      return advance();
    case Stream::Event::kSent:
      return advance();
    case Stream::Event::kReceived:
      hear();
      return advance();
    case Stream::Event::kEnded:
      log("the peer closed the connection");
      dialogue_.end();
      return advance();
    case Stream::Event::kFailed:
      return fail_of_stream();
  }
}

void TcpProbe::secure() {
  if (std::exchange(secured_, true)) {
    return finish(ProbeReason::kInternal,
                  "TLS is asked for within TLS: tls and starttls exclude "
                  "each other, and starttls may stand once");
  }
  const std::string& configured = module().tls_config.server_name;
  const std::string& hostname = order_.target->hostname;
  const std::string& name = !configured.empty() ? configured
                            : !hostname.empty() ? hostname
                                                : endpoint_->host;
  log("TLS handshake" + (name.empty() ? "" : " with " + name));
  phase_ = HopPhase::kTls;
  stream_->secure(*order_.module->tls, name, tls_);
}

void TcpProbe::advance() {
  switch (dialogue_.next()) {
    case TcpDialogue::Want::kBytes:
      return stream_->receive();
    case TcpDialogue::Want::kSend: {
      std::string bytes = dialogue_.take_output();
      log("sending " + std::to_string(bytes.size()) + " bytes");
      return stream_->send(std::move(bytes));
    }
    case TcpDialogue::Want::kTls:
      return secure();
    case TcpDialogue::Want::kNothing:
      result_.failed_due_to_expect = dialogue_.failed_due_to_regex();
      return finish(dialogue_.reason(), dialogue_.detail());
  }
}

void TcpProbe::hear() {
  const std::string bytes = stream_->take_received();
  log("received: " + printable(bytes, kLoggedBytes));
  if (heard_.size() < ProbeResult::kExcerpt) {
    heard_.append(bytes, 0, ProbeResult::kExcerpt - heard_.size());
  }
  dialogue_.receive(bytes);
}

void TcpProbe::expire() {
  deadline_ = 0;
  if (query_ != 0) result_.dns_lookup_s = monotonic_s() - resolving_s_;
  HopFailure failure = explain_timeout(phase_);
  finish(failure.reason, timeout_detail(std::move(failure.detail)));
}

std::string TcpProbe::timeout_detail(std::string detail) const {
  const std::string awaited = dialogue_.waiting_for();
  if (phase_ != HopPhase::kResponse || awaited.empty()) return detail;
  detail += "; waited for " + awaited;
  if (!dialogue_.last_line().empty()) detail += ", the last line was " + dialogue_.last_line();
  return detail;
}

void TcpProbe::fail_of_stream() {
  const ProbeReason reason = stream_->reason();
  std::string detail = stream_->detail();  // it ends with the probe's end
  finish(reason, std::move(detail));
}

void TcpProbe::finish(ProbeReason reason, std::string detail) {
  stop();
  const std::vector<std::string>& secrets = order_.module->secrets;
  result_.success = reason == ProbeReason::kNone;
  result_.reason = reason;
  result_.detail = masked(std::move(detail), secrets);
  result_.duration_s = monotonic_s() - result_.started.monotonic_s;
  if (!tls_.fingerprint_sha256.empty()) result_.tls = std::move(tls_);
  if (!result_.success) {
    result_.excerpt = masked(printable(heard_, ProbeResult::kExcerpt), secrets);
  }
  log(result_.success ? "succeeded"
                      : "failed: " + std::string(to_string(reason)) + ": " + result_.detail);
  const Done done = std::move(done_);
  done(std::move(result_));
}

void TcpProbe::stop() {
  if (query_ != 0) context_.resolver.cancel(std::exchange(query_, 0));
  context_.loop.cancel_timer(std::exchange(deadline_, 0));
  context_.loop.cancel_timer(std::exchange(beginning_, 0));
  stream_.reset();
}

void TcpProbe::log(const std::string& line) {
  if (!order_.debug || result_.log.size() > kMostLogLines) return;
  if (result_.log.size() == kMostLogLines) return result_.log.push_back("(more left out)");
  std::array<char, 32> time;
  std::snprintf(time.data(), time.size(), "%.6f s ", monotonic_s() - result_.started.monotonic_s);
  result_.log.push_back(time.data() + masked(line, order_.module->secrets));
}

}  // namespace

std::unique_ptr<ProbeRun> start_tcp_probe(ProbeContext& context, ProbeOrder order,
                                          ProbeRun::Done done) {
  return std::make_unique<TcpProbe>(context, std::move(order), std::move(done));
}

}  // namespace litewatch
