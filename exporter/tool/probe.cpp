#include <algorithm>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "probe/prober.h"
#include "tool/command.h"
#include "tool/probe_options.h"
#include "tool/probe_report.h"
#include "tool/report.h"

namespace litewatch {

const std::string_view kProbeHelp =
    R"(Usage: litetool probe URL... [--module NAME] [--config.file FILE] [--app PRESET] [--json]

Probes once, exactly as the service does, and says how the app is, why, where the time went, what
its health document says of each part, and what the certificate is worth, also when it is not
accepted.

URL is http://... or https://... (http:// may be left out), tcp://HOST:PORT for a TCP connection,
the path of a Unix socket for a connection to it, or with --config.file the name of a target.

  --module NAME        probe with this module: one of the file's, or http_2xx, http_post_2xx,
                       tcp_connect, unix_connect
  --config.file FILE   a configuration of litewatch, for its modules and targets
  --app PRESET         what the app is: its health endpoint and its document are known then, and
                       where it listens by default; a wrong name lists them all
  --unix-socket PATH   HTTP over this socket instead of the URL's address
  --header 'X: Y'      one more header; may be given again. Others can see arguments: a secret
                       belongs in a file, which a module names
  --timeout 10s        how long it may take
  --debug              with a log of every step
  --json               the same as one JSON object for each URL, for scripts

Exit code: 0 well, 1 a probe failed, 2 wrong usage or it could not be run.

Examples:
  litetool probe https://shop.example.org/healthz
  litetool probe --app pocketbase
  litetool probe --unix-socket /run/app.sock http://localhost/up
  litetool probe --json 127.0.0.1:3000/healthz | jq '.health.components[]'
)";

namespace {

int complain(const Error& error) {
  std::fprintf(stderr, "litetool probe: %s\n", error.message().c_str());
  return kExitError;
}

/// Probes all targets at once; the replies in their order.
std::vector<ProbeReply> probe_all(Prober& prober, const ProberConfig& config, bool debug) {
  std::vector<std::future<ProbeReply>> futures;
  for (const ProbeTarget& target : config.targets) {
    ProbeQuery query;
    query.target = target.name;
    query.debug = debug;
    // Shared, as set_value() may still be at work in the prober's thread when the reply is here.
    const auto promise = std::make_shared<std::promise<ProbeReply>>();
    futures.push_back(promise->get_future());
    prober.probe(query, [promise](ProbeReply reply) { promise->set_value(std::move(reply)); });
  }
  std::vector<ProbeReply> replies;
  for (auto& future : futures) replies.push_back(future.get());
  return replies;
}

void print(const ProbeReport& report, const ProbeCommand& command) {
  const std::string text =
      command.json ? to_json(report, command.debug) : to_text(report, command.debug, wants_color());
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int exit_code(const ProbeResult& result) {
  if (result.success) return kExitOk;
  return result.reason == ProbeReason::kInternal ? kExitError : kExitFinding;
}

int print_all(const ProbeCommand& command, const ProberConfig& config,
              const std::vector<ProbeReply>& replies) {
  int worst = kExitOk;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const ProbeReply& reply = replies[i];
    if (reply.status != ProbeReply::Status::kDone) {
      worst = complain({ErrorKind::kInternal, reply.problem, command.targets[i], 0});
      continue;
    }
    if (i > 0 && !command.json) std::fputs("\n", stdout);
    print({shown_url(config.targets[i].url), reply.result}, command);
    worst = std::max(worst, exit_code(*reply.result));
  }
  return worst;
}

}  // namespace

int run_probe(Arguments arguments) {
  const auto command = parse_probe_command(arguments);
  if (!command) return complain(command.error());
  const auto config = probe_config(*command);
  if (!config) return complain(config.error());
  const auto prober = Prober::create();
  if (!prober) return complain(prober.error());
  if (const auto error = (*prober)->configure(*config)) return complain(*error);
  return print_all(*command, *config, probe_all(**prober, *config, command->debug));
}

}  // namespace litewatch
