#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/http/body.h"
#include "probe/http/hop_failure.h"
#include "probe/module.h"
#include "probe/net/address.h"
#include "probe/net/transfers.h"
#include "probe/result.h"
#include "probe/run.h"
#include "probe/url.h"

namespace litewatch {

/// One request and where it goes. What it points to must outlive the hop.
struct HopRequest {
  Url url;
  std::string method = "GET";
  std::vector<std::string> header_lines;  ///< "Name: value"; a Host line as well
  const std::string* body = nullptr;      ///< null: none
  std::string accept_encoding;            ///< asked for and decoded; empty: neither
  BodyPlan plan;

  const TlsProfile* tls = nullptr;
  std::string server_name;  ///< SNI and the name to verify; empty: the URL's host
  bool http2 = false;

  IpProtocol preferred = IpProtocol::kIp6;
  bool fallback = true;
  const AddressPolicy* policy = nullptr;  ///< null: any address may be connected to
  std::string unix_socket;                ///< instead of an address
  std::string proxy;                      ///< empty: none
  std::vector<std::string> proxy_header_lines;
  bool resolve_with_proxy = true;  ///< only to know the address

  bool reuse = false;
  double reuse_s = 0;          ///< an idle connection older than this is not used again
  std::string connection_key;  ///< https: whose connections may be used again
};

/// What came of it.
struct HopResult {
  ProbeReason reason = ProbeReason::kNone;  ///< why there is no complete answer
  std::string detail;
  int status = 0;  ///< 0: no answer at all
  double version = 0;
  double content_length = 0;  ///< -1: not said
  HttpPhases phases;
  double dns_lookup_s = 0;
  std::optional<Address> address;  ///< chosen
  std::string connected;           ///< to what, for people
  int new_connections = 0;
  std::optional<TlsResult> tls;  ///< of a handshake within this hop
};

/// One HTTP transfer: the name resolved, the address checked and pinned below the URL, the request
/// and its answer. It follows no redirect. Destroying it ends it. Of the loop's thread.
class HttpHop {
 public:
  using Done = std::function<void()>;

  /// `done` is called once, never from within start(); it may destroy the hop. `context` must
  /// outlive the hop.
  HttpHop(ProbeContext& context, HopRequest request, Done done);
  ~HttpHop();
  HttpHop(const HttpHop&) = delete;
  HttpHop& operator=(const HttpHop&) = delete;

  void start();
  /// The deadline struck: ends it; result() says in which phase. `done` is not called.
  void expire();

  /// After done() or expire().
  HopResult& result() { return result_; }
  const HttpBody& body() const { return body_; }
  /// The values of a field of the answer, in order; any case.
  std::vector<std::string> fields(const std::string& name) const;
  std::optional<std::string> field(const std::string& name) const;

  static constexpr std::size_t kMostHeaderBytes = 64 << 10;

 private:
  void on_resolved(Resolution resolution);
  bool address_allowed(const Address& address);
  void start_transfer();
  void on_transferred(CURLcode code);
  void finish(ProbeReason reason, std::string detail);
  void finish_soon(ProbeReason reason, std::string detail);

  void set_options();
  void set_request();
  void set_connection();
  void set_proxy();
  void set_tls();
  void add_line(curl_slist*& list, const std::string& line);

  /// How long the connection took since the transfer began; 0 while there is none.
  double connected_after_s() const;
  HopPhase phase() const;
  HopFailure failure(CURLcode code) const;
  void read_answer();
  void read_phases(double end_s);

  static std::size_t on_body(char* bytes, std::size_t one, std::size_t size, void* hop);
  static std::size_t on_header(char* bytes, std::size_t one, std::size_t size, void* hop);
  static curl_socket_t open_socket(void* hop, curlsocktype purpose, curl_sockaddr* address);
  static CURLcode set_up_tls(CURL* handle, void* context, void* hop);

  ProbeContext& context_;
  const HopRequest request_;
  Done done_;
  HopResult result_;
  HttpBody body_;

  Resolver::QueryId query_ = 0;
  Loop::TimerId soon_ = 0;
  CURL* handle_ = nullptr;
  bool under_way_ = false;  ///< the transfer is curl's
  curl_slist* headers_ = nullptr;
  curl_slist* proxy_headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  TlsResult tls_;
  TlsResult proxy_tls_;
  bool proxy_shook_hands_ = false;
  std::array<char, CURL_ERROR_SIZE> words_{};

  double started_s_ = 0;
  double resolved_s_ = 0;  ///< when the transfer began
  /// When the TLS handshake began. curl 7.88 says of a connection only after the handshake when it
  /// was made.
  std::optional<double> shaking_since_s_;
  std::size_t header_bytes_ = 0;
  std::string refusal_;  ///< of the address that curl was about to connect to
  int socket_errno_ = 0;
};

}  // namespace litewatch
