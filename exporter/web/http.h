#pragma once

#include <functional>
#include <memory>
#include <string>

#include "web/answer.h"
#include "web/request_head.h"

namespace litewatch {

/// A request as the routes see it.
struct Request {
  std::string method;
  std::string path;
  std::string query;
  std::string accept;           ///< all Accept fields, joined by commas
  std::string accept_encoding;  ///< likewise
  std::string scrape_timeout;   ///< X-Prometheus-Scrape-Timeout-Seconds
  std::string host;             ///< the Host field as sent; empty where absent
};

/// cpp-httplib's request processing over memory. It parses what the front let through and renders
/// the head of the answer; it never sees a socket, a body, a regular expression or a thread. One
/// object per worker; not thread-safe.
class HttpProcessor {
 public:
  using Route = std::function<Response(const Request&)>;

  HttpProcessor();
  ~HttpProcessor();
  HttpProcessor(const HttpProcessor&) = delete;
  HttpProcessor& operator=(const HttpProcessor&) = delete;

  /// Answers one request. An exception out of `route` becomes a plain 500. Answer::handler is
  /// unset.
  Answer process(const RequestHead& head, const Route& route);

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace litewatch
