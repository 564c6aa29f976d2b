#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// The command line of the service.
struct Flags {
  std::string config_file;    ///< empty: watch `arguments`
  bool config_check = false;  ///< validate and exit
  std::vector<std::string> listen_addresses = {":9871"};
  std::string web_config_file;        ///< empty: plain HTTP, open to all
  bool systemd_socket = false;        ///< take the sockets that systemd passes
  bool enable_reload = false;         ///< answer POST /-/reload
  std::size_t max_requests = 40;      ///< requests answered at once
  std::string log_level = "info";     ///< debug, info, warn or error
  std::string log_format = "logfmt";  ///< logfmt or json
  std::string rootfs = "/";           ///< this and the next two are absolute
  std::string procfs = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
  bool version = false;                ///< print the version and exit
  bool help = false;                   ///< print help_text() and exit
  std::vector<std::string> arguments;  ///< paths, patterns and URLs, as given

  bool operator==(const Flags&) const = default;
};

/// Parses what follows the program's name. Both --flag=value and --flag value are taken, "--" ends
/// the flags; --help and --version end the parsing, whatever follows. Errors are malformed: an
/// unknown flag, a missing or bad value, a flag given twice, nothing to watch, or a configuration
/// file and arguments at once.
Result<Flags> parse_flags(std::span<const char* const> args);

/// What --help prints: usage, examples and every flag with its default, below 100 columns.
std::string help_text();

}  // namespace litewatch
