#include "config/flags.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/parse.h"
#include "config/paths.h"
#include "config/problems.h"
#include "config/suggest.h"

namespace litewatch {
namespace {

/// One flag. The table below is all there is to parsing, help and suggestions.
struct Flag : FlagText {
  bool (*set)(Flags&, std::string_view value);  ///< false: not such a value
};

template <std::string Flags::*kField>
bool set_text(Flags& flags, std::string_view value) {
  flags.*kField = value;
  return !value.empty();
}

template <bool Flags::*kField>
bool set_switch(Flags& flags, std::string_view) {
  return flags.*kField = true;
}

/// Mounts are found by their paths as the kernel writes them: absolute, with no slash too many.
template <std::string Flags::*kField>
bool set_path(Flags& flags, std::string_view value) {
  const auto path = absolute_path(value, folder_of("here"));
  if (path) flags.*kField = *path;
  return path.ok();
}

bool add_listen_address(Flags& flags, std::string_view value) {
  flags.listen_addresses.emplace_back(value);
  return !value.empty();
}

bool set_max_requests(Flags& flags, std::string_view value) {
  const auto count = parse_u64(value);
  flags.max_requests = count.value_or(0);
  return flags.max_requests >= 1 && flags.max_requests <= 10'000;
}

constexpr std::array<Flag, 15> kFlags = {{
    {{"Configuration", "--config.file", "PATH", "",
      "The YAML file that says what to watch; deploy/litewatch.example.yml explains every key."},
     set_text<&Flags::config_file>},
    {{"Configuration", "--config.check", "", "",
      "Check the configuration and all files that it names, say what is wrong, and exit."},
     set_switch<&Flags::config_check>},
    {{"Configuration", "--config.check-syntax", "", "",
      "The same without the files that modules name, for a machine that does not have the "
      "secrets."},
     set_switch<&Flags::config_check_syntax>},
    {{"Web", "--web.listen-address", "ADDRESS", kDefaultListenAddress,
      "Where to serve: HOST:PORT, :PORT for every address, or unix:/PATH. May be given again.",
      true},
     add_listen_address},
    {{"Web", "--web.config.file", "PATH", "",
      "TLS and passwords, in the format of the Prometheus exporter-toolkit."},
     set_text<&Flags::web_config_file>},
    {{"Web", "--web.systemd-socket", "", "",
      "Start only where systemd passes sockets. Those that it passes are served in any case, "
      "instead of the default address."},
     set_switch<&Flags::systemd_socket>},
    {{"Web", "--web.enable-reload", "", "",
      "Reload the configuration on POST /-/reload; SIGHUP always does."},
     set_switch<&Flags::enable_reload>},
    {{"Web", "--web.max-requests", "1..10000", "40",
      "Requests answered at once; the others get 503."},
     set_max_requests},
    {{"Log", "--log.level", "debug|info|warn|error", "info", "The least severity that is logged."},
     set_text<&Flags::log_level>},
    {{"Log", "--log.format", "logfmt|json", "logfmt", "The form of log lines."},
     set_text<&Flags::log_format>},
    {{"System", "--path.rootfs", "PATH", "/",
      "Where the root of the machine is mounted: below it are looked for the sockets of Docker and "
      "Podman, /var/log/containers, /var/log/pods and /sys/dev/block. In a container, /host or "
      "so."},
     set_path<&Flags::rootfs>},
    {{"System", "--path.procfs", "PATH", "/proc",
      "Where procfs is mounted; in a container, that of the host."},
     set_path<&Flags::procfs>},
    {{"System", "--path.cgroup", "PATH", "/sys/fs/cgroup",
      "Where control groups are mounted, by which containers are found; in a container, the "
      "host's."},
     set_path<&Flags::cgroup>},
    {{"Other", "--version", "", "", "Print the version and exit."}, set_switch<&Flags::version>},
    {{"Other", "--help", "", "", "Print this text and exit; so does -h."},
     set_switch<&Flags::help>},
}};

Error refused(std::string what) { return Error{ErrorKind::kMalformed, std::move(what), "", 0}; }

Error unknown_flag(std::string_view name) {
  std::array<std::string_view, kFlags.size()> names;
  std::ranges::transform(kFlags, names.begin(), &Flag::name);
  std::string what = in_quotes(name) + ": unknown flag";
  if (const auto meant = closest(name, names)) {
    what.append("; did you mean ").append(*meant).append("?");
  }
  return refused(what + " (--help lists them all)");
}

bool is_allowed(const Flag& flag, std::string_view value) {
  if (flag.value.find('|') == flag.value.npos) return true;
  if (value.empty() || value.find('|') != value.npos) return false;
  const std::string words = "|" + std::string(flag.value) + "|";
  return words.find("|" + std::string(value) + "|") != words.npos;
}

/// Walks over the arguments once.
class Parser {
 public:
  explicit Parser(std::span<const char* const> args) : args_(args) {}

  Result<Flags> parse() {
    bool flags_ended = false;
    while (!args_.empty()) {
      const std::string_view arg = take();
      if (flags_ended || !arg.starts_with('-') || arg == "-") {
        flags_.arguments.emplace_back(arg);
      } else if (arg == "--") {
        flags_ended = true;
      } else if (auto error = parse_flag(arg)) {
        return *std::move(error);
      }
      if (flags_.help || flags_.version) return std::move(flags_);
    }
    if (auto error = check()) return *std::move(error);
    return std::move(flags_);
  }

 private:
  std::string_view take() {
    const std::string_view arg = args_.front();
    args_ = args_.subspan(1);
    return arg;
  }

  std::optional<Error> parse_flag(std::string_view arg) {
    const std::size_t equals = arg.find('=');
    const std::string_view name = arg == "-h" ? "--help" : arg.substr(0, equals);
    const auto flag = std::ranges::find(kFlags, name, &Flag::name);
    if (flag == kFlags.end()) return unknown_flag(name);
    const std::string shown(name);
    if (!flag->repeatable && std::ranges::find(seen_, name) != seen_.end()) {
      return refused(shown + ": given twice");
    }
    seen_.push_back(flag->name);
    if (flag->value.empty() && equals != arg.npos) return refused(shown + ": takes no value");
    std::string_view value;
    if (equals != arg.npos) {
      value = arg.substr(equals + 1);
    } else if (!flag->value.empty()) {
      if (args_.empty() || std::string_view(args_.front()).starts_with('-')) {
        return refused(shown + ": expected a value, as in " + shown + "=" +
                       std::string(flag->value));
      }
      value = take();
    }
    if (is_allowed(*flag, value) && flag->set(flags_, value)) return std::nullopt;
    return refused(shown + ": expected " + std::string(flag->value) + ", got " + in_quotes(value));
  }

  std::optional<Error> check() const {
    if (flags_.config_file.empty() && flags_.arguments.empty()) {
      return refused(
          "nothing to watch: give paths of databases, URLs, or --config.file; see --help");
    }
    if (!flags_.config_file.empty() && !flags_.arguments.empty()) {
      return refused(in_quotes(flags_.arguments[0]) +
                     ": give what to watch either here or in --config.file, not in both");
    }
    return std::nullopt;
  }

  std::span<const char* const> args_;
  Flags flags_;
  std::vector<std::string_view> seen_;
};

}  // namespace

Result<Flags> parse_flags(std::span<const char* const> args) { return Parser(args).parse(); }

std::vector<FlagText> flag_texts() { return {kFlags.begin(), kFlags.end()}; }

}  // namespace litewatch
