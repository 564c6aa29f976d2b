// litewatch, the service: flags, configuration, collectors, serve, drain.

#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <span>
#include <thread>

#include "config/flags.h"
#include "logging.h"
#include "service.h"
#include "version.h"

namespace {

constexpr int kUsageError = 2;

/// Signals are taken by main alone; every thread started later inherits the mask.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

/// Returns on SIGTERM and SIGINT; SIGHUP reloads.
void wait_for_end(const sigset_t& signals, litewatch::Service& service) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) {
      spdlog::info("{} received, draining", signal == SIGINT ? "SIGINT" : "SIGTERM");
      return;
    }
    service.reload();
  }
}

int fail(const litewatch::Error& error) {
  std::fprintf(stderr, "litewatch: %s\n", error.message().c_str());
  return kUsageError;
}

}  // namespace

int main(int argc, char** argv) {
  const auto flags = litewatch::parse_flags(std::span(argv, static_cast<size_t>(argc)).subspan(1));
  if (!flags) return fail(flags.error());
  if (flags->help) return std::fputs(litewatch::help_text().c_str(), stdout) < 0;
  if (flags->version) return std::printf("litewatch %s\n", litewatch::kVersion) < 0;

  const auto config = litewatch::read_config(*flags);
  if (!config) return fail(config.error());
  litewatch::start_logging(flags->log_level, flags->log_format);

  if (flags->config_check) {
    if (const auto error = litewatch::check_web_config(*flags)) return fail(*error);
    return std::puts("The configuration is valid.") < 0;
  }

  const sigset_t signals = block_signals();
  auto service = litewatch::Service::create(*flags, *config);
  if (!service) return fail(service.error());
  litewatch::Server& server = (*service)->server();
  std::thread web([&] { server.run(); });
  for (const auto& address : server.addresses()) spdlog::info("listening on {}", address);
  (*service)->warm_up();
  spdlog::info("ready");

  wait_for_end(signals, **service);
  server.stop();
  web.join();
  if (!(*service)->stop_collectors()) {
    // A thread that hangs in a dead file system cannot be joined.
    spdlog::warn("a collector hangs in a file system that does not answer; leaving it behind");
    ::_exit(0);
  }
  return 0;
}
