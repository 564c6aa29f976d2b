#include "serving.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/clock.h"
#include "publish/series_table.h"

namespace litewatch {
namespace {

constexpr double kPatience_s = 10;

}  // namespace

std::atomic<int> FakePage::alive = 0;

FakePage::FakePage(std::string text, std::vector<StatusRow> rows)
    : text_(std::move(text)), open_metrics_(text_ + "# EOF\n") {
  ++alive;
  Fragment fragment{std::make_shared<SeriesLayout>(), {}, std::move(rows)};
  fragments_.push_back(std::make_shared<const Fragment>(std::move(fragment)));
}

std::string_view FakePage::body(Format format) const {
  return format == Format::kText ? text_ : open_metrics_;
}

Handlers handlers_with(const std::string& text) {
  Handlers handlers;
  handlers.collect = [page = std::make_shared<const FakePage>(text)](double) { return page; };
  handlers.ready = [] { return true; };
  handlers.config_yaml = [] { return std::string("databases: []\n"); };
  handlers.version = "0.1.0";
  return handlers;
}

Serving::Serving(Server::Options options, Handlers handlers) {
  if (options.listen_addresses.empty()) options.listen_addresses = {"127.0.0.1:0"};
  if (!handlers.collect) handlers = handlers_with("metric 1\n");
  auto created = Server::create(std::move(options), std::move(handlers), self_);
  if (!created.ok()) throw std::runtime_error(created.error().message());
  server_ = std::move(*created);
  const auto address = server_->addresses().front();
  if (!address.starts_with("unix:")) port_ = std::stoi(address.substr(address.rfind(':') + 1));
  thread_ = std::thread([this] { server_->run(); });
}

double Serving::stop() {
  const double began_s = monotonic_s();
  if (thread_.joinable()) {
    server_->stop();
    thread_.join();
  }
  return monotonic_s() - began_s;
}

double Serving::own_value(const std::string& series) {
  SeriesBudget budget(100000);
  SeriesTable table(budget);
  table.begin();
  self_.publish(table);
  const auto fragment = table.commit();
  for (std::size_t i = 0; i < fragment->layout->series.size(); ++i) {
    if (fragment->layout->head(i) == series + " ") return fragment->values[i];
  }
  return 0;
}

double Serving::rejected(const std::string& reason) {
  return own_value("litewatch_http_connections_rejected_total{reason=\"" + reason + "\"}");
}

Client::Client(int port, int receive_buffer) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

Client::Client(const std::string& unix_path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to " + unix_path);
  }
}

Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), ended_(other.ended_) {}

Client::~Client() {
  if (fd_ >= 0) close(fd_);
}

void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return;  // closed by the server, which is what some tests wait for
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Client::wait_for_byte() {
  pollfd wait{fd_, POLLIN, 0};
  poll(&wait, 1, static_cast<int>(kPatience_s * 1000));
}

bool Client::receive_some(double deadline_s) {
  pollfd wait{fd_, POLLIN, 0};
  const double left_s = deadline_s - monotonic_s();
  if (ended_ || left_s <= 0 || poll(&wait, 1, static_cast<int>(left_s * 1000) + 1) <= 0) {
    return false;
  }
  std::array<char, 65536> bytes;
  const auto received = recv(fd_, bytes.data(), bytes.size(), 0);
  ended_ = received <= 0;
  if (received > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(received));
  return !ended_;
}

std::string Client::receive(bool head_only) {
  const double deadline_s = monotonic_s() + kPatience_s;
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!receive_some(deadline_s)) return std::exchange(buffer_, "");
  }
  std::size_t size = buffer_.find("\r\n\r\n") + 4;
  const auto length = field_of(buffer_.substr(0, size), "Content-Length");
  if (!length.empty() && !head_only) size += std::stoul(length);
  while (buffer_.size() < size && receive_some(deadline_s)) {
  }
  std::string answer = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

std::string Client::receive_all(double limit_s) {
  const double deadline_s = monotonic_s() + limit_s;
  while (receive_some(deadline_s)) {
  }
  return std::exchange(buffer_, "");
}

bool Client::closed_within(double limit_s) {
  receive_all(limit_s);
  return ended_;
}

std::string get(const std::string& path, const std::string& more) {
  return "GET " + path + " HTTP/1.1\r\nHost: test\r\n" + more + "\r\n";
}

int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

std::string field_of(const std::string& answer, const std::string& name) {
  const auto at = answer.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 4;
  return answer.substr(begin, answer.find("\r\n", begin) - begin);
}

bool eventually(const std::function<bool()>& condition, double limit_s) {
  const double deadline_s = monotonic_s() + limit_s;
  while (!condition()) {
    if (monotonic_s() >= deadline_s) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace litewatch
