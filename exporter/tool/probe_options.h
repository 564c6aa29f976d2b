#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "probe/options.h"
#include "tool/command.h"

namespace litewatch {

/// What `litetool probe` is told.
struct ProbeCommand {
  std::vector<std::string> targets;  ///< URLs, host:port, or names from the configuration
  std::string module;                ///< empty: the target's own
  std::string config_file;
  std::string app;
  std::string unix_socket;
  std::optional<double> timeout_s;
  std::vector<std::pair<std::string, std::string>> headers;
  bool json = false;
  bool debug = false;

  /// Targets beside the first one are probed at the same time.
  static constexpr std::size_t kMostTargets = 64;
};

/// Errors are malformed: wrong usage.
Result<ProbeCommand> parse_probe_command(Arguments arguments);

/// The configuration that makes a prober able to run the command: its targets are those of the
/// command, in its order, on demand only. Reads the configuration file. Errors say what is wrong
/// with the file, the URL, the module or the preset.
Result<ProberConfig> probe_config(const ProbeCommand& command);

}  // namespace litewatch
