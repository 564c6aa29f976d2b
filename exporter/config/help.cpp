#include "config/help.h"

#include <algorithm>
#include <array>

#include "config/flags.h"

namespace litewatch {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kFlagColumn = 38;
constexpr std::size_t kVariableColumn = 27;

constexpr std::array<std::string_view, 2> kUsage = {
    "[FLAG]... DATABASE|URL...",
    "[FLAG]... --config.file=PATH",
};

constexpr std::string_view kIntroduction =
    "litewatch is a Prometheus exporter for apps that keep their data in SQLite. It reads the "
    "files of live databases without opening them in SQLite, taking a lock or writing a byte, "
    "probes the health endpoints of apps, reads the control groups of containers and services, and "
    "serves what it finds: metrics for Prometheus at /metrics, a page for people at /.";

constexpr std::array kExamples = {
    HelpRow{"litewatch /srv/shop/app.db '/srv/tenants/*/app.db'",
            "watch one database and all that a pattern leads to; see http://localhost:9871/"},
    HelpRow{"litewatch /srv/shop/app.db http://127.0.0.1:3000/healthz",
            "watch a database and probe the health endpoint of its app"},
    HelpRow{"litewatch --config.file=/etc/litewatch/litewatch.yml --config.check",
            "say whether a configuration is right, before it is used"},
};

constexpr std::array kEnvironment = {
    HelpRow{"POD_NAME", "In Kubernetes, the pod: the label pod of its own containers."},
    HelpRow{"POD_NAMESPACE", "The same for the label namespace."},
    HelpRow{"CONTAINER_NAME", "The name of litewatch's own container."},
    HelpRow{"KUBERNETES_SERVICE_HOST",
            "Set by Kubernetes: cAdvisor's metric names are off there unless "
            "containers.cadvisor_names says otherwise."},
    HelpRow{"SSL_CERT_FILE",
            "The certificates of trusted authorities, instead of the machine's bundle."},
    HelpRow{"HTTP_PROXY",
            "The proxy for http:// of modules with proxy_from_environment; for https:// it is "
            "HTTPS_PROXY. In lower case, too."},
    HelpRow{"HTTPS_PROXY", "See HTTP_PROXY."},
    HelpRow{"NO_PROXY", "Hosts and networks that need no such proxy."},
    HelpRow{
        "NOTIFY_SOCKET",
        "Set by systemd for Type=notify, which learns there when litewatch is ready, reloads and "
        "ends, and what it watches."},
    HelpRow{
        "WATCHDOG_USEC",
        "Set by systemd for WatchdogSec=, which gets a sign of life twice in that time, as long as "
        "requests are answered."},
    HelpRow{"WATCHDOG_PID", "Set by systemd: the process that WATCHDOG_USEC is meant for."},
    HelpRow{"LISTEN_FDS",
            "Set by systemd for sockets of a socket unit, which are served instead of the default "
            "address."},
    HelpRow{"LISTEN_PID", "Set by systemd: the process that LISTEN_FDS is meant for."},
};

constexpr std::array kExitCodes = {
    HelpRow{"0", "Ended by SIGTERM or SIGINT; with --config.check, the configuration is right."},
    HelpRow{"2",
            "The command line or the configuration is wrong, or the output cannot be written. One "
            "line on standard error says what, where, and what is expected."},
    HelpRow{"3",
            "What may pass by itself, so that starting again can help: an address to listen at is "
            "taken or cannot be resolved, or a file system does not answer. A line says which."},
};

constexpr std::array kSignals = {
    HelpRow{
        "SIGHUP",
        "Reloads the configuration, and the certificates and passwords of the web "
        "configuration. Where something is wrong with them, or they cannot be read within 10 s, "
        "the old ones stay, litewatch_config_last_reload_successful becomes 0, and the log says "
        "what it is."},
    HelpRow{"SIGTERM, SIGINT", "End the service: what is being answered is finished first."},
};

constexpr std::array kFiles = {
    HelpRow{"/etc/litewatch/litewatch.yml",
            "The configuration of the systemd service and of the image."},
    HelpRow{"/etc/default/litewatch",
            "More flags for the systemd service: LITEWATCH_FLAGS=--log.level=debug"},
    HelpRow{"/usr/share/doc/litewatch/examples/litewatch.example.yml",
            "Every key of the configuration, explained."},
    HelpRow{"/usr/share/litewatch/rules", "Rules and runbooks for Prometheus and Alertmanager."},
    HelpRow{"/usr/share/litewatch/dashboards", "Dashboards for Grafana."},
};

constexpr const char* kWhereToReadOn = R"(
Flags take their value as --flag=value or --flag value; "--" ends them.
README.md tells the rest; `litetool inspect DATABASE` and `litetool probe URL` look at one on the
spot.
)";

/// Wraps `text` into lines that start at `column` and end before kWidth.
void append_wrapped(std::string& out, std::string_view text, std::size_t column) {
  std::size_t at = column;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find(' '), text.size());
    if (at > column && at + 1 + size >= kWidth) {
      out.append("\n").append(column, ' ');
      at = column;
    } else if (at > column) {
      out += ' ';
      ++at;
    }
    out.append(text.substr(0, size));
    at += size;
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  out += '\n';
}

void append_row(std::string& out, std::string left, std::string_view text, std::size_t column) {
  left.resize(std::max(column, left.size() + 1), ' ');
  out += left;
  append_wrapped(out, text, column);
}

void append_flag(std::string& out, const FlagText& flag) {
  std::string left = "  " + std::string(flag.name);
  if (!flag.value.empty()) left.append("=").append(flag.value);
  std::string help(flag.help);
  if (!flag.default_value.empty()) help.append(" Default: ").append(flag.default_value);
  append_row(out, std::move(left), help, kFlagColumn);
}

void append_usage(std::string& out) {
  for (const std::string_view line : kUsage) {
    out.append(out.empty() ? "usage: litewatch " : "       litewatch ").append(line).append("\n");
  }
}

void append_flags(std::string& out) {
  std::string_view group;
  for (const FlagText& flag : flag_texts()) {
    if (flag.group != group) out.append("\n").append(flag.group).append(":\n");
    group = flag.group;
    append_flag(out, flag);
  }
}

}  // namespace

ProgramHelp program_help() {
  return {kUsage, kIntroduction, kExamples, kEnvironment, kExitCodes, kSignals, kFiles};
}

std::string help_text() {
  std::string out;
  append_usage(out);
  out += '\n';
  append_wrapped(out, kIntroduction, 0);
  out += "\nExamples:\n";
  for (const auto& [command, meaning] : kExamples) {
    out.append("  ").append(command).append("\n      ").append(meaning).append("\n");
  }
  append_flags(out);
  out += "\nEnvironment:\n";
  for (const auto& [variable, text] : kEnvironment) {
    append_row(out, "  " + std::string(variable), text, kVariableColumn);
  }
  return out + kWhereToReadOn;
}

}  // namespace litewatch
