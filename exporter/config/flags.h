#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

inline constexpr const char* kDefaultListenAddress = ":9871";

/// The command line of the service.
struct Flags {
  std::string config_file;                    ///< empty: watch `arguments`
  bool config_check = false;                  ///< validate and exit
  bool config_check_syntax = false;           ///< the same without the files that modules name
  std::vector<std::string> listen_addresses;  ///< empty: systemd's sockets, else the default
  std::string web_config_file;                ///< empty: plain HTTP, open to all
  bool systemd_socket = false;                ///< start only where systemd passes sockets
  bool enable_reload = false;                 ///< answer POST /-/reload
  std::size_t max_requests = 40;              ///< requests answered at once
  std::string log_level = "info";             ///< debug, info, warn or error
  std::string log_format = "logfmt";          ///< logfmt or json
  std::string rootfs = "/";                   ///< this and the next two are absolute
  std::string procfs = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
  bool version = false;                ///< print the version and exit
  bool help = false;                   ///< print help_text() of help.h and exit
  std::vector<std::string> arguments;  ///< paths, patterns and URLs, as given

  bool operator==(const Flags&) const = default;
};

/// Parses what follows the program's name. Both --flag=value and --flag value are taken, "--" ends
/// the flags; --help and --version end the parsing, whatever follows. Errors are malformed: an
/// unknown flag, a missing or bad value, a flag given twice, nothing to watch, or a configuration
/// file and arguments at once.
Result<Flags> parse_flags(std::span<const char* const> args);

/// What is told of a flag.
struct FlagText {
  std::string_view group;
  std::string_view name;   ///< with its dashes
  std::string_view value;  ///< placeholder; "a|b" allows these words only; empty: a switch
  std::string_view default_value;
  std::string_view help;
  bool repeatable = false;
};

/// All flags, group by group.
std::vector<FlagText> flag_texts();

}  // namespace litewatch
