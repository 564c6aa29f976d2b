#include <signal.h>

#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/standard_streams.h"
#include "tool/command.h"
#include "tool/inspection.h"
#include "tool/report.h"

namespace litewatch {

const std::string_view kInspectHelp =
    R"(Usage: litetool inspect FILE [--json] [--watch] [--procfs=/proc]

Looks at a live SQLite database from outside and says what state it is in, who holds which lock,
what pins the WAL and since when, what is wrong and what to do next. It reads bytes and asks for
locks; it takes no lock, writes nothing and never opens the file with SQLite, so it is safe beside
a running app. Run it as root to see processes and files of other users. It looks for half a
second: only --watch, or litewatch itself, finds a reader or a writer that lasts too long.

  --json         the same as one JSON object, for scripts
  --watch        look again every second until Ctrl-C; ages grow as it watches
  --procfs=PATH  where /proc of the app's PID namespace is mounted

Exit code: 0 healthy (notices do not count), 1 a finding, 2 the database cannot be read.

Examples:
  litetool inspect /srv/app/app.db
  litetool inspect --watch /srv/app/app.db
  litetool inspect --json /srv/app/app.db | jq '.findings[].reason'
)";

namespace {

/// One look cannot tell a moment from a state: alarms are confirmed by the following ones.
constexpr int kLooks = 3;
constexpr auto kBetweenLooks = std::chrono::milliseconds(150);
constexpr auto kWatchInterval = std::chrono::seconds(1);

struct InspectOptions {
  std::string file;
  std::string procfs = "/proc";
  bool json = false;
  bool watch = false;
};

Result<InspectOptions> parse(Arguments arguments) {
  const auto usage = [](std::string what) {
    return Error{ErrorKind::kMalformed, std::move(what) + "; see litetool inspect --help", "", 0};
  };
  InspectOptions options;
  for (const std::string_view argument : arguments) {
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--watch") {
      options.watch = true;
    } else if (argument.starts_with("--procfs=")) {
      options.procfs = argument.substr(std::string_view("--procfs=").size());
    } else if (argument.starts_with("-") && argument.size() > 1) {
      return usage("unknown option " + std::string(argument));
    } else if (!options.file.empty()) {
      return usage("expected one FILE");
    } else {
      options.file = argument;
    }
  }
  if (options.file.empty()) return usage("expected a FILE");
  return options;
}

/// The sidecars lie beside the real file, so links are followed as SQLite follows them.
std::string real_path(const std::string& file) {
  char* resolved = ::realpath(file.c_str(), nullptr);
  std::string path = resolved != nullptr ? resolved : file;
  std::free(resolved);
  return path;
}

/// False where it is lost.
bool print(const Inspection& inspection, const InspectOptions& options) {
  const std::string text =
      options.json ? to_json(inspection) : to_text(inspection, options.procfs, wants_color());
  std::fwrite(text.data(), 1, text.size(), stdout);
  return !flush_standard_output();
}

int exit_code(const Inspection& inspection) {
  if (!inspection.readable()) return kExitError;
  return inspection.healthy() ? kExitOk : kExitFinding;
}

}  // namespace

int run_inspect(Arguments arguments) {
  const auto options = parse(arguments);
  if (!options) {
    std::fprintf(stderr, "litetool inspect: %s\n", options.error().message().c_str());
    return kExitError;
  }
  Inspection inspection(real_path(options->file), options->procfs);
  inspection.look();
  for (int look = 1; look < kLooks && inspection.readable(); ++look) {
    std::this_thread::sleep_for(kBetweenLooks);
    inspection.look();
  }
  bool printed = print(inspection, *options);
  while (options->watch && printed) {
    std::this_thread::sleep_for(kWatchInterval);
    inspection.look();
    if (!options->json) std::fputs("\x1b[H\x1b[2J", stdout);
    printed = print(inspection, *options);
  }
  return exit_code(inspection);
}

}  // namespace litewatch
