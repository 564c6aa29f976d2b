#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "publish/page.h"
#include "publish/self_metrics.h"
#include "web/server.h"

namespace litewatch {

/// A page of given bytes. Counts how many pages live.
class FakePage final : public Page {
 public:
  explicit FakePage(std::string text, std::vector<StatusRow> rows = {});
  ~FakePage() override { --alive; }

  std::string_view body(Format format) const override;
  std::string_view gzip(Format) const override { return gzip_; }
  std::span<const std::shared_ptr<const Fragment>> fragments() const override { return fragments_; }
  std::size_t series_count() const override { return 1; }

  static std::atomic<int> alive;

 private:
  std::string text_;
  std::string open_metrics_;
  std::string gzip_ = "gzip bytes";
  std::vector<std::shared_ptr<const Fragment>> fragments_;
};

/// A server that runs on a loopback port until the end of the scope.
class Serving {
 public:
  /// Any field left empty gets a default that works.
  explicit Serving(Server::Options options = {}, Handlers handlers = {});
  ~Serving() { stop(); }

  int port() const { return port_; }
  Server& server() { return *server_; }
  SelfMetrics& self() { return self_; }
  /// Ends run() and waits for it; how long that took.
  double stop();
  /// litewatch's own value of a series as on the page, e.g. `name{reason="x"}`; 0 where absent.
  double own_value(const std::string& series);
  double rejected(const std::string& reason);

 private:
  SelfMetrics self_;
  std::unique_ptr<Server> server_;
  int port_ = 0;
  std::thread thread_;
};

/// Handlers that serve `text` and are ready.
Handlers handlers_with(const std::string& text);

/// A blocking TCP or Unix client of raw bytes, with a limit on every wait.
class Client {
 public:
  explicit Client(int port, int receive_buffer = 0);
  explicit Client(const std::string& unix_path);
  Client(Client&& other) noexcept;
  ~Client();

  void send(std::string_view bytes);
  /// One whole answer with its body (by Content-Length; none for `head_only`); what came until the
  /// end of the connection where that came first.
  std::string receive(bool head_only = false);
  /// Waits until something can be received, and leaves it there.
  void wait_for_byte();
  /// Everything until the server closes, or `limit_s` pass.
  std::string receive_all(double limit_s = 5);
  /// Whether the server closes within the limit.
  bool closed_within(double limit_s);
  std::string ask(std::string_view request) {
    send(request);
    return receive();
  }
  int fd() const { return fd_; }

 private:
  bool receive_some(double deadline_s);

  int fd_ = -1;
  std::string buffer_;
  bool ended_ = false;
};

/// "GET path HTTP/1.1" with a Host, and `more` fields that end in CRLF.
std::string get(const std::string& path, const std::string& more = "");
int status_of(const std::string& answer);
std::string body_of(const std::string& answer);
/// A field's value; empty where absent. Names as sent.
std::string field_of(const std::string& answer, const std::string& name);
/// Polls until `condition` holds, at most `limit_s`.
bool eventually(const std::function<bool()>& condition, double limit_s = 5);

}  // namespace litewatch
