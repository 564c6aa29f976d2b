#include <array>

#include "tool/command.h"

namespace litewatch {
namespace {

const std::array kCommands = {
    Command{"inspect", "look at one SQLite database: its state, its locks, what is wrong",
            run_inspect, kInspectHelp},
    Command{"probe", "probe an app once: how it is, why, and where the time went", run_probe,
            kProbeHelp},
    Command{"import", "turn a blackbox.yml into modules of litewatch", run_import, kImportHelp},
    Command{"build", "turn the sources of rules and dashboards into what Grafana and others take",
            run_build, kBuildHelp},
    Command{"check", "find what makes alert rules silent and dashboards empty", run_check,
            kCheckHelp, check_rule_list},
    Command{"docs", "print references: of all metrics, man pages, completions of shells", run_docs,
            kDocsHelp},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace litewatch
