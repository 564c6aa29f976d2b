#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "probe/http/hop.h"
#include "probe/tls/certificate.h"

// How a hop sets its transfer up: the half of HttpHop that is about curl's options.

namespace litewatch {
namespace {

/// As in a URL; an interface's index after '%', which curl takes as a zone.
std::string bracketed(const Address& address) {
  const std::string text = to_string(address);
  return address.protocol == IpProtocol::kIp6 ? "[" + text + "]" : text;
}

Url with_host(const Url& url, const std::string& host) {
  Url changed = url;
  changed.host = host;
  return changed;
}

}  // namespace

void HttpHop::add_line(curl_slist*& list, const std::string& line) {
  if (curl_slist* const longer = curl_slist_append(list, line.c_str())) list = longer;
}

void HttpHop::set_options() {
  curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, words_.data());
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_BUFFERSIZE, static_cast<long>(HttpBody::kOneRead));
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  set_request();
  set_connection();
  set_proxy();
  if (request_.url.https) set_tls();
}

void HttpHop::set_request() {
  // The name that TLS speaks of is curl's URL; the Host field and the address are set beside it.
  const bool renamed = request_.url.https && !request_.server_name.empty();
  const Url url = renamed ? with_host(request_.url, request_.server_name) : request_.url;
  curl_easy_setopt(handle_, CURLOPT_URL, url.text().c_str());
  for (const std::string& line : request_.header_lines) add_line(headers_, line);
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers_);
  if (!request_.accept_encoding.empty()) {
    curl_easy_setopt(handle_, CURLOPT_ACCEPT_ENCODING, request_.accept_encoding.c_str());
  }
  const bool needs_length =
      request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH";
  if (request_.method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
  } else if (request_.body != nullptr || needs_length) {
    const std::size_t size = request_.body != nullptr ? request_.body->size() : 0;
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size));
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, size > 0 ? request_.body->data() : "");
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  } else if (request_.method != "GET") {
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION,
                   request_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
}

void HttpHop::set_connection() {
  // curl's cache of names holds nothing but the addresses given here; it would be searched whole
  // at the end of every transfer.
  curl_easy_setopt(handle_, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(handle_, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(handle_, CURLOPT_OPENSOCKETDATA, this);
  if (request_.reuse) {
    curl_easy_setopt(handle_, CURLOPT_MAXLIFETIME_CONN, 300L);
    curl_easy_setopt(handle_, CURLOPT_MAXAGE_CONN, static_cast<long>(request_.reuse_s) + 1);
  } else {
    curl_easy_setopt(handle_, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(handle_, CURLOPT_FORBID_REUSE, 1L);
  }
  if (!request_.unix_socket.empty()) {
    curl_easy_setopt(handle_, CURLOPT_UNIX_SOCKET_PATH, request_.unix_socket.c_str());
  } else if (request_.proxy.empty() && result_.address) {
    add_line(connect_to_, "::" + bracketed(*result_.address) + ":");
  } else if (request_.url.https && !request_.server_name.empty()) {
    add_line(connect_to_, "::" + request_.url.authority());  // what the proxy is to connect to
  }
  if (connect_to_ != nullptr) curl_easy_setopt(handle_, CURLOPT_CONNECT_TO, connect_to_);
}

void HttpHop::set_proxy() {
  // An empty one is none: nothing is taken from the environment.
  curl_easy_setopt(handle_, CURLOPT_PROXY, request_.proxy.c_str());
  if (request_.proxy.empty()) return;
  curl_easy_setopt(handle_, CURLOPT_NOPROXY, "");
  curl_easy_setopt(handle_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle_, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  for (const std::string& line : request_.proxy_header_lines) add_line(proxy_headers_, line);
  curl_easy_setopt(handle_, CURLOPT_PROXYHEADER, proxy_headers_);
  curl_easy_setopt(handle_, CURLOPT_PROXY_SSL_VERIFYPEER, 0L);  // as below
  curl_easy_setopt(handle_, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(handle_, CURLOPT_SSL_CTX_FUNCTION, set_up_tls);
  curl_easy_setopt(handle_, CURLOPT_SSL_CTX_DATA, this);
}

void HttpHop::set_tls() {
  // curl verifies nothing and so loads no authorities: TlsProfile does it, from a store that is
  // parsed already. What curl compares of a kept connection is then the name of a file that it
  // does not read: it keeps the connections of different profiles apart.
  curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(handle_, CURLOPT_SSL_CTX_FUNCTION, set_up_tls);
  curl_easy_setopt(handle_, CURLOPT_SSL_CTX_DATA, this);
  if (request_.reuse) {
    curl_easy_setopt(handle_, CURLOPT_CAINFO, request_.connection_key.c_str());
  }
}

CURLcode HttpHop::set_up_tls(CURL*, void* context, void* user) {
  auto* const hop = static_cast<HttpHop*>(user);
  const HopRequest& request = hop->request_;
  auto* const ssl_context = static_cast<SSL_CTX*>(context);
  // The first handshake is that with the proxy, where it is an https one.
  if (request.proxy.starts_with("https://") && !std::exchange(hop->proxy_shook_hands_, true)) {
    const auto proxy = parse_url(request.proxy);
    const std::string host = proxy ? proxy->host : "";
    return request.tls->apply(ssl_context, host, hop->proxy_tls_) ? CURLE_OK
                                                                  : CURLE_SSL_CERTPROBLEM;
  }
  hop->shaking_since_s_ = monotonic_s();
  const std::string& name = request.server_name.empty() ? request.url.host : request.server_name;
  return request.tls->apply(ssl_context, name, hop->tls_) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

curl_socket_t HttpHop::open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto* const hop = static_cast<HttpHop*>(user);
  const auto target = from_sockaddr(address->addr);
  const bool direct = hop->request_.proxy.empty();
  if (target && direct && !hop->address_allowed(*target)) return CURL_SOCKET_BAD;
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  hop->socket_errno_ = fd < 0 ? errno : 0;
  if (fd < 0) return CURL_SOCKET_BAD;
  ++hop->result_.new_connections;
  hop->result_.connected = target ? to_string(*target) : hop->request_.unix_socket;
  return fd;
}

}  // namespace litewatch
