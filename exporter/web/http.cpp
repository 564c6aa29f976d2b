#include "web/http.h"

#include <httplib.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

namespace litewatch {
namespace {

/// A request in memory to read from, and a string to write to. The functions are those that
/// httplib::Stream had in any version from 0.11 to 0.53; which of them override differs.
// NOLINTBEGIN(modernize-use-override)
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view input) : input_(input) {}

  bool is_readable() const { return !input_.empty(); }
  bool is_writable() const { return true; }
  bool wait_readable() const { return !input_.empty(); }
  bool wait_writable() const { return true; }

  ssize_t read(char* into, size_t size) {
    const auto taken = std::min(size, input_.size());
    input_.copy(into, taken);
    input_.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }

  ssize_t write(const char* from, size_t size) {
    output_.append(from, size);
    return static_cast<ssize_t>(size);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const { unknown_peer(ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const { unknown_peer(ip, port); }
  socket_t socket() const { return -1; }
  time_t duration() const { return 0; }

  std::string take_output() { return std::move(output_); }

 private:
  static void unknown_peer(std::string& ip, int& port) {
    ip.clear();
    port = 0;
  }

  std::string_view input_;
  std::string output_;
};
// NOLINTEND(modernize-use-override)

/// All fields of that name as one list (RFC 9110, 5.3).
std::string joined_field(const httplib::Request& request, const std::string& name) {
  std::string joined;
  const auto [begin, end] = request.headers.equal_range(name);
  for (auto field = begin; field != end; ++field) {
    if (!joined.empty()) joined += ", ";
    joined += field->second;
  }
  return joined;
}

Request read_request(const RequestHead& head, const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = head.path;
  const auto question = from.target.find('?');
  if (question != std::string::npos) request.query = from.target.substr(question + 1);
  request.accept = joined_field(from, "Accept");
  request.accept_encoding = joined_field(from, "Accept-Encoding");
  request.scrape_timeout = from.get_header_value("X-Prometheus-Scrape-Timeout-Seconds");
  request.host = from.get_header_value("Host");
  return request;
}

Response guarded(const HttpProcessor::Route& route, const Request& request) {
  try {
    return route(request);
  } catch (const std::exception&) {  // its text may hold what a client must not see
    return Response{500, "text/plain; charset=utf-8", make_body("internal error\n"), {}};
  }
}

}  // namespace

/// Every request ends in route_all(), before httplib would look at its own routes (std::regex) or
/// read a body. The answer's body stays outside: httplib writes a head with the right length.
class HttpProcessor::Engine final : private httplib::Server {
 public:
  Engine() {
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      route_all(request, response);
      return HandlerResponse::Handled;
    });
    set_post_routing_handler(
        [this](const httplib::Request&, httplib::Response& response) { finish_fields(response); });
  }

  Answer process(const RequestHead& head, const Route& route) {
    head_ = &head;
    route_ = &route;
    answer_ = Answer{};
    answer_.close = true;  // unless it comes to route_all(): httplib refused the request
    MemoryStream stream(head.bytes);
    run(stream, !head.keep_alive);
    answer_.head = stream.take_output();
    return std::move(answer_);
  }

 private:
  /// process_request() has had the addresses of both ends as arguments since 0.20.
  template <class AnyStream>
  void run(AnyStream& stream, bool close) {
    bool closed = false;
    if constexpr (requires { process_request(stream, close, closed, nullptr); }) {
      process_request(stream, close, closed, nullptr);
    } else {
      const std::string no_address;
      process_request(stream, no_address, 0, no_address, 0, close, closed, nullptr);
    }
  }

  void route_all(const httplib::Request& request, httplib::Response& response) {
    Response made = guarded(*route_, read_request(*head_, request));
    response.status = made.status;
    response.set_header("Content-Type", std::string(made.content_type));
    for (const auto& [name, value] : made.headers) replace_field(response, name, value);
    replace_field(response, "Content-Length", std::to_string(made.body.bytes.size()));
    answer_.close = !head_->keep_alive;
    if (request.method != "HEAD") answer_.body = std::move(made.body);
  }

  static void replace_field(httplib::Response& response, const std::string& name,
                            const std::string& value) {
    response.headers.erase(name);
    response.set_header(name, value);
  }

  void finish_fields(httplib::Response& response) {
    answer_.status = response.status;
    response.headers.erase("Keep-Alive");  // announces httplib's own limits, which do not hold
    response.headers.erase("Accept-Ranges");
    response.headers.erase("Connection");
    if (answer_.close) response.set_header("Connection", "close");
    if (!answer_.close && head_->http_1_0) response.set_header("Connection", "keep-alive");
  }

  const RequestHead* head_ = nullptr;
  const Route* route_ = nullptr;
  Answer answer_;
};

HttpProcessor::HttpProcessor() : engine_(std::make_unique<Engine>()) {}
HttpProcessor::~HttpProcessor() = default;

Answer HttpProcessor::process(const RequestHead& head, const Route& route) {
  return engine_->process(head, route);
}

}  // namespace litewatch
