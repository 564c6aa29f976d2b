#include "web/server.h"

#include <utility>

#include "web/front.h"
#include "web/listen.h"
#include "web/pipeline.h"

namespace litewatch {
namespace {

Result<std::shared_ptr<const Security>> make_security(const SecurityOptions& options,
                                                      std::shared_ptr<VerdictCache> cache) {
  std::shared_ptr<const TlsContext> tls;
  if (options.tls.enabled) {
    auto built = TlsContext::build(options.tls);
    if (!built.ok()) return built.error();
    tls = std::move(*built);
  }
  return std::shared_ptr<const Security>(
      new Security{std::move(tls), BasicAuth(options.basic_auth_users, std::move(cache)),
                   options.response_headers});
}

Error no_systemd_socket() {
  return {ErrorKind::kUnsupported,
          "systemd passed no socket (LISTEN_PID, LISTEN_FDS): start litewatch.socket, or leave out "
          "--web.systemd-socket",
          "", 0};
}

Result<std::vector<Listener>> open_listeners(const Server::Options& options) {
  auto listeners = systemd_listeners();
  if (!listeners.ok()) return listeners.error();
  std::vector<std::string> addresses = options.listen_addresses;
  if (addresses.empty() && listeners->empty()) {
    if (options.default_address.empty()) return no_systemd_socket();
    addresses.push_back(options.default_address);
  }
  for (const auto& address : addresses) {
    auto listener = listen_at(address);
    if (!listener.ok()) return listener.error();
    listeners->push_back(std::move(*listener));
  }
  return listeners;
}

class HttpServer final : public Server {
 public:
  HttpServer(const Options& options, Handlers handlers, std::shared_ptr<VerdictCache> cache,
             std::shared_ptr<const Security> security)
      : cache_(std::move(cache)),
        pipeline_(std::move(handlers), options.limits, std::move(security)) {}

  Result<bool> open(const Options& options, SelfMetrics& self) {
    auto listeners = open_listeners(options);
    if (!listeners.ok()) return listeners.error();
    for (const auto& listener : *listeners) addresses_.push_back(listener.address());
    auto front = Front::create(
        std::move(*listeners), options.limits, [this] { return pipeline_.security()->tls; }, self);
    if (!front.ok()) return front.error();
    front_ = std::move(*front);
    return true;
  }

  std::vector<std::string> addresses() const override { return addresses_; }

  void run() override {
    pipeline_.start([this](std::uint64_t connection, Answer answer) {
      front_->deliver(connection, std::move(answer));
    });
    front_->run([this](Job& job) { return pipeline_.submit(job); });
    pipeline_.stop();
  }

  void stop() override { front_->stop(); }

  bool alive() override {
    const bool front = front_->alive();
    return pipeline_.alive() && front;
  }

  Result<bool> set_security(const SecurityOptions& options) override {
    auto security = make_security(options, cache_);
    if (!security.ok()) return security.error();
    pipeline_.set_security(std::move(*security));
    return true;
  }

 private:
  const std::shared_ptr<VerdictCache> cache_;
  Pipeline pipeline_;
  std::unique_ptr<Front> front_;
  std::vector<std::string> addresses_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::create(Options options, Handlers handlers,
                                               SelfMetrics& self) {
  auto cache = std::make_shared<VerdictCache>();
  auto security = make_security(options.security, cache);
  if (!security.ok()) return security.error();
  auto server = std::make_unique<HttpServer>(options, std::move(handlers), std::move(cache),
                                             std::move(*security));
  const auto opened = server->open(options, self);
  if (!opened.ok()) return opened.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace litewatch
