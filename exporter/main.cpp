// litewatch, the service: flags, configuration, collectors, serve, drain.

#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/standard_streams.h"
#include "config/flags.h"
#include "config/help.h"
#include "logging.h"
#include "notify/notifier.h"
#include "service.h"
#include "version.h"

namespace {

constexpr int kError = 2;
/// What is wrong may pass by itself: a service manager should try again.
constexpr int kTryAgain = 3;
/// How often `systemctl status` learns what is watched, where no watchdog asks more often.
constexpr double kStatusInterval_s = 30;

/// Signals are taken by main alone; every thread started later inherits the mask.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

/// The next signal before the moment on the clock of base/clock.h; nullopt where none came.
std::optional<int> next_signal(const sigset_t& signals, double until_s) {
  const double left_s = std::max(0.0, until_s - litewatch::monotonic_s());
  const auto whole_s = static_cast<time_t>(left_s);
  const timespec timeout{.tv_sec = whole_s,
                         .tv_nsec = static_cast<long>((left_s - double(whole_s)) * 1e9)};
  const int signal = sigtimedwait(&signals, nullptr, &timeout);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

/// Tells the service manager that the service is alive, and nothing where it is not.
void give_sign_of_life(litewatch::Service& service, const litewatch::Notifier& notifier) {
  if (service.server().alive()) return notifier.alive(service.status());
  spdlog::error("the web server makes no progress: no sign of life for the watchdog");
  notifier.status("The web server makes no progress");
}

/// Returns on SIGTERM and SIGINT; SIGHUP reloads.
void wait_for_end(const sigset_t& signals, litewatch::Service& service,
                  const litewatch::Notifier& notifier) {
  const double interval_s = notifier.watchdog_interval_s().value_or(kStatusInterval_s);
  double next_sign_s = litewatch::monotonic_s() + interval_s;
  for (;;) {
    const auto signal = next_signal(signals, next_sign_s);
    if (signal == SIGHUP) {
      service.reload_soon();
    } else if (signal) {
      spdlog::info("{} received, draining", signal == SIGINT ? "SIGINT" : "SIGTERM");
      return;
    }
    if (litewatch::monotonic_s() < next_sign_s) continue;
    give_sign_of_life(service, notifier);
    next_sign_s = litewatch::monotonic_s() + interval_s;
  }
}

/// What is wrong with the manager's address is no reason not to serve.
litewatch::Notifier create_notifier() {
  auto notifier = litewatch::Notifier::from_environment();
  if (notifier) return std::move(*notifier);
  spdlog::warn("systemd is not told anything: {}", notifier.error().message());
  return {};
}

int fail(const litewatch::Error& error) {
  std::fprintf(stderr, "litewatch: %s\n", error.message().c_str());
  const bool may_pass =
      error.kind == litewatch::ErrorKind::kBusy || error.kind == litewatch::ErrorKind::kTimeout;
  return may_pass ? kTryAgain : kError;
}

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  const auto error = litewatch::flush_standard_output();
  return error ? fail(*error) : 0;
}

}  // namespace

int main(int argc, char** argv) {
  litewatch::occupy_standard_descriptors();
  const auto flags = litewatch::parse_flags(std::span(argv, static_cast<size_t>(argc)).subspan(1));
  if (!flags) return fail(flags.error());
  if (flags->help) return print(litewatch::help_text());
  if (flags->version) return print(std::string("litewatch ") + litewatch::kVersion + "\n");

  litewatch::start_logging(flags->log_level, flags->log_format);
  if (flags->config_check || flags->config_check_syntax) {
    if (const auto error = litewatch::check_config(*flags)) return fail(*error);
    return print("The configuration is valid.\n");
  }

  const sigset_t signals = block_signals();
  const litewatch::Notifier notifier = create_notifier();
  auto service = litewatch::Service::create(*flags, notifier);
  if (!service) return fail(service.error());
  litewatch::Server& server = (*service)->server();
  std::thread web([&] { server.run(); });
  pthread_setname_np(web.native_handle(), "web-front");
  for (const auto& address : server.addresses()) spdlog::info("listening on {}", address);
  (*service)->warm_up();
  spdlog::info("ready");
  notifier.ready((*service)->status());

  wait_for_end(signals, **service, notifier);
  notifier.stopping();
  (*service)->stop_reloads();
  server.stop();
  web.join();
  if (!(*service)->stop_collectors()) {
    // A thread that hangs in a dead file system cannot be joined.
    spdlog::warn("a collector hangs in a file system that does not answer; leaving it behind");
    ::_exit(0);
  }
  return 0;
}
