#include "probe/http/hop_failure.h"

#include <array>
#include <initializer_list>
#include <string_view>

#include "probe/net/connect_error.h"
#include "probe/tls/certificate.h"

namespace litewatch {
namespace {

struct Row {
  CURLcode code;
  ProbeReason reason;
  const char* detail;
};

/// The codes whose reason depends on nothing else.
constexpr std::array<Row, 13> kRows = {{
    {CURLE_COULDNT_RESOLVE_PROXY, ProbeReason::kDnsError, "the proxy's name was not found"},
    {CURLE_COULDNT_RESOLVE_HOST, ProbeReason::kDnsError, "the name was not found"},
    {CURLE_GOT_NOTHING, ProbeReason::kConnectReset, "the connection was closed without an answer"},
    {CURLE_PARTIAL_FILE, ProbeReason::kConnectReset, "the connection was closed within the answer"},
    {CURLE_SEND_ERROR, ProbeReason::kConnectReset, "the connection broke within the request"},
    {CURLE_RECV_ERROR, ProbeReason::kConnectReset, "the connection broke before the answer's end"},
    {CURLE_HTTP2, ProbeReason::kHttpProtocol, "not valid HTTP/2"},
    {CURLE_HTTP2_STREAM, ProbeReason::kHttpProtocol, "the HTTP/2 stream was ended"},
    {CURLE_WEIRD_SERVER_REPLY, ProbeReason::kHttpProtocol, "the answer is not valid HTTP"},
    {CURLE_UNSUPPORTED_PROTOCOL, ProbeReason::kHttpProtocol, "the answer is not HTTP"},
    {CURLE_BAD_CONTENT_ENCODING, ProbeReason::kHttpProtocol, "the body cannot be decoded"},
    {CURLE_SSL_CERTPROBLEM, ProbeReason::kInternal, "the client certificate cannot be used"},
    {CURLE_OUT_OF_MEMORY, ProbeReason::kInternal, "out of memory"},
}};

std::string with_words(std::string text, const std::string& words) {
  return words.empty() ? text : text + " (" + words + ")";
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (text.find(part) != std::string_view::npos) return true;
  }
  return false;
}

/// curl 7.88 keeps no errno of a handshake: only its words tell a broken connection from a refused
/// one.
bool connection_broke(const std::string& words) {
  return is_one_of(words, {"Connection reset by peer", "Broken pipe", "unexpected eof",
                           "SSL_ERROR_SYSCALL", "SSL_ERROR_ZERO_RETURN"});
}

HopFailure explain_handshake(const HopFacts& facts) {
  if (facts.code == CURLE_PEER_FAILED_VERIFICATION && facts.tls != nullptr) {
    const std::string subject =
        facts.tls->subject.empty() ? "" : " (certificate of " + facts.tls->subject + ")";
    return {tls_failure(*facts.tls), verify_error(facts.tls->verify_result) + subject};
  }
  if (connection_broke(facts.words)) {
    return {ProbeReason::kConnectReset, "the connection broke within the TLS handshake"};
  }
  return {ProbeReason::kTlsHandshake, with_words("the TLS handshake failed", facts.words)};
}

}  // namespace

HopFailure explain_timeout(HopPhase phase) {
  switch (phase) {
    case HopPhase::kResolve:
      return {ProbeReason::kDnsTimeout, "the name was not resolved in time"};
    case HopPhase::kConnect:
      return {ProbeReason::kConnectTimeout, "no connection in time"};
    case HopPhase::kTls:
      return {ProbeReason::kTlsTimeout, "no end of the TLS handshake in time"};
    case HopPhase::kResponse:
      break;
  }
  return {ProbeReason::kResponseTimeout, "no complete answer in time"};
}

HopFailure explain(const HopFacts& facts) {
  if (facts.code == CURLE_OPERATION_TIMEDOUT) return explain_timeout(facts.phase);
  if (facts.proxy_status >= 300) {
    return {ProbeReason::kAuthFailed,
            "the proxy refused with status " + std::to_string(facts.proxy_status)};
  }
  if (facts.code == CURLE_COULDNT_CONNECT) {
    return {connect_reason(static_cast<int>(facts.os_errno)),
            connect_problem(static_cast<int>(facts.os_errno))};
  }
  if (facts.code == CURLE_SSL_CONNECT_ERROR || facts.code == CURLE_PEER_FAILED_VERIFICATION) {
    return explain_handshake(facts);
  }
  // The same code as for a broken connection.
  if (facts.code == CURLE_RECV_ERROR && is_one_of(facts.words, {"chunked-encoding"})) {
    return {ProbeReason::kHttpProtocol, with_words("the body is not well chunked", facts.words)};
  }
  for (const Row& row : kRows) {
    if (row.code == facts.code) return {row.reason, with_words(row.detail, facts.words)};
  }
  return {ProbeReason::kInternal, with_words(curl_easy_strerror(facts.code), facts.words)};
}

}  // namespace litewatch
